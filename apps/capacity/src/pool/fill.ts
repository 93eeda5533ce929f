/**
 * What a pool needs right now: a pure function of the pool, its workers and the room. Workers that
 * serve a run count, as with AWS: initialCapacity is what the application keeps, not what lies idle.
 */
import type { PoolPlan } from '@firesteel/contracts/worker-size';
import {
  describeRoom,
  fits,
  maximumOf,
  minus,
  type Room,
  roomInZone,
  sumOf,
  times,
  timesSize,
  within,
  type Zone,
} from '../fleet/room.ts';
import { isFree, isLive, reached, type Worker } from '../worker/worker.ts';
import { isKept, type Pool, refillPauseMs } from './pool.ts';

/** So many JVMs of pools boot at a time in a zone: more only take each other's processor. */
const bootingAtATime = 4;

export type PoolNeed = {
  /** Workers to start now, in the pool's zone. */
  readonly launches: readonly { readonly plan: PoolPlan; readonly count: number }[];
  /** Free workers that are not the pool's any more: of another zone, or of a pool that is released. */
  readonly stops: readonly Worker[];
  /** Every worker is ready, or serves a run. */
  readonly complete: boolean;
  /** Missing workers wait for room that others hold. */
  readonly waitsForRoom: boolean;
  /** When failed workers are replaced, in milliseconds from now; null when nothing waits for that. */
  readonly pauseMs: number | null;
};

/** The pool's own workers: those that are not asked to stop and lie where it is. */
const membersOf = (pool: Pool, workers: readonly Worker[]): Worker[] =>
  workers.filter(
    (worker) =>
      worker.pooled &&
      worker.applicationId === pool.applicationId &&
      worker.zone === pool.zone &&
      worker.stopReason === null &&
      isLive(worker),
  );

export const sizeOfPool = (pools: readonly PoolPlan[]): Room =>
  sumOf(pools.map(({ size, count }) => timesSize(size, count)));

/** Why a pool can never be had, null when it can; said at once instead of starting what fits. */
export function neverFits(
  { pools, maximumCapacity }: Pool,
  zones: readonly Zone[],
  accountQuotaVcpu: number | null,
): string | null {
  const need = sizeOfPool(pools);
  const workers = pools.reduce((sum, { count }) => sum + count, 0);
  const what = `The initialCapacity of ${workers} workers (${describeRoom(need)})`;
  if (!fits(maximumOf(maximumCapacity), need))
    return `${what} exceeds the application’s maximumCapacity.`;
  if (accountQuotaVcpu !== null && need.vcpu > accountQuotaVcpu)
    return `${what} exceeds the account’s quota of ${accountQuotaVcpu} concurrent vCPUs.`;
  const wholeZones = zones.map((zone) => roomInZone(zone, []));
  if (zones.length === 0 || wholeZones.some((room) => fits(room, need))) return null;
  const largest = wholeZones.reduce((a, b) => (b.memoryMb > a.memoryMb ? b : a));
  return `${what} fits into no zone; the largest has ${describeRoom(largest)}. Lower the workerCount or the workerConfiguration.`;
}

const elapsedMs = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

/** Milliseconds until failed workers may be replaced; 0 when they may be now. Never more, should the clock go back. */
const pauseLeftMs = (pool: Pool, at: string): number =>
  pool.lastFailureAt === null
    ? 0
    : Math.max(0, refillPauseMs(pool) - Math.max(0, elapsedMs(pool.lastFailureAt, at)));

function strays(pool: Pool, workers: readonly Worker[]): Worker[] {
  return workers.filter(
    (worker) =>
      worker.pooled &&
      worker.applicationId === pool.applicationId &&
      isFree(worker) &&
      (!isKept(pool) || worker.zone !== pool.zone),
  );
}

/**
 * @param workers every live worker of the fleet
 * @param room what is left in the pool's zone, under the application's maximum and the account's quota
 */
export function poolNeed(pool: Pool, workers: readonly Worker[], room: Room, at: string): PoolNeed {
  const stops = strays(pool, workers);
  const idle = { launches: [], stops, complete: false, waitsForRoom: false, pauseMs: null };
  if (!isKept(pool) || pool.zone === null) return idle;
  const members = membersOf(pool, workers);
  const missing = pool.pools.map((plan) => ({
    plan,
    count: plan.count - members.filter(({ workerType }) => workerType === plan.workerType).length,
  }));
  const complete =
    missing.every(({ count }) => count <= 0) && members.every((worker) => reached(worker, 'READY'));
  const pauseMs = pauseLeftMs(pool, at);
  if (pauseMs > 0) return { ...idle, pauseMs };
  const booting = workers.filter(
    (worker) => worker.pooled && worker.zone === pool.zone && !reached(worker, 'READY'),
  ).length;
  return { ...idle, complete, ...launchesOf(missing, room, bootingAtATime - booting) };
}

type Missing = { readonly plan: PoolPlan; readonly count: number };

function launchesOf(
  missing: readonly Missing[],
  room: Room,
  places: number,
): Pick<PoolNeed, 'launches' | 'waitsForRoom'> {
  const launches: Missing[] = [];
  let left = room;
  let free = Math.max(0, places);
  let waitsForRoom = false;
  for (const { plan, count } of missing) {
    if (count <= 0) continue;
    const possible = times(left, plan.size);
    if (possible < count) waitsForRoom = true;
    const now = Math.min(count, possible, free);
    if (now > 0) launches.push({ plan, count: now });
    left = minus(left, timesSize(plan.size, now));
    free -= now;
  }
  return { launches, waitsForRoom };
}

/** The zone for a pool: the one with the most free memory that holds all of it, else the roomiest there is. */
export function zoneForPool(
  pool: Pool,
  zones: readonly Zone[],
  workers: readonly Worker[],
): string | undefined {
  const need = sizeOfPool(pool.pools);
  const open = zones
    .map((zone) => ({
      zone: zone.zone,
      whole: roomInZone(zone, []),
      room: roomInZone(zone, workers),
    }))
    .filter(({ whole }) => fits(whole, need))
    .sort(
      (a, b) =>
        Number(fits(b.room, need)) - Number(fits(a.room, need)) ||
        b.room.memoryMb - a.room.memoryMb ||
        a.zone.localeCompare(b.zone),
    );
  return open[0]?.zone;
}

export const roomForPool = (application: Room, account: Room, zone: Room): Room =>
  within(within(application, account), zone);
