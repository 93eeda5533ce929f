import type { AllocationPlan } from '@firesteel/contracts/worker-size';
import type { Allocation } from '../allocation/allocation.ts';
import type { Zone } from '../fleet/room.ts';
import { allocationOf, planOf, poolOf, poolWorkerOf, small, workerOf } from '../fleet/sample.ts';
import type { Worker } from '../worker/worker.ts';
import { type AdmissionInput, admit, gangOf } from './admit.ts';

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

const input = (change: Partial<AdmissionInput>): AdmissionInput => ({
  waiting: [],
  workers: [],
  pools: [],
  zones: [],
  zoneSubnets: {},
  accountQuotaVcpu: null,
  ...change,
});

type Expected = readonly (readonly [kind: string, where: string])[];
const told = (
  waiting: readonly Allocation[],
  workers: readonly Worker[],
  zones: readonly Zone[],
): Expected =>
  admit(input({ waiting, workers, zones })).map((admission) => [
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

describe('with pre-initialised workers', () => {
  const applicationId = 'application';
  const pool = poolOf(1, { applicationId, zone: 'z' });
  const ofPool = (number: number, change: Partial<Worker> = {}): Worker =>
    poolWorkerOf(number, { applicationId, zone: 'z', ...change });
  const warm = [ofPool(0), ofPool(1)];
  const decided = (change: Partial<AdmissionInput>) =>
    admit(input({ pools: [pool], zones: [zoneOf('z', 2)], ...change })).map((admission) =>
      admission.kind === 'grant'
        ? [admission.driver?.workerId ?? 'cold', admission.poolMismatch]
        : [admission.kind, admission.reason],
    );

  it('takes them, and needs no room beside them', () => {
    expect(decided({ waiting: [waitingRun('a')], workers: warm })).toEqual([['app-pool-0', null]]);
  });

  it('gives a worker to one run only', () => {
    const zones = [zoneOf('z', 4)];
    const waiting = [waitingRun('a'), waitingRun('b')];
    expect(decided({ waiting, workers: warm, zones })).toEqual([
      ['app-pool-0', null],
      ['cold', null],
    ]);
  });

  it('waits in its own zone only as long as the rest of the gang fits there', () => {
    const waiting = [waitingRun('a', { gangExecutors: 2 })];
    const zones = [zoneOf('z', 2), zoneOf('y', 4)];
    const [admission] = admit(input({ waiting, workers: warm, pools: [pool], zones }));
    expect(admission).toMatchObject({ kind: 'grant', zone: 'y', driver: null });
  });

  it.each<[string, Partial<AllocationPlan>, string]>([
    [
      'a larger driver',
      {
        driver: {
          size: { vcpu: 8, memoryMb: 32 * gb, diskGb: 20 },
          heapMb: 20 * gb,
          javaOptions: [],
        },
      },
      'The driver starts cold because it does not match the pre-initialised capacity (wanted: 8 vCPU, 32 GB, 20 GB of disk, heap 20480 MB, no Java options; pre-initialised: 4 vCPU, 16 GB, 20 GB of disk, heap 14336 MB, no Java options).',
    ],
    [
      'other options of executors',
      { executor: { ...planOf().executor, javaOptions: ['-Dx=y'] } },
      'The executors start cold because they do not match the pre-initialised capacity (wanted: 4 vCPU, 16 GB, 20 GB of disk, heap 14336 MB, -Dx=y; pre-initialised: 4 vCPU, 16 GB, 20 GB of disk, heap 14336 MB, -Da=b).',
    ],
  ])('says that %s is a mismatch', (_name, change, mismatch) => {
    const zones = [zoneOf('z', 9)];
    const [[, told]] = decided({ waiting: [waitingRun('a', change)], workers: warm, zones }) as [
      [string, string],
    ];
    expect(told).toBe(mismatch);
  });

  it('is no mismatch that a smaller run takes a larger worker', () => {
    const plan = { driver: { size: small, heapMb: gb, javaOptions: [] } };
    expect(decided({ waiting: [waitingRun('a', plan)], workers: warm })).toEqual([
      ['app-pool-0', null],
    ]);
  });

  it('refuses a run that fits neither the pool nor beside it, ever', () => {
    const plan = { driver: { ...planOf().driver, javaOptions: ['-Dx=y'] } };
    expect(decided({ waiting: [waitingRun('a', plan)], workers: warm })).toEqual([
      [
        'refuse',
        'Job failed as its driver and 1 executors (8 vCPU and 32 GB) do not match the application’s pre-initialised capacity and no zone has room for them beside it.',
      ],
    ]);
  });

  it('counts the pool against the maximum', () => {
    const waiting = [waitingRun('a', { ...maximum(2), gangExecutors: 2 })];
    expect(decided({ waiting, workers: warm, zones: [zoneOf('z', 9)] })).toEqual([
      ['refuse', exceeded],
    ]);
  });
});

describe('zones and quotas', () => {
  const zoneSubnets = { y: ['subnet-1'], z: ['subnet-2'] };
  const zones = [zoneOf('y', 9), zoneOf('z', 2)];
  it.each<[string, readonly string[], string]>([
    ['where its subnet lies', ['subnet-2'], 'z'],
    ['anywhere without subnets', [], 'y'],
    ['anywhere with subnets nobody knows', ['subnet-9'], 'y'],
  ])('runs %s', (_name, subnetIds, zone) => {
    const waiting = [waitingRun('a', { subnetIds })];
    expect(admit(input({ waiting, zones, zoneSubnets }))).toMatchObject([{ kind: 'grant', zone }]);
  });

  it('waits for a zone of its subnets, and lets others pass that may use another', () => {
    const waiting = [
      waitingRun('a', { subnetIds: ['subnet-2'], gangExecutors: 1 }),
      waitingRun('b', {}, 'other'),
    ];
    const workers = [liveWorker('z', 'third')];
    expect(admit(input({ waiting, workers, zones, zoneSubnets }))).toMatchObject([
      { kind: 'defer', waitsFor: ['z'] },
      { kind: 'grant', zone: 'y' },
    ]);
  });

  it.each<[number, object]>([
    [7, { kind: 'refuse', reason: expect.stringContaining('the account may have 7 at a time') }],
    [
      11,
      { kind: 'defer', reason: expect.stringContaining('quota of concurrent vCPUs has no room') },
    ],
    [12, { kind: 'grant' }],
  ])('with a quota of %d vCPU beside 4 that are held', (accountQuotaVcpu, expected) => {
    const workers = [liveWorker('y', 'third')];
    const decided = admit(input({ waiting: [waitingRun('a')], workers, zones, accountQuotaVcpu }));
    expect(decided).toMatchObject([expected]);
  });
});
