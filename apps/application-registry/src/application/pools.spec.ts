import type { ApplicationSettings } from '@firesteel/contracts/events';
import fc from 'fast-check';
import type { Application } from './application.ts';
import { largestHeapMb, poolsOf, subnetIdsOf } from './pools.ts';

const at = '2026-11-25T10:00:00.000Z';
const application = (
  settings: ApplicationSettings,
  engine: Application['engine'] = 'Spark',
): Application => ({
  status: 'CREATED',
  applicationId: '00f1',
  accountId: '123456789012',
  region: 'us-east-1',
  name: null,
  engine,
  releaseLabel: 'emr-7.12.0',
  architecture: 'X86_64',
  settings,
  tags: {},
  stateDetails: null,
  pooled: false,
  requestHash: 'hash',
  createdAt: at,
  updatedAt: at,
});

const initialCapacity = {
  DRIVER: { workerCount: 2, workerConfiguration: { cpu: '4 vCPU', memory: '16 GB' } },
  Executor: {
    workerCount: 10,
    workerConfiguration: { cpu: '1 vCPU', memory: '2 GB', disk: '40 GB' },
  },
};

it('plans a pool of each worker type, its heap all that Spark’s overhead leaves', () => {
  expect(poolsOf(application({ initialCapacity }))).toEqual([
    {
      workerType: 'SPARK_DRIVER',
      count: 2,
      size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
      heapMb: 14_894,
      javaOptions: [],
    },
    {
      workerType: 'SPARK_EXECUTOR',
      count: 10,
      size: { vcpu: 1, memoryMb: 2_048, diskGb: 40 },
      heapMb: 1_664,
      javaOptions: [],
    },
  ]);
});

it('has no pools where there are no pre-initialised workers', () => {
  expect(poolsOf(application({}))).toEqual([]);
});

it('leaves the largest heap beside max(384 MB, 10 %)', () => {
  const fits = (heapMb: number, memoryMb: number): boolean =>
    heapMb + Math.max(384, Math.ceil(heapMb * 0.1)) <= memoryMb;
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 244 }), (memoryGb) => {
      const heapMb = largestHeapMb(memoryGb * 1024);
      expect([fits(heapMb, memoryGb * 1024), fits(heapMb + 1, memoryGb * 1024)]).toEqual([
        true,
        false,
      ]);
    }),
  );
});

it('takes JVM options from the application’s spark-defaults, as a shell would', () => {
  const runtimeConfiguration = [
    { classification: 'hive-site', properties: { 'spark.driver.extraJavaOptions': '-Dnot' } },
    {
      classification: 'spark-defaults',
      properties: {
        'spark.driver.extraJavaOptions': `-Da="b c" '-Dd=e'`,
        'spark.executor.extraJavaOptions': '-XX:+UseG1GC',
      },
    },
  ];
  const pools = poolsOf(application({ initialCapacity, runtimeConfiguration }));
  expect(pools.map(({ javaOptions }) => javaOptions)).toEqual([
    ['-Da=b c', '-Dd=e'],
    ['-XX:+UseG1GC'],
  ]);
});

it('refuses JVM options with an unbalanced quote, by their property', () => {
  const properties = { 'spark.executor.extraJavaOptions': `-Da="b` };
  const runtimeConfiguration = [{ classification: 'spark-defaults', properties }];
  expect(() => poolsOf(application({ initialCapacity, runtimeConfiguration }))).toThrow(
    'spark.executor.extraJavaOptions has an unbalanced quote.',
  );
});

it('refuses to start Hive’s pre-initialised workers, which no runtime serves', () => {
  const hive = application({ initialCapacity: { TEZ_TASK: { workerCount: 1 } } }, 'Hive');
  expect(() => poolsOf(hive)).toThrow(
    'Application 00f1 cannot be started: this installation has no pre-initialised workers of type TEZ_TASK.',
  );
  expect(poolsOf(application({}, 'Hive'))).toEqual([]);
});

it.each<[ApplicationSettings, readonly string[]]>([
  [{}, []],
  [{ networkConfiguration: {} }, []],
  [{ networkConfiguration: { subnetIds: ['subnet-1', 'subnet-2'] } }, ['subnet-1', 'subnet-2']],
])('finds the subnets of %j', (settings, subnetIds) => {
  expect(subnetIdsOf(settings)).toEqual(subnetIds);
});
