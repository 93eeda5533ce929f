/** What a Spark run needs from capacity, worked out from its request and its application. */

import { parseDiskGb, parseMemoryMb, parseVcpu } from '@firesteel/aws-protocol/capacity-units';
import type { Json, JsonObject } from '@firesteel/contracts/events';
import { fitWorker, largestMemoryMb } from '@firesteel/contracts/worker-fit';
import type { AllocationPlan, WorkerPlan, WorkerSize } from '@firesteel/contracts/worker-size';
import { Refused } from '@firesteel/decider/refused';
import { classificationProperties, logUriOf } from './configuration.ts';
import { driverEnvPrefix, requireSupported } from './emr-properties.ts';
import { parseParameters, wordsOf } from './parameters.ts';
import {
  isDynamic,
  type Properties,
  serviceDefaults,
  unlimitedExecutors,
} from './service-defaults.ts';
import { count, diskGb, isShuffleOptimized, memoryMb } from './spark-amounts.ts';

const smallestOverheadMb = 384;

/** The run and its application, as far as a plan depends on them. */
export type PlanInput = {
  readonly jobDriver: JsonObject;
  readonly jobOverrides: JsonObject | null;
  readonly releaseLabel: string;
  /** The application's settings: runtimeConfiguration, monitoringConfiguration, maximumCapacity, networkConfiguration. */
  readonly applicationSettings: JsonObject;
  readonly executionRoleArn: string;
  readonly executionIamPolicy: JsonObject | null;
  readonly logsByAttempt: boolean;
};

const read = (properties: Properties, name: string): string => properties[name] ?? '';

/** Heap and what Spark adds to it, in MB. */
function memoryOf(properties: Properties, kind: 'driver' | 'executor') {
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
  return { heapMb, neededMb: heapMb + overheadMb };
}

function diskOf(properties: Properties, kind: 'driver' | 'executor'): number {
  const disk = `spark.emr-serverless.${kind}.disk`;
  const optimized = isShuffleOptimized(`${disk}.type`, properties[`${disk}.type`] ?? 'STANDARD');
  return diskGb(disk, read(properties, disk), optimized ? 2048 : 200);
}

const mbPerGb = 1024;
/** The largest workers come in three sizes; AWS refuses memory that would leave more of one unused (§4.1). */
const largestVcpu = 32;
const largestUnusedMb = 8 * mbPerGb;

/** The smallest worker that holds what is asked. */
function sizeOf(cores: number, neededMb: number, disk: number): WorkerSize {
  const size = fitWorker(cores, neededMb, disk);
  const gb = Math.ceil(neededMb / mbPerGb);
  if (!size)
    throw new Refused(
      'Invalid',
      `no worker has ${cores} vCPU and ${gb} GB, overhead included; with ${cores} vCPU the memory is at most ${largestMemoryMb(cores) / mbPerGb} GB.`,
    );
  if (size.vcpu === largestVcpu && size.memoryMb - neededMb > largestUnusedMb)
    throw new Refused(
      'Invalid',
      `no worker has ${largestVcpu} vCPU and ${gb} GB, overhead included; with ${largestVcpu} vCPU the memory is 52 to 60, 112 to 120 or 236 to 244 GB.`,
    );
  return size;
}

function workerPlan(properties: Properties, kind: 'driver' | 'executor'): WorkerPlan {
  const property = (suffix: string): string => `spark.${kind}.${suffix}`;
  const { heapMb, neededMb } = memoryOf(properties, kind);
  const cores = count(property('cores'), read(properties, property('cores')), 1);
  const options = property('extraJavaOptions');
  return {
    size: sizeOf(cores, neededMb, diskOf(properties, kind)),
    heapMb,
    javaOptions: wordsOf(read(properties, options), options),
  };
}

type Executors = Pick<AllocationPlan, 'gangExecutors' | 'initialExecutors' | 'maxExecutors'>;

function executorsOf(properties: Properties): Executors {
  const number = (name: string, min: number): number => count(name, read(properties, name), min);
  const instances = number('spark.executor.instances', 0);
  if (!isDynamic(properties))
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
const readable = (properties: Properties): Properties =>
  properties['spark.dynamicAllocation.maxExecutors'] === 'infinity'
    ? { ...properties, 'spark.dynamicAllocation.maxExecutors': unlimitedExecutors }
    : properties;

const driverEnvironment = (properties: Properties): Properties =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => name.startsWith(driverEnvPrefix))
      .map(([name, value]) => [name.slice(driverEnvPrefix.length), value]),
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
  const given = {
    ...classificationProperties('spark-defaults', input.applicationSettings, input.jobOverrides),
    ...parameters.properties,
  };
  requireSupported(given);
  const sparkProperties = readable({ ...serviceDefaults(input.releaseLabel, given), ...given });
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
    logsByAttempt: input.logsByAttempt,
    maximumCapacity: maximumCapacityOf(input.applicationSettings),
    subnetIds: texts(member(input.applicationSettings['networkConfiguration'], 'subnetIds')),
  };
}
