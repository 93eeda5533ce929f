import type { PoolPlan } from '@firesteel/contracts/worker-size';
import type { Room } from '../fleet/room.ts';
import { after, at, medium, poolOf, poolWorkerOf, workerOf } from '../fleet/sample.ts';
import type { Worker } from '../worker/worker.ts';
import { neverFits, poolNeed, zoneForPool } from './fill.ts';
import type { Pool } from './pool.ts';

const infinite = Number.POSITIVE_INFINITY;
const room = (workers: number): Room => ({
  vcpu: 4 * workers,
  memoryMb: infinite,
  diskGb: infinite,
});
const zoneOf = (zone: string, workers: number) => ({
  zone,
  vcpu: 4 * workers,
  memoryMb: 16_384 * workers,
});
const booting: Partial<Worker> = { status: 'LAUNCHED' };
const serving: Partial<Worker> = { jobRunId: 'run', attempt: 1, status: 'BOUND' };

type Expected = { launches?: number[]; stops?: string[]; complete?: boolean; waits?: boolean };
it.each<[string, Pool, Worker[], Room, Expected]>([
  ['starts everything', poolOf(2), [], room(9), { launches: [1, 2] }],
  ['boots four at a time', poolOf(9), [], room(99), { launches: [1, 3] }],
  [
    'boots no more while four boot',
    poolOf(9),
    [0, 1, 2, 3].map((number) => poolWorkerOf(number, booting)),
    room(99),
    { launches: [] },
  ],
  ['starts what fits and waits', poolOf(3), [], room(2), { launches: [1, 1], waits: true }],
  ['is complete', poolOf(1), [poolWorkerOf(0), poolWorkerOf(1)], room(0), { complete: true }],
  [
    'is not complete while one boots',
    poolOf(1),
    [poolWorkerOf(0), poolWorkerOf(1, booting)],
    room(9),
    {},
  ],
  [
    'counts those that serve a run, as AWS does',
    poolOf(1),
    [poolWorkerOf(0, serving), poolWorkerOf(1, serving)],
    room(9),
    { complete: true },
  ],
  [
    'replaces one that is to stop',
    poolOf(1),
    [poolWorkerOf(0), poolWorkerOf(1, { stopReason: 'x' })],
    room(9),
    { launches: [1] },
  ],
  ['counts no cold workers', poolOf(1), [workerOf(0), workerOf(1)], room(9), { launches: [1, 1] }],
  [
    'counts no other application’s',
    poolOf(1),
    [poolWorkerOf(0, { applicationId: 'x' })],
    room(9),
    { launches: [1, 1] },
  ],
  ['has no place yet', poolOf(1, { zone: null }), [], room(9), {}],
  [
    'lets go of those in the zone it left',
    poolOf(1, { zone: 'zone-b' }),
    [poolWorkerOf(0), poolWorkerOf(1, serving)],
    room(9),
    { launches: [1, 1], stops: ['app-pool-0'] },
  ],
  [
    'lets go of all when it is released, but for those that serve',
    poolOf(1, { status: 'RELEASING' }),
    [poolWorkerOf(0, serving), poolWorkerOf(1, booting)],
    room(9),
    { stops: ['app-pool-1'] },
  ],
  [
    'lets go of all when it failed',
    poolOf(1, { status: 'FAILED' }),
    [poolWorkerOf(0)],
    room(9),
    { stops: ['app-pool-0'] },
  ],
])('a pool %s', (_name, pool, workers, left, expected) => {
  const need = poolNeed(pool, workers, left, at);
  expect({
    launches: need.launches.map(({ count }) => count),
    stops: need.stops.map(({ workerId }) => workerId),
    complete: need.complete,
    waits: need.waitsForRoom,
  }).toEqual({ launches: [], stops: [], complete: false, waits: false, ...expected });
});

it('pauses before it replaces workers that failed', () => {
  const pool = poolOf(1, { failuresInARow: 2, lastFailureAt: at });
  expect(poolNeed(pool, [], room(9), after(0.5))).toMatchObject({ launches: [], pauseMs: 1_500 });
  // A clock that goes back does not make it longer.
  expect(poolNeed(pool, [], room(9), after(-3_600))).toMatchObject({ pauseMs: 2_000 });
  expect(poolNeed(pool, [], room(9), after(2))).toMatchObject({
    launches: [{}, {}],
    pauseMs: null,
  });
});

const many = (count: number): PoolPlan[] => [
  { workerType: 'SPARK_EXECUTOR', count, size: medium, heapMb: 14_336, javaOptions: [] },
];
it.each<[string, Partial<Pool>, number, number | null, string | null]>([
  ['fits', { pools: many(10) }, 10, null, null],
  [
    'is too large for every zone',
    { pools: many(1_000) },
    10,
    null,
    'The initialCapacity of 1000 workers (4000 vCPU and 16000 GB) fits into no zone; the largest has 40 vCPU and 160 GB. Lower the workerCount or the workerConfiguration.',
  ],
  [
    'exceeds the application’s maximum',
    { pools: many(2), maximumCapacity: { vcpu: 4, memoryMb: 16_384, diskGb: null } },
    10,
    null,
    'The initialCapacity of 2 workers (8 vCPU and 32 GB) exceeds the application’s maximumCapacity.',
  ],
  [
    'exceeds the account’s quota',
    { pools: many(5) },
    10,
    16,
    'The initialCapacity of 5 workers (20 vCPU and 80 GB) exceeds the account’s quota of 16 concurrent vCPUs.',
  ],
])('a pool that %s', (_name, change, workers, quota, reason) => {
  expect(neverFits(poolOf(1, change), [zoneOf('a', workers), zoneOf('b', 1)], quota)).toBe(reason);
});

it.each<[string, Worker[], string | undefined]>([
  ['the roomiest that holds all of it', [], 'b'],
  [
    'one that is free before one that is not',
    [0, 1, 2, 3].map((n) => workerOf(n, { zone: 'b' })),
    'a',
  ],
])('is placed in %s', (_name, workers, expected) => {
  expect(zoneForPool(poolOf(1), [zoneOf('c', 1), zoneOf('a', 2), zoneOf('b', 5)], workers)).toBe(
    expected,
  );
});
