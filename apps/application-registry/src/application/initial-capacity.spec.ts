import type { ApplicationSettings, Json } from '@firesteel/contracts/events';
import { initialWorkersOf, maximumCapacityOf, requireServable } from './initial-capacity.ts';

const gb = (count: number): number => count * 1024;
const capacity = (workerType: string, entry: Json): ApplicationSettings => ({
  initialCapacity: { [workerType]: entry },
});
const sized = (cpu: string, memory: string, more: { readonly [key: string]: Json } = {}) =>
  capacity('DRIVER', { workerCount: 1, workerConfiguration: { cpu, memory, ...more } });

describe('worker types in any of AWS’ spellings (row 19)', () => {
  it.each<['Spark' | 'Hive', string, string]>([
    ['Spark', 'DRIVER', 'SPARK_DRIVER'],
    ['Spark', 'Driver', 'SPARK_DRIVER'],
    ['Spark', 'SPARK_DRIVER', 'SPARK_DRIVER'],
    ['Spark', 'SparkDriver', 'SPARK_DRIVER'],
    ['Spark', 'executor', 'SPARK_EXECUTOR'],
    ['Spark', 'EXECUTOR', 'SPARK_EXECUTOR'],
    ['Spark', 'Spark-Executor', 'SPARK_EXECUTOR'],
    ['Hive', 'DRIVER', 'HIVE_DRIVER'],
    ['Hive', 'HiveDriver', 'HIVE_DRIVER'],
    ['Hive', 'TEZ_TASK', 'TEZ_TASK'],
    ['Hive', 'TezTask', 'TEZ_TASK'],
  ])('%s: %s', (engine, spelling, workerType) => {
    expect(initialWorkersOf(engine, capacity(spelling, { workerCount: 2 }))).toMatchObject([
      { workerType, count: 2 },
    ]);
  });

  it.each<['Spark' | 'Hive', string]>([
    ['Spark', 'TEZ_TASK'],
    ['Spark', 'HIVE_DRIVER'],
    ['Spark', 'worker'],
    ['Spark', 'constructor'],
    ['Hive', 'EXECUTOR'],
  ])('%s has no %s', (engine, spelling) => {
    expect(() => initialWorkersOf(engine, capacity(spelling, { workerCount: 1 }))).toThrow(
      `Worker type '${spelling}' in initialCapacity is not supported for type '${engine.toUpperCase()}'`,
    );
  });

  it('refuses one worker type in two spellings', () => {
    const settings = {
      initialCapacity: { DRIVER: { workerCount: 1 }, Driver: { workerCount: 1 } },
    };
    expect(() => initialWorkersOf('Spark', settings)).toThrow(
      'initialCapacity names SPARK_DRIVER more than once',
    );
  });
});

it.each<[string, ApplicationSettings]>([
  ['nothing', {}],
  ['an empty map', { initialCapacity: {} }],
  ['null', { initialCapacity: null }],
])('takes %s for no workers', (_name, settings) => {
  expect(initialWorkersOf('Spark', settings)).toEqual([]);
});

