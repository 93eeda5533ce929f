/** Gives running runs the executors they want, within what there is. */
import { handleIn } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Allocation } from '../allocation/allocation.ts';
import { idOfAllocation } from '../allocation/allocation-id.ts';
import { roomInAccount, roomInApplication, roomInZone } from '../fleet/room.ts';
import { allocations, type Fleet, workers } from '../fleet/tables.ts';
import { type Rooms, rightSize, type Sizing } from '../right-size/right-size.ts';
import { allocationOfWorker, type Worker } from '../worker/worker.ts';
import type { Refusal, Surroundings } from './reconcile.ts';
import { assignWorker, requestExecutors } from './request-worker.ts';

/**
 * A gang that was just admitted gets what it was admitted with, before the wishes of older runs:
 * otherwise its driver would hold room and starve (behaviours row 25).
 */
const gangsFirst = (granted: readonly Allocation[]): Allocation[] =>
  [...granted].sort((a, b) => Number(a.targets !== null) - Number(b.targets !== null));

/** The fleet as it grows during the step: what is requested or assigned is seen by the next run. */
type Ledger = { taken: readonly Worker[]; readonly assigned: Set<string>; changed: boolean };

export type Sized = { readonly changed: boolean; readonly refusals: readonly Refusal[] };

export async function sizeRunning(
  tx: EntityManager,
  fleet: Fleet,
  waitedFor: ReadonlySet<string>,
  surroundings: Surroundings,
): Promise<Sized> {
  const refusals: Refusal[] = [];
  const ledger: Ledger = { taken: fleet.workers, assigned: new Set(), changed: false };
  for (const allocation of gangsFirst(fleet.allocations)) {
    if (allocation.status !== 'GRANTED') continue;
    const refusal = await sizeOne(tx, allocation, ledger, waitedFor, surroundings);
    if (refusal !== null) refusals.push({ jobRunId: allocation.jobRunId, message: refusal });
  }
  return { changed: ledger.changed, refusals };
}

const executorsOf = (allocation: Allocation, taken: readonly Worker[]): Worker[] =>
  taken.filter(
    (worker) =>
      allocationOfWorker(worker) === idOfAllocation(allocation) &&
      worker.workerType === 'SPARK_EXECUTOR' &&
      worker.stopReason === null &&
      !worker.leaving,
  );

/** A run keeps what it needs to make progress, but does not grow into room that others wait for. */
const growthOf = (
  { zone, plan }: Allocation,
  executors: number,
  waitedFor: ReadonlySet<string>,
): number =>
  waitedFor.has(zone ?? '') ? plan.gangExecutors - executors : Number.POSITIVE_INFINITY;

function roomsOf(
  allocation: Allocation,
  executors: number,
  taken: readonly Worker[],
  waitedFor: ReadonlySet<string>,
  { zones, accountQuotaVcpu }: Surroundings,
): Rooms | null {
  const { applicationId, accountId, plan } = allocation;
  const zone = zones.find((candidate) => candidate.zone === allocation.zone);
  return (
    (zone && {
      application: roomInApplication(applicationId, plan.maximumCapacity, taken),
      account: roomInAccount(accountId, accountQuotaVcpu, taken),
      zone: roomInZone(zone, taken),
      growth: growthOf(allocation, executors, waitedFor),
    }) ??
    null
  );
}

async function sizeOne(
  tx: EntityManager,
  allocation: Allocation,
  ledger: Ledger,
  waitedFor: ReadonlySet<string>,
  surroundings: Surroundings,
): Promise<string | null> {
  const executors = executorsOf(allocation, ledger.taken);
  const rooms = roomsOf(allocation, executors.length, ledger.taken, waitedFor, surroundings);
  if (rooms === null) return null;
  const free = ledger.taken.filter(
    (worker) => worker.zone === allocation.zone && !ledger.assigned.has(worker.workerId),
  );
  const sizing = rightSize(allocation, executors, free, rooms);
  return carryOut(tx, allocation, sizing, ledger, surroundings);
}

async function carryOut(
  tx: EntityManager,
  allocation: Allocation,
  { assignments, launches, takenBack, refusal }: Sizing,
  ledger: Ledger,
  { at, metaOf }: Surroundings,
): Promise<string | null> {
  const meta = metaOf(allocation.jobRunId);
  ledger.changed ||= assignments.length + launches.length + takenBack.length > 0;
  for (const { worker, resourceProfileId, reason } of assignments) {
    ledger.assigned.add(worker.workerId);
    await assignWorker(tx, allocation, worker, resourceProfileId, { at, reason, meta });
  }
  for (const { count, resourceProfileId, plan, reason } of launches) {
    const occasion = { at, reason, meta };
    const requested = await requestExecutors(
      ...([tx, allocation, count, resourceProfileId, plan, occasion] as const),
    );
    ledger.taken = [...ledger.taken, ...requested];
  }
  const tooMany = { type: 'StopWorker', reason: 'the driver wants fewer executors', at } as const;
  for (const { workerId } of takenBack) await handleIn(tx, workers, workerId, tooMany, meta);
  if (refusal === null) return null;
  const command = { type: 'RefuseExecutors', ...refusal, at } as const;
  await handleIn(tx, allocations, idOfAllocation(allocation), command, meta);
  return refusal.reason;
}
