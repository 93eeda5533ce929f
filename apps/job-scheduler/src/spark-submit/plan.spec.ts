import type { JsonObject } from '@firesteel/contracts/events';
import { planSparkRun } from './plan.ts';

const gb = 1_024;
const planned = (
  sparkSubmitParameters = '',
  applicationSettings: JsonObject = {},
  jobOverrides: JsonObject | null = null,
  releaseLabel = 'emr-7.13.0',
) =>
  planSparkRun({
    jobDriver: {
      sparkSubmit: {
        entryPoint: 's3://bucket/job.py',
        entryPointArguments: ['--day', 'two words'],
        sparkSubmitParameters,
      },
    },
    jobOverrides,
    applicationSettings,
    executionRoleArn: 'role',
    executionIamPolicy: null,
    releaseLabel,
    logsByAttempt: false,
  });
const defaultsOf = (properties: JsonObject): JsonObject => ({
  classification: 'spark-defaults',
  properties,
});

describe('billed sizes (reference emr-serverless §4.2)', () => {
  it.each<[string, string, number, number]>([
    ['defaults', '', 4, 16],
    ['1 core, 4g', '--driver-cores 1 --driver-memory 4g', 1, 5],
    [
      '1 core, 2g and 6g of overhead',
      '--driver-cores 1 --driver-memory 2g --conf spark.driver.memoryOverhead=6g',
      1,
      8,
    ],
    [
      '2 cores, 8g and 6g of overhead',
      '--driver-cores 2 --driver-memory 8g --conf spark.driver.memoryOverhead=6g',
      2,
      14,
    ],
    ['4 cores, 27g as documented', '--driver-memory 27g', 4, 30],
    ['384 MB of overhead at least', '--driver-cores 1 --driver-memory 1664m', 1, 2],
    ['384 MB of overhead, and one too many', '--driver-cores 1 --driver-memory 1665m', 1, 3],
    ['cores between two sizes', '--driver-cores 3 --driver-memory 2g', 4, 8],
    [
      'an overhead factor',
      '--driver-memory 10g --conf spark.emr-serverless.memoryOverheadFactor=0.5',
      4,
      15,
    ],
    ['32 cores: memory for them by default', '--driver-cores 32', 32, 120],
    ['cores that only the largest worker has', '--driver-cores 17', 32, 120],
    ['the least that a worker of 120 GB is for', '--driver-cores 32 --driver-memory 102g', 32, 120],
    ['the most that a worker of 120 GB holds', '--driver-cores 32 --driver-memory 109g', 32, 120],
    [
      'the smallest of the largest',
      '--driver-cores 32 --driver-memory 50g --conf spark.driver.memoryOverhead=2g',
      32,
      60,
    ],
  ])('%s', (_name, parameters, vcpu, memoryGb) => {
    const { size } = planned(parameters).driver;
    expect(size).toEqual({ vcpu, memoryMb: memoryGb * gb, diskGb: 20 });
  });

  it('an executor is sized apart from its driver', () => {
    const plan = planned(
      '--executor-cores 2 --executor-memory 8g --conf spark.emr-serverless.executor.disk=100G',
    );
    expect([plan.driver.size.vcpu, plan.executor.size, plan.executor.heapMb]).toEqual([
      4,
      { vcpu: 2, memoryMb: 9 * gb, diskGb: 100 },
      8 * gb,
    ]);
  });
});

describe('executors (row 25)', () => {
  const most = 2_147_483_647;
  const dynamic = '--conf spark.dynamicAllocation';
  it.each<[string, string, number, number, number]>([
    ['defaults', '', 1, 3, most],
    ['a minimum', `${dynamic}.minExecutors=5`, 5, 5, most],
    ['a maximum below the beginning', `${dynamic}.maxExecutors=2`, 1, 2, 2],
    ['AWS’ infinity', `${dynamic}.maxExecutors=infinity`, 1, 3, most],
    ['a static number', `${dynamic}.enabled=false --num-executors 4`, 4, 4, 4],
    ['none', `${dynamic}.enabled=false --num-executors 0`, 1, 0, 0],
  ])('%s', (_name, parameters, gangExecutors, initialExecutors, maxExecutors) => {
    expect(planned(parameters)).toMatchObject({ gangExecutors, initialExecutors, maxExecutors });
  });
});

