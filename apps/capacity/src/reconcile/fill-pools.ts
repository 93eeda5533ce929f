/** Places pools, starts what they miss, and lets go of what they have too much. */
import { handleIn } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { roomInAccount, roomInApplication, roomInZone } from '../fleet/room.ts';
import { type Fleet, pools, workers } from '../fleet/tables.ts';
import { allowedZones } from '../fleet/zones.ts';
import { neverFits, type PoolNeed, poolNeed, roomForPool, zoneForPool } from '../pool/fill.ts';
import { isKept, type Pool, type PoolCommand } from '../pool/pool.ts';
import type { Worker } from '../worker/worker.ts';
import type { Surroundings } from './reconcile.ts';
import { requestPoolWorkers } from './request-worker.ts';

const roomless = { vcpu: 0, memoryMb: 0, diskGb: 0 };

/** Answers after how many milliseconds a failed worker may be replaced, null when none waits for that. */
export async function fillPools(
  tx: EntityManager,
  fleet: Fleet,
  waitedFor: ReadonlySet<string>,
  surroundings: Surroundings,
): Promise<number | null> {
  let taken = fleet.workers;
  const pauses: number[] = [];
  for (const found of fleet.pools) {
    const pool = await place(tx, found, taken, surroundings);
    const need = poolNeed(
      ...([pool, taken, roomOf(pool, taken, waitedFor, surroundings), surroundings.at] as const),
    );
    taken = [...taken, ...(await carryOut(tx, pool, need, surroundings))];
    await settle(tx, pool, need, taken, surroundings);
    if (need.pauseMs !== null) pauses.push(need.pauseMs);
  }
  return pauses.length === 0 ? null : Math.min(...pauses);
}

const tell = async (
  tx: EntityManager,
  { applicationId }: Pool,
  command: PoolCommand,
): Promise<Pool | null> => {
  const { state } = await handleIn(tx, pools, applicationId, command);
  return state.status === 'ABSENT' ? null : state;
};

/** Finds a zone for a pool that has none or whose zone takes no work any more. */
async function place(
  tx: EntityManager,
  pool: Pool,
  taken: readonly Worker[],
  { zones, zoneSubnets, accountQuotaVcpu, at }: Surroundings,
): Promise<Pool> {
  const isPlaced = zones.some(({ zone }) => zone === pool.zone);
  if (!isKept(pool) || isPlaced || zones.length === 0) return pool;
  const allowed = allowedZones(zones, pool.subnetIds, zoneSubnets);
  const reason = pool.status === 'STARTING' ? neverFits(pool, allowed, accountQuotaVcpu) : null;
  if (reason !== null) return (await tell(tx, pool, { type: 'FailPool', reason, at })) ?? pool;
  const zone = zoneForPool(pool, allowed, taken);
  if (zone === undefined) return pool;
  const why = pool.zone === null ? `${zone} has most room` : `${pool.zone} takes no work`;
  return (await tell(tx, pool, { type: 'PlacePool', zone, reason: why, at })) ?? pool;
}

/** A full pool that is refilled does not take the room that runs wait for; one that starts waits its turn. */
function roomOf(
  pool: Pool,
  taken: readonly Worker[],
  waitedFor: ReadonlySet<string>,
  { zones, accountQuotaVcpu }: Surroundings,
) {
  const zone = zones.find((candidate) => candidate.zone === pool.zone);
  if (!zone || waitedFor.has(zone.zone)) return roomless;
  return roomForPool(
    roomInApplication(pool.applicationId, pool.maximumCapacity, taken),
    roomInAccount(pool.accountId, accountQuotaVcpu, taken),
    roomInZone(zone, taken),
  );
}

async function carryOut(
  tx: EntityManager,
  pool: Pool,
  { launches, stops }: PoolNeed,
  { at }: Surroundings,
): Promise<Worker[]> {
  const requested: Worker[] = [];
  for (const { plan, count } of launches) {
    const occasion = { at, meta: {}, reason: 'pre-initialised capacity of the application' };
    const { workerType } = plan;
    requested.push(
      ...(await requestPoolWorkers(...([tx, pool, count, workerType, plan, occasion] as const))),
    );
  }
  const reason = isKept(pool)
    ? 'its zone takes no work'
    : 'the pre-initialised capacity is released';
  for (const { workerId } of stops)
    await handleIn(tx, workers, workerId, { type: 'StopWorker', reason, at });
  return requested;
}

/** A pool is ready once all are; released once none is left that waits for a run. */
async function settle(
  tx: EntityManager,
  pool: Pool,
  { complete }: PoolNeed,
  taken: readonly Worker[],
  { at }: Surroundings,
): Promise<void> {
  if (complete) await tell(tx, pool, { type: 'NotePoolReady', at });
  const waiting = taken.some(
    ({ pooled, applicationId, jobRunId }) =>
      pooled && applicationId === pool.applicationId && jobRunId === null,
  );
  if (!waiting) await tell(tx, pool, { type: 'FinishRelease', at });
}
