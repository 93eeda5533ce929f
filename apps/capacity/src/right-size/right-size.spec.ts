import type { AllocationPlan, ExecutorTarget } from '@firesteel/contracts/worker-size';
import type { Allocation } from '../allocation/allocation.ts';
import type { Room } from '../fleet/room.ts';
import { allocationOf, planOf, poolWorkerOf, small, workerOf } from '../fleet/sample.ts';
import type { Worker, WorkerStatus } from '../worker/worker.ts';
import { type Rooms, rightSize, wantedTargets } from './right-size.ts';

const gb = 1_024;

const run = (
  targets: readonly ExecutorTarget[] | null,
  change: Partial<AllocationPlan> = {},
): Allocation =>
  allocationOf({
    applicationId: 'application',
    plan: planOf({ maxExecutors: 10, ...change }),
    zone: 'z',
    driverUrl: 'spark://driver',
    targets,
    targetsSequence: 1,
  });
const target = (executors: number, change: Partial<ExecutorTarget> = {}): ExecutorTarget => ({
  resourceProfileId: 0,
  executors,
  cores: 4,
  memoryMb: 14 * gb,
  memoryOverheadMb: 1_434,
  ...change,
});
const executor = (id: number, status: WorkerStatus = 'BOUND', resourceProfileId = 0): Worker =>
  workerOf(id, { applicationId: 'application', zone: 'z', status, resourceProfileId });
const infinite = Number.POSITIVE_INFINITY;
const endless: Room = { vcpu: infinite, memoryMb: infinite, diskGb: infinite };
/** Room for so many workers of 4 vCPU and 16 GB. */
const roomFor = (workers: number): Room => ({
  vcpu: 4 * workers,
  memoryMb: 16 * gb * workers,
  diskGb: infinite,
});
const rooms = (change: Partial<Rooms> = {}): Rooms => ({
  application: endless,
  account: endless,
  zone: endless,
  growth: infinite,
  ...change,
});
const open = rooms();
const maximumMet = (limits: string): string =>
  `ApplicationMaxCapacityExceededException: Worker could not be allocated as the application has exceeded maximumCapacity settings: [${limits}]`;

it.each<[string, Allocation, number]>([
  ['the gang before the driver has spoken', run(null), 1],
  ['a larger gang', run(null, { gangExecutors: 3 }), 3],
  ['one at least', run(null, { initialExecutors: 0 }), 1],
  ['what the driver says', run([target(5)]), 5],
  ['none, when the driver says so', run([target(0)]), 0],
  ['never more than the run’s maximum', run([target(50)]), 10],
])('wants %s', (_name, allocation, executors) => {
  expect(wantedTargets(allocation)).toMatchObject([{ executors }]);
});

it.each<[string, Allocation, Worker[], number | undefined, string[]]>([
  ['starts what is missing', run([target(3)]), [executor(1)], 2, []],
  [
    'is content with what is on its way',
    run([target(2)]),
    [executor(1), executor(2, 'REQUESTED')],
    undefined,
    [],
  ],
  [
    'takes back the newest that have not begun',
    run([target(2)]),
    [executor(1), executor(2, 'READY'), executor(3, 'REQUESTED')],
    undefined,
    ['run-3'],
  ],
  [
    'leaves those that work to Spark',
    run([target(0)]),
    [executor(1), executor(2, 'LAUNCHED')],
    undefined,
    ['run-2'],
  ],
  [
    'counts each profile by itself',
    run([target(1), target(1, { resourceProfileId: 1 })]),
    [executor(1)],
    1,
    [],
  ],
])('%s', (_name, allocation, executors, count, takenBack) => {
  const sizing = rightSize(allocation, executors, [], open);
  expect(sizing.launches[0]?.count).toBe(count);
  expect(sizing.takenBack.map(({ workerId }) => workerId)).toEqual(takenBack);
  expect(sizing.refusal).toBeNull();
});

it.each<[string, Room, Room, number, string]>([
  ['the maximum of everything', roomFor(0), endless, 3, maximumMet('cpu: 4 vCPU, memory: 16 GB')],
  ['the maximum of memory', { ...endless, memoryMb: gb }, endless, 3, maximumMet('memory: 16 GB')],
  ['the maximum of disk', { ...endless, diskGb: 19 }, endless, 3, maximumMet('disk: 20 GB')],
  ['the maximum after one more', roomFor(1), endless, 2, maximumMet('cpu: 4 vCPU, memory: 16 GB')],
  [
    'the zone',
    endless,
    roomFor(0),
    3,
    'Worker could not be allocated as the zone has no room left: [cpu: 4 vCPU, memory: 16 GB]',
  ],
])('names %s as the limit (reference §4.7)', (_name, application, zone, executors, reason) => {
  expect(rightSize(run([target(3)]), [], [], rooms({ application, zone })).refusal).toEqual({
    executors,
    reason,
  });
});

