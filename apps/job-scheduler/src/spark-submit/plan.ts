/** What a Spark run needs from capacity, worked out from its request and its application. */

import { parseDiskGb, parseMemoryMb, parseVcpu } from '@firesteel/aws-protocol/capacity-units';
import type { Json, JsonObject } from '@firesteel/contracts/events';
import { fitWorker, largestMemoryMb } from '@firesteel/contracts/worker-fit';
import type { AllocationPlan, WorkerPlan } from '@firesteel/contracts/worker-size';
import { Refused } from '@firesteel/decider/refused';
import { classificationProperties, logUriOf } from './configuration.ts';
import { parseParameters, shellWords } from './parameters.ts';
import { count, diskGb, memoryMb } from './spark-amounts.ts';

/** AWS' defaults, lowest in the order of precedence (reference emr-serverless §4.4). */
export const serviceDefaults: Readonly<Record<string, string>> = {
  'spark.driver.cores': '4',
  'spark.driver.memory': '14G',
  'spark.executor.cores': '4',
  'spark.executor.memory': '14G',
  'spark.executor.instances': '3',
  'spark.dynamicAllocation.enabled': 'true',
  'spark.dynamicAllocation.shuffleTracking.enabled': 'true',
  'spark.dynamicAllocation.initialExecutors': '3',
  'spark.dynamicAllocation.minExecutors': '0',
  // AWS documents it as infinity, a word that Spark itself does not read.
  'spark.dynamicAllocation.maxExecutors': '2147483647',
  'spark.dynamicAllocation.executorIdleTimeout': '60s',
  'spark.emr-serverless.memoryOverheadFactor': '0.1',
  'spark.emr-serverless.driver.disk': '20G',
  'spark.emr-serverless.executor.disk': '20G',
};

const smallestOverheadMb = 384;

/** The run and its application, as far as a plan depends on them. */
export type PlanInput = {
  readonly jobDriver: JsonObject;
  readonly jobOverrides: JsonObject | null;
  /** The application's settings: runtimeConfiguration, monitoringConfiguration, maximumCapacity. */
  readonly applicationSettings: JsonObject;
  readonly executionRoleArn: string;
  readonly executionIamPolicy: JsonObject | null;
};

type Properties = Readonly<Record<string, string>>;

const read = (properties: Properties, name: string): string => properties[name] ?? '';

function workerPlan(properties: Properties, kind: 'driver' | 'executor'): WorkerPlan {
  const property = (suffix: string): string => `spark.${kind}.${suffix}`;
  const heapMb = memoryMb(property('memory'), read(properties, property('memory')));
  const factor = Number(read(properties, 'spark.emr-serverless.memoryOverheadFactor'));
  if (!(factor >= 0 && factor <= 1))
    throw new Refused(
      'Invalid',
      'spark.emr-serverless.memoryOverheadFactor must be between 0 and 1.',
    );
  const stated = properties[property('memoryOverhead')];
  const overheadMb =
    stated === undefined
      ? Math.max(smallestOverheadMb, Math.ceil(heapMb * factor))
      : memoryMb(property('memoryOverhead'), stated);
  const cores = count(property('cores'), read(properties, property('cores')), 1);
  const disk = `spark.emr-serverless.${kind}.disk`;
  const shuffleOptimized = /^shuffle_optimized$/i.test(read(properties, `${disk}.type`));
  const size = fitWorker(
    cores,
    heapMb + overheadMb,
    diskGb(disk, read(properties, disk), shuffleOptimized ? 2048 : 200),
  );
  if (!size)
    throw new Refused(
      'Invalid',
      `no worker has ${cores} vCPU and ${Math.ceil((heapMb + overheadMb) / 1024)} GB, overhead included; with ${cores} vCPU the memory is at most ${largestMemoryMb(cores) / 1024} GB.`,
    );
  return { size, heapMb, javaOptions: shellWords(read(properties, property('extraJavaOptions'))) };
}

type Executors = Pick<AllocationPlan, 'gangExecutors' | 'initialExecutors' | 'maxExecutors'>;

function executorsOf(properties: Properties): Executors {
  const number = (name: string, min: number): number => count(name, read(properties, name), min);
  const instances = number('spark.executor.instances', 0);
  if (read(properties, 'spark.dynamicAllocation.enabled') === 'false')
    return {
      gangExecutors: Math.max(1, instances),
      initialExecutors: instances,
      maxExecutors: instances,
    };
  const min = number('spark.dynamicAllocation.minExecutors', 0);
  const maxExecutors = number('spark.dynamicAllocation.maxExecutors', 1);
  const initial = Math.max(number('spark.dynamicAllocation.initialExecutors', 0), min, instances);
  return {
    gangExecutors: Math.max(1, min),
    initialExecutors: Math.min(initial, maxExecutors),
    maxExecutors,
  };
}

/** AWS' `infinity` in the number that Spark reads. */
const readable = (properties: Record<string, string>): Record<string, string> =>
  properties['spark.dynamicAllocation.maxExecutors'] === 'infinity'
    ? { ...properties, 'spark.dynamicAllocation.maxExecutors': '2147483647' }
    : properties;

const environmentPrefix = 'spark.emr-serverless.driverEnv.';

const driverEnvironment = (properties: Properties): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => name.startsWith(environmentPrefix))
      .map(([name, value]) => [name.slice(environmentPrefix.length), value]),
  );

const member = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)[name]
    : undefined;

function maximumCapacityOf(settings: JsonObject): AllocationPlan['maximumCapacity'] {
  const maximum = settings['maximumCapacity'];
  const text = (name: string): string => String(member(maximum, name) ?? '');
  const vcpu = parseVcpu(text('cpu'));
  const memory = parseMemoryMb(text('memory'));
  return vcpu === undefined || memory === undefined
    ? null
    : { vcpu, memoryMb: memory, diskGb: parseDiskGb(text('disk')) ?? null };
}

const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.map(String) : [];

/**
 * The plan of a run: properties merged in AWS' order of precedence (reference §3.9), billed sizes,
 * executors to begin with.
 * @throws Refused with the sentence that ends the run FAILED
 */
export function planSparkRun(input: PlanInput): AllocationPlan {
  const submit = input.jobDriver['sparkSubmit'];
  const entryPoint = member(submit, 'entryPoint');
  if (typeof entryPoint !== 'string')
    throw new Refused('Invalid', 'Only sparkSubmit job drivers can run on this installation.');
  const parameters = parseParameters(String(member(submit, 'sparkSubmitParameters') ?? ''));
  const sparkProperties = readable({
    ...serviceDefaults,
    ...classificationProperties('spark-defaults', input.applicationSettings, input.jobOverrides),
    ...parameters.properties,
  });
  return {
    driver: workerPlan(sparkProperties, 'driver'),
    executor: workerPlan(sparkProperties, 'executor'),
    ...executorsOf(sparkProperties),
    sparkSubmitArguments: [
      ...parameters.arguments,
      entryPoint,
      ...texts(member(submit, 'entryPointArguments')),
    ],
    sparkProperties,
    environment: driverEnvironment(sparkProperties),
    executionRoleArn: input.executionRoleArn,
    executionIamPolicy:
      typeof input.executionIamPolicy?.['policy'] === 'string'
        ? input.executionIamPolicy['policy']
        : null,
    logUri: logUriOf(input.applicationSettings, input.jobOverrides),
    maximumCapacity: maximumCapacityOf(input.applicationSettings),
  };
}