describe('sizes (reference §4.1)', () => {
  it.each<[string, ApplicationSettings, object]>([
    ['AWS’ own way', sized('4 vCPU', '16 GB'), { vcpu: 4, memoryMb: gb(16), diskGb: 20 }],
    ['without units', sized('1', '2'), { vcpu: 1, memoryMb: gb(2), diskGb: 20 }],
    ['in small letters', sized('2vcpu', '5gb'), { vcpu: 2, memoryMb: gb(5), diskGb: 20 }],
    [
      'with a disk',
      sized('16 vCPU', '120 GB', { disk: '200 GB' }),
      { vcpu: 16, memoryMb: gb(120), diskGb: 200 },
    ],
    [
      'with a large shuffle-optimized disk',
      sized('8 vCPU', '60 GB', { disk: '2000 GB', diskType: 'shuffle_optimized' }),
      { vcpu: 8, memoryMb: gb(60), diskGb: 2000 },
    ],
    [
      'left out: a default job’s worker',
      capacity('DRIVER', { workerCount: 1 }),
      { vcpu: 4, memoryMb: gb(16), diskGb: 20 },
    ],
  ])('%s', (_name, settings, size) => {
    expect(initialWorkersOf('Spark', settings)).toEqual([
      { workerType: 'SPARK_DRIVER', count: 1, size },
    ]);
  });

  it.each<[string, ApplicationSettings, string]>([
    ['cores that no worker has', sized('3 vCPU', '8 GB'), '[cpu: 3 vCPU, memory: 8 GB, disk: '],
    ['too little memory', sized('4 vCPU', '7 GB'), '[cpu: 4 vCPU, memory: 7 GB, disk: '],
    ['too much memory', sized('4 vCPU', '31 GB'), '[cpu: 4 vCPU, memory: 31 GB, disk: '],
    ['memory between two steps', sized('8 vCPU', '18 GB'), '[cpu: 8 vCPU, memory: 18 GB, disk: '],
    ['no memory', sized('4 vCPU', ''), '[cpu: 4 vCPU, memory: , disk: '],
    ['no number', sized('many', '8 GB'), '[cpu: many, memory: 8 GB, disk: '],
    ['too small a disk', sized('1', '2', { disk: '19 GB' }), 'memory: 2, disk: 19 GB]'],
    ['too large a disk', sized('1', '2', { disk: '201 GB' }), 'memory: 2, disk: 201 GB]'],
    ['a disk without its unit', sized('1', '2', { disk: '20' }), 'memory: 2, disk: 20]'],
  ])('not %s', (_name, settings, shown) => {
    const read = () => initialWorkersOf('Spark', settings);
    expect(read).toThrow(shown);
    expect(read).toThrow("of 'DRIVER' in initialCapacity is not supported");
  });

  it.each<[Json | undefined]>([[0], [-1], [1.5], ['2'], [null], [undefined], [2 ** 53]])(
    'not a count of %p',
    (workerCount) => {
      const entry = workerCount === undefined ? {} : { workerCount };
      expect(() => initialWorkersOf('Spark', capacity('DRIVER', entry))).toThrow(
        "workerCount of 'DRIVER' in initialCapacity must be a whole number of at least 1",
      );
    },
  );
});

it.each<[ApplicationSettings, object | null]>([
  [{}, null],
  [{ maximumCapacity: null }, null],
  [
    { maximumCapacity: { cpu: '400 vCPU', memory: '3000 GB' } },
    { vcpu: 400, memoryMb: gb(3000), diskGb: null },
  ],
  [
    { maximumCapacity: { cpu: '4', memory: '16', disk: '20 GB' } },
    { vcpu: 4, memoryMb: gb(16), diskGb: 20 },
  ],
])('reads the limit of %j', (settings, maximum) => {
  expect(maximumCapacityOf(settings)).toEqual(maximum);
});

describe('a pool within its application’s limit', () => {
  const initialCapacity = {
    DRIVER: { workerCount: 1, workerConfiguration: { cpu: '4 vCPU', memory: '16 GB' } },
    EXECUTOR: { workerCount: 3, workerConfiguration: { cpu: '4 vCPU', memory: '8 GB' } },
  };
  const within = (maximumCapacity: Json) => () =>
    requireServable('Spark', { initialCapacity, maximumCapacity });

  it.each<[string, Json]>([
    ['that is none', null],
    ['exactly', { cpu: '16 vCPU', memory: '40 GB', disk: '80 GB' }],
    ['without one for disks', { cpu: '16 vCPU', memory: '40 GB' }],
  ])('%s', (_name, maximum) => {
    expect(within(maximum)).not.toThrow();
  });

  it.each<[string, Json, string]>([
    [
      'vCPU',
      { cpu: '15 vCPU', memory: '40 GB' },
      'initialCapacity [cpu: 16 vCPU] exceeds maximumCapacity [cpu: 15 vCPU]',
    ],
    [
      'memory and disk',
      { cpu: '16 vCPU', memory: '39 GB', disk: '79 GB' },
      'initialCapacity [memory: 40 GB, disk: 80 GB] exceeds maximumCapacity [memory: 39 GB, disk: 79 GB]',
    ],
  ])('not beyond it in %s', (_name, maximum, sentence) => {
    expect(within(maximum)).toThrow(sentence);
  });
});
