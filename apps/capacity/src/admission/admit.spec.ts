import type { AllocationPlan } from '@firesteel/contracts/worker-size';
import type { Allocation } from '../allocation/allocation.ts';
import type { Zone } from '../fleet/room.ts';
import { allocationOf, planOf, workerOf } from '../fleet/sample.ts';
import type { Worker } from '../worker/worker.ts';
import { admit, gangOf } from './admit.ts';

const gb = 1_024;

const waitingRun = (
  jobRunId: string,
  change: Partial<AllocationPlan> = {},
  applicationId = 'application',
): Allocation =>
  allocationOf({
    status: 'WAITING',
    jobRunId,
    applicationId,
    plan: planOf({ maxExecutors: 10, ...change }),
    zone: null,
  });
const liveWorker = (zone: string, applicationId = 'application'): Worker =>
  workerOf(0, { workerId: `${zone}-0`, applicationId, jobRunId: 'other', zone, status: 'BOUND' });
/** A zone with room for so many workers of 4 vCPU and 16 GB. */
const zoneOf = (zone: string, workers: number): Zone => ({
  zone,
  vcpu: 4 * workers,
  memoryMb: 16 * gb * workers,
});
const maximum = (workers: number, diskGb: number | null = null): Partial<AllocationPlan> => ({
  maximumCapacity: { vcpu: 4 * workers, memoryMb: 16 * gb * workers, diskGb },
});

type Expected = readonly (readonly [kind: string, where: string])[];
const told = (
  waiting: readonly Allocation[],
  workers: readonly Worker[],
  zones: readonly Zone[],
): Expected =>
  admit(waiting, workers, zones).map((admission) => [
    admission.kind,
    admission.kind === 'grant' ? admission.zone : admission.reason,
  ]);

const noRoom = 'No zone has room for 8 vCPU and 32 GB at this moment.';
const noMaximum =
  'The application’s maximumCapacity has no room for 8 vCPU and 32 GB at this moment.';
const earlier = 'Runs of the same application that came earlier are waiting.';
const zoneWait = 'Runs that came earlier are waiting for room in a zone.';
const exceeded = 'Job failed as application has exceeded maximumCapacity settings.';

it.each<[string, Allocation[], Worker[], Zone[], Expected]>([
  ['grants a gang its zone', [waitingRun('a')], [], [zoneOf('z', 2)], [['grant', 'z']]],
  [
    'takes the zone with most free memory',
    [waitingRun('a')],
    [liveWorker('y')],
    [zoneOf('y', 4), zoneOf('z', 4)],
    [['grant', 'z']],
  ],
  [
    'takes the first name of equal zones',
    [waitingRun('a')],
    [],
    [zoneOf('z', 4), zoneOf('y', 4)],
    [['grant', 'y']],
  ],
  [
    'never splits a gang over zones',
    [waitingRun('a')],
    [liveWorker('y'), liveWorker('z')],
    [zoneOf('y', 2), zoneOf('z', 2)],
    [['defer', noRoom]],
  ],
  [
    'sees what it granted in the same round',
    [waitingRun('a'), waitingRun('b', {}, 'other')],
    [],
    [zoneOf('z', 3)],
    [
      ['grant', 'z'],
      ['defer', noRoom],
    ],
  ],
  [
    'row 25: lets no driver in without an executor’s room',
    [waitingRun('a', maximum(2)), waitingRun('b', maximum(2))],
    [],
    [zoneOf('z', 9)],
    [
      ['grant', 'z'],
      ['defer', noMaximum],
    ],
  ],
  [
    'row 25: refuses what a maximum can never hold',
    [waitingRun('a', maximum(1))],
    [],
    [zoneOf('z', 9)],
    [['refuse', exceeded]],
  ],
  [
    'counts disk against the maximum',
    [waitingRun('a', maximum(9, 39))],
    [],
    [zoneOf('z', 9)],
    [['refuse', exceeded]],
  ],
  [
    'does not count disk against a zone',
    [waitingRun('a', maximum(9, 40))],
    [],
    [zoneOf('z', 2)],
    [['grant', 'z']],
  ],
  [
    'counts other runs of the application',
    [waitingRun('a', maximum(2))],
    [liveWorker('z')],
    [zoneOf('z', 9)],
    [['defer', noMaximum]],
  ],
  [
    'does not count other applications',
    [waitingRun('a', maximum(2))],
    [liveWorker('z', 'other')],
    [zoneOf('z', 9)],
    [['grant', 'z']],
  ],
  [
    'lets no smaller run of the application pass',
    [waitingRun('a', { ...maximum(3), gangExecutors: 2 }), waitingRun('b', maximum(3))],
    [liveWorker('z')],
    [zoneOf('z', 9)],
    [
      [
        'defer',
        'The application’s maximumCapacity has no room for 12 vCPU and 48 GB at this moment.',
      ],
      ['defer', earlier],
    ],
  ],
  [
    'lets other applications pass a full maximum',
    [waitingRun('a', maximum(2)), waitingRun('b', {}, 'other')],
    [liveWorker('z')],
    [zoneOf('z', 9)],
    [
      ['defer', noMaximum],
      ['grant', 'z'],
    ],
  ],
  [
    'lets nobody pass a run that waits for the machine',
    [waitingRun('a', { gangExecutors: 3 }), waitingRun('b', {}, 'other')],
    [liveWorker('z', 'third')],
    [zoneOf('z', 4)],
    [
      ['defer', 'No zone has room for 16 vCPU and 64 GB at this moment.'],
      ['defer', zoneWait],
    ],
  ],
  ['waits for an agent', [waitingRun('a')], [], [], [['defer', 'No worker-agent is connected.']]],
  [
    'refuses by the maximum without an agent, too',
    [waitingRun('a', maximum(1))],
    [],
    [],
    [['refuse', exceeded]],
  ],
  [
    'refuses what no zone can ever hold',
    [waitingRun('a', { gangExecutors: 4 })],
    [],
    [zoneOf('y', 2), zoneOf('z', 4)],
    [
      [
        'refuse',
        'Job failed as no zone is large enough for its driver and 4 executors (20 vCPU and 80 GB); the largest has 16 vCPU and 64 GB.',
      ],
    ],
  ],
  [
    'goes on after a refusal',
    [waitingRun('a', { gangExecutors: 9 }), waitingRun('b')],
    [],
    [zoneOf('z', 2)],
    [
      [
        'refuse',
        'Job failed as no zone is large enough for its driver and 9 executors (40 vCPU and 160 GB); the largest has 8 vCPU and 32 GB.',
      ],
      ['grant', 'z'],
    ],
  ],
])('%s', (_name, waiting, workers, zones, expected) => {
  expect(told(waiting, workers, zones)).toEqual(expected);
});

it('weighs a gang without building it: two thousand million executors are refused at once', () => {
  const run = waitingRun('a', { gangExecutors: 2_000_000_000 });
  expect(gangOf(run).vcpu).toBe(8_000_000_004);
  expect(told([run], [], [zoneOf('z', 4)])[0]?.[0]).toBe('refuse');
});
