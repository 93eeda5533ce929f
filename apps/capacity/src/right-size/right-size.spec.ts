import type { AllocationPlan, ExecutorTarget } from '@firesteel/contracts/worker-size';
import type { Allocation } from '../allocation/allocation.ts';
import type { Room } from '../fleet/room.ts';
import { allocationOf, planOf, workerOf } from '../fleet/sample.ts';
import type { Worker, WorkerStatus } from '../worker/worker.ts';
import { rightSize, wantedTargets } from './right-size.ts';

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
const open = { application: endless, zone: endless };
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
  const sizing = rightSize(allocation, executors, open);
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
  expect(rightSize(run([target(3)]), [], { application, zone }).refusal).toEqual({
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
  expect(rightSize(run([gpu]), [], open).launches).toMatchObject([
    {
      resourceProfileId: 1,
      count: 1,
      plan: { size: { vcpu: 2, memoryMb: 9 * gb, diskGb: 20 }, heapMb: 8 * gb },
    },
  ]);
});

it('does not give the same room to two profiles', () => {
  const targets = [target(2), target(2, { resourceProfileId: 1 })];
  const { launches, refusal } = rightSize(run(targets), [], {
    application: endless,
    zone: roomFor(3),
  });
  expect(launches.map(({ count }) => count)).toEqual([2, 1]);
  expect(refusal?.executors).toBe(1);
});

it('says so when no worker can hold a profile', () => {
  const huge = target(2, { resourceProfileId: 1, cores: 64 });
  expect(rightSize(run([huge]), [], open)).toMatchObject({
    launches: [],
    refusal: {
      executors: 2,
      reason: expect.stringContaining('no worker has 64 vCPU and 16 GB'),
    },
  });
});