it.each([
  ['emr-6.9.0', 100],
  ['emr-6.10.0', 2_147_483_647],
  ['emr-spark-8.0.0', 2_147_483_647],
])('%s has at most %d executors by default', (releaseLabel, maxExecutors) => {
  const plan = planned('', {}, null, releaseLabel);
  expect(plan.maxExecutors).toBe(maxExecutors);
  expect(plan.sparkProperties['spark.dynamicAllocation.maxExecutors']).toBe(String(maxExecutors));
});

describe('scale-in', () => {
  const tracking = 'spark.dynamicAllocation.shuffleTracking.enabled';
  const leaving = {
    'spark.decommission.enabled': 'true',
    'spark.storage.decommission.enabled': 'true',
    'spark.storage.decommission.rddBlocks.enabled': 'true',
    'spark.storage.decommission.shuffleBlocks.enabled': 'true',
    'spark.storage.decommission.replicationReattemptInterval': '1s',
  };
  const properties = (...set: readonly string[]) =>
    planned(set.map((text) => `--conf ${text}`).join(' ')).sparkProperties;

  it('lets idle executors go after AWS’ 60 s, once they have handed over what they hold', () => {
    expect(properties()).toMatchObject({
      ...leaving,
      [tracking]: 'false',
      'spark.dynamicAllocation.executorIdleTimeout': '60s',
    });
  });

  it('is nothing that a static number of executors needs', () => {
    const given = properties('spark.dynamicAllocation.enabled=FALSE');
    expect(Object.keys(given).filter((name) => /decommission|shuffleTracking/.test(name))).toEqual(
      [],
    );
  });

  it.each(Object.keys(leaving))('leaves %s to the user, alone', (name) => {
    expect(properties(`${name}=other`)).toMatchObject({ ...leaving, [name]: 'other' });
  });

  // Spark 3.5 does not start with neither tracking nor a shuffle that is handed over (tried).
  it.each([
    ['spark.decommission.enabled', 'true'],
    ['spark.storage.decommission.enabled', 'true'],
    ['spark.storage.decommission.shuffleBlocks.enabled', 'true'],
    ['spark.storage.decommission.rddBlocks.enabled', 'false'],
  ])('tracks shuffles where nobody hands them over: without %s, %s', (name, expected) => {
    expect(properties(`${name}=False`)[tracking]).toBe(expected);
    expect(properties(`${name}=False`, `${tracking}=user`)[tracking]).toBe('user');
  });
});

describe('properties', () => {
  it('of the job’s parameters win over its overrides, those over the application’s, those over AWS’', () => {
    const settings = { runtimeConfiguration: [defaultsOf({ a: 'application', b: 'application' })] };
    const overrides = { applicationConfiguration: [defaultsOf({ a: 'job', c: 'job', d: 'job' })] };
    const { sparkProperties } = planned('--conf d=parameter', settings, overrides);
    expect(sparkProperties).toMatchObject({ a: 'job', c: 'job', d: 'parameter' });
    // A classification is replaced as a whole.
    expect(sparkProperties['b']).toBeUndefined();
    expect(sparkProperties['spark.driver.cores']).toBe('4');
  });

  it('of the application are removed by empty ones of the job', () => {
    const settings = { runtimeConfiguration: [defaultsOf({ 'spark.driver.cores': '2' })] };
    const overrides = { applicationConfiguration: [defaultsOf({})] };
    expect(planned('', settings).sparkProperties['spark.driver.cores']).toBe('2');
    expect(planned('', settings, overrides).sparkProperties['spark.driver.cores']).toBe('4');
  });

  it('give the driver its environment and its Java options', () => {
    const plan = planned(
      `--conf spark.emr-serverless.driverEnv.DAY=1 --driver-java-options "-Da='b c' -Dd=e"`,
    );
    expect([plan.environment, plan.driver.javaOptions]).toEqual([
      { DAY: '1' },
      ['-Da=b c', '-Dd=e'],
    ]);
  });
});

it('hands on the entry point after the options, arguments unsplit', () => {
  expect(planned('--py-files a.py').sparkSubmitArguments).toEqual([
    '--py-files',
    'a.py',
    's3://bucket/job.py',
    '--day',
    'two words',
  ]);
});