it('fits a worker to what another profile states', () => {
  const gpu = target(1, {
    resourceProfileId: 1,
    cores: 2,
    memoryMb: 8 * gb,
    memoryOverheadMb: 820,
  });
  expect(rightSize(run([gpu]), [], [], open).launches).toMatchObject([
    {
      resourceProfileId: 1,
      count: 1,
      plan: { size: { vcpu: 2, memoryMb: 9 * gb, diskGb: 20 }, heapMb: 8 * gb },
    },
  ]);
});

it('does not give the same room to two profiles', () => {
  const targets = [target(2), target(2, { resourceProfileId: 1 })];
  const { launches, refusal } = rightSize(run(targets), [], [], rooms({ zone: roomFor(3) }));
  expect(launches.map(({ count }) => count)).toEqual([2, 1]);
  expect(refusal?.executors).toBe(1);
});

it('says so when no worker can hold a profile', () => {
  const huge = target(2, { resourceProfileId: 1, cores: 64 });
  expect(rightSize(run([huge]), [], [], open)).toMatchObject({
    launches: [],
    refusal: {
      executors: 2,
      reason: expect.stringContaining('no worker has 64 vCPU and 16 GB'),
    },
  });
});

describe('with pre-initialised workers', () => {
  const free = (id: number, change: Partial<Worker> = {}): Worker =>
    poolWorkerOf(id, { applicationId: 'application', zone: 'z', ...change });
  it.each<[string, Allocation, Worker[], Worker[], string[], number | undefined]>([
    [
      'takes them first',
      run([target(2)]),
      [],
      [free(1), free(2)],
      ['app-pool-1', 'app-pool-2'],
      undefined,
    ],
    ['starts the rest cold', run([target(3)]), [], [free(1)], ['app-pool-1'], 2],
    ['takes no more than wanted', run([target(1)]), [executor(1)], [free(1)], [], undefined],
    [
      'prefers the ready ones',
      run([target(1)]),
      [],
      [free(1, { status: 'LAUNCHED' }), free(2)],
      ['app-pool-2'],
      undefined,
    ],
    [
      'takes one that still boots rather than start another',
      run([target(1)]),
      [],
      [free(1, { status: 'LAUNCHED' })],
      ['app-pool-1'],
      undefined,
    ],
    ['leaves drivers alone', run([target(1)]), [], [free(0)], [], 1],
    ['leaves smaller ones alone', run([target(1)]), [], [free(1, { size: small })], [], 1],
    ['leaves smaller heaps alone', run([target(1)]), [], [free(1, { heapMb: 14_335 })], [], 1],
    [
      'leaves other Java options alone',
      run([target(1)]),
      [],
      [free(1, { javaOptions: [] })],
      [],
      1,
    ],
    ['leaves other releases alone', run([target(1)]), [], [free(1, { releaseLabel: 'x' })], [], 1],
    [
      'leaves other applications’ alone',
      run([target(1)]),
      [],
      [free(1, { applicationId: 'x' })],
      [],
      1,
    ],
    [
      'leaves those that are to stop alone',
      run([target(1)]),
      [],
      [free(1, { stopReason: 'x' })],
      [],
      1,
    ],
    [
      'begins with as many as the run begins with, where a cold start has its gang only',
      run(null),
      [],
      [free(1), free(2), free(3), free(4)],
      ['app-pool-1', 'app-pool-2', 'app-pool-3'],
      undefined,
    ],
  ])('%s', (_name, allocation, executors, pool, assigned, started) => {
    const sizing = rightSize(allocation, executors, pool, open);
    expect(sizing.assignments.map(({ worker }) => worker.workerId)).toEqual(assigned);
    expect(sizing.launches[0]?.count).toBe(started);
  });

  it('needs no room for them: they are there already', () => {
    const { assignments, refusal } = rightSize(
      run([target(1)]),
      [],
      [free(1)],
      rooms({ zone: roomFor(0) }),
    );
    expect([assignments.length, refusal]).toEqual([1, null]);
  });
});

it.each<[string, Partial<Rooms>, string]>([
  [
    'the account’s quota',
    { account: { ...endless, vcpu: 3 } },
    'ServiceQuotaExceededException: Worker could not be allocated as the account has exceeded its quota of concurrent vCPUs: [cpu: 4 vCPU]',
  ],
  [
    'those who wait',
    { growth: 0 },
    'Worker could not be allocated as runs that wait for room in the zone come first.',
  ],
])('names %s as the limit', (_name, change, reason) => {
  expect(rightSize(run([target(1)]), [], [], rooms(change)).refusal).toEqual({
    executors: 1,
    reason,
  });
});