it.each<[string, JsonObject, JsonObject | null, string | null]>([
  ['nowhere', {}, null, null],
  ['where the application says', { logUri: 's3://app/logs/' }, null, 's3://app/logs'],
  ['where the job says', { logUri: 's3://app' }, { logUri: 's3://job' }, 's3://job'],
  ['nowhere, when the job takes it away', { logUri: 's3://app' }, {}, null],
])('logs go %s', (_name, ofApplication, ofJob, logUri) => {
  const monitoring = (s3: JsonObject) => ({
    monitoringConfiguration: { s3MonitoringConfiguration: s3 },
  });
  const overrides = ofJob && monitoring(ofJob);
  expect(planned('', monitoring(ofApplication), overrides).logUri).toBe(logUri);
});

it('knows the subnets of the application', () => {
  expect(planned().subnetIds).toEqual([]);
  const networkConfiguration = { subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg'] };
  expect(planned('', { networkConfiguration }).subnetIds).toEqual(['subnet-1', 'subnet-2']);
});

it.each([
  '--conf spark.emr-serverless.allocation.batch.size=5',
  '--conf spark.emr-serverless.lakeformation.enabled=false',
  '--conf spark.emr-serverless.driver.disk.type=shuffle_optimized --conf spark.emr-serverless.driver.disk=2000G',
  '--conf spark.emr-serverless.executor.disk.type=Standard',
  '--conf spark.shuffle.service.enabled=false',
  '--conf spark.aws.serverlessStorage.enabled=true',
])('accepts %j', (parameters) => {
  expect(planned(parameters).driver.size.vcpu).toBe(4);
});

it('reads the application’s maximum', () => {
  const maximumCapacity = { cpu: '8 vCPU', memory: '32 GB' };
  expect(planned('', { maximumCapacity }).maximumCapacity).toEqual({
    vcpu: 8,
    memoryMb: 32 * gb,
    diskGb: null,
  });
});

it.each([
  [
    '--driver-cores 1 --driver-memory 9g',
    'no worker has 1 vCPU and 10 GB, overhead included; with 1 vCPU the memory is at most 8 GB.',
  ],
  ['--driver-memory lots', 'spark.driver.memory=lots is not an amount of memory'],
  ['--executor-cores 0', 'spark.executor.cores=0 is not a whole number of at least 1.'],
  [
    '--conf spark.emr-serverless.memoryOverheadFactor=2',
    'memoryOverheadFactor must be between 0 and 1.',
  ],
  [
    '--driver-cores 32 --driver-memory 100g',
    'no worker has 32 vCPU and 110 GB, overhead included; with 32 vCPU the memory is 52 to 60, 112 to 120 or 236 to 244 GB.',
  ],
  ['--executor-cores 32 --executor-memory 30g', 'no worker has 32 vCPU and 33 GB'],
  ['--driver-cores 32 --driver-memory 300g', 'with 32 vCPU the memory is at most 244 GB.'],
  [
    '--conf spark.emr-serverless.drvier.disk=20G',
    'spark.emr-serverless.drvier.disk is not supported on this installation: it is not known. Check its spelling or remove it.',
  ],
  [
    '--conf spark.emr-serverless.lakeformation.enabled=true',
    'spark.emr-serverless.lakeformation.enabled is not supported on this installation: there is no Lake Formation here: remove it or set it to false.',
  ],
  [
    '--conf spark.emr-serverless.disk.encryptionKeyArn=arn:aws:kms:x',
    'spark.emr-serverless.disk.encryptionKeyArn is not supported',
  ],
  [
    '--conf spark.emr-serverless.disk.encryptionContext=a:b',
    'spark.emr-serverless.disk.encryptionContext is not supported',
  ],
  [
    '--conf spark.emr-serverless.executor.disk.type=gp3',
    'spark.emr-serverless.executor.disk.type=gp3 must be STANDARD or SHUFFLE_OPTIMIZED.',
  ],
  ['--conf spark.shuffle.service.enabled=true', 'spark.shuffle.service.enabled=true'],
  [
    `--conf spark.executor.extraJavaOptions=\\"-Da`,
    'spark.executor.extraJavaOptions has an unbalanced quote.',
  ],
  ['--conf spark.emr-serverless.driver.disk=10G', 'must be a whole number of GB from 20G to 200G.'],
])('refuses %j', (parameters, sentence) => {
  expect(() => planned(parameters)).toThrow(sentence);
});
