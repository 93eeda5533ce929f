/**
 * Brings what is into line with what should be, in named steps, one transaction a round: admit who
 * waits, size who runs, clear up after who has ended. Rounds never overlap and bursts share one.
 */
import type { AppendMeta } from '@firesteel/event-store';
import { handleIn, transact } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Admission, admit } from '../admission/admit.ts';
import type { Allocation } from '../allocation/allocation.ts';
import { roomInApplication, roomInZone, type Zone } from '../fleet/room.ts';
import { allocations, executorsSoFar, type Fleet, readFleet, workers } from '../fleet/tables.ts';
import { type Launch, rightSize } from '../right-size/right-size.ts';
import { isLive, type Worker } from '../worker/worker.ts';

/** What one round needs beside the database. */
export type Surroundings = {
  /** Zones whose agent is connected. */
  readonly zones: readonly Zone[];
  readonly at: string;
  /** The trace of the run, so that its workers' events belong to it. */
  readonly metaOf: (jobRunId: string) => AppendMeta;
};

/** Executors refused in this round, to be told to their drivers. */
export type Refusal = { readonly jobRunId: string; readonly message: string };

/** One round; answers what drivers have to be told. */
export const reconcile = (
  em: EntityManager,
  surroundings: Surroundings,
): Promise<readonly Refusal[]> =>
  transact(em, async (tx) => {
    const fleet = await readFleet(tx);
    await clearUp(tx, fleet, surroundings);
    await admitWaiting(tx, fleet, surroundings);
    // What was just admitted gets its workers in the same round.
    return sizeRunning(tx, await readFleet(tx), surroundings);
  });

const workersOf = (fleet: Fleet, jobRunId: string): Worker[] =>
  fleet.workers.filter((worker) => worker.jobRunId === jobRunId);

/** Workers of a run that is ending or has ended are asked to stop; the last exit ends it. */
async function clearUp(
  tx: EntityManager,
  fleet: Fleet,
  { at, metaOf }: Surroundings,
): Promise<void> {
  for (const { jobRunId, status, outcome } of fleet.allocations) {
    if (status !== 'ENDING' && status !== 'ENDED') continue;
    const live = workersOf(fleet, jobRunId).filter(isLive);
    const reason = outcome?.kind === 'cancelled' ? 'the run was cancelled' : 'the run has ended';
    for (const worker of live)
      await handleIn(
        tx,
        workers,
        worker.workerId,
        { type: 'StopWorker', reason, at },
        metaOf(jobRunId),
      );
    if (status === 'ENDING' && live.length === 0)
      await handleIn(tx, allocations, jobRunId, { type: 'FinishEnding', at }, metaOf(jobRunId));
  }
}

async function admitWaiting(
  tx: EntityManager,
  fleet: Fleet,
  surroundings: Surroundings,
): Promise<void> {
  const waiting = fleet.allocations.filter(({ status }) => status === 'WAITING');
  for (const admission of admit(waiting, fleet.workers, surroundings.zones))
    await carryOut(tx, admission, surroundings);
}

async function carryOut(
  tx: EntityManager,
  admission: Admission,
  { at, metaOf }: Surroundings,
): Promise<void> {
  const { allocation, reason } = admission;
  const { jobRunId, plan } = allocation;
  const meta = metaOf(jobRunId);
  switch (admission.kind) {
    case 'defer':
      await handleIn(tx, allocations, jobRunId, { type: 'DeferAllocation', reason, at }, meta);
      return;
    case 'refuse':
      await handleIn(
        tx,
        allocations,
        jobRunId,
        { type: 'EndAllocation', outcome: { kind: 'cannotFit', reason }, graceSeconds: 0, at },
        meta,
      );
      return;
    case 'grant': {
      const { zone } = admission;
      await handleIn(
        tx,
        allocations,
        jobRunId,
        { type: 'GrantAllocation', zone, reason, at },
        meta,
      );
      const request = {
        ...identity({ ...allocation, zone }),
        workerId: `${jobRunId}-0`,
        workerType: 'SPARK_DRIVER',
        executorId: null,
        resourceProfileId: 0,
        size: plan.driver.size,
        reason: 'the run was admitted',
      } as const;
      await handleIn(tx, workers, request.workerId, { type: 'RequestWorker', request, at }, meta);
    }
  }
}

const identity = ({ applicationId, jobRunId, accountId, releaseLabel, zone }: Allocation) => ({
  applicationId,
  jobRunId,
  accountId,
  releaseLabel,
  zone: zone ?? '',
});

/**
 * A gang that was just admitted gets what it was admitted with, before the wishes of older runs:
 * otherwise its driver would hold room and starve (behaviours row 25).
 */
const gangsFirst = (granted: readonly Allocation[]): Allocation[] =>
  [...granted].sort((a, b) => Number(a.targets !== null) - Number(b.targets !== null));

async function sizeRunning(
  tx: EntityManager,
  fleet: Fleet,
  surroundings: Surroundings,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  const taken = [...fleet.workers];
  for (const allocation of gangsFirst(fleet.allocations)) {
    if (allocation.status !== 'GRANTED') continue;
    const refusal = await sizeOne(tx, allocation, taken, surroundings);
    if (refusal !== null) refusals.push({ jobRunId: allocation.jobRunId, message: refusal });
  }
  return refusals;
}

/** `taken` grows with what is requested, so that later runs of the same round see it. */
async function sizeOne(
  tx: EntityManager,
  allocation: Allocation,
  taken: Worker[],
  { zones, at, metaOf }: Surroundings,
): Promise<string | null> {
  const { jobRunId } = allocation;
  const zone = zones.find((candidate) => candidate.zone === allocation.zone);
  if (!zone) return null;
  const executors = taken.filter(
    (worker) =>
      worker.jobRunId === jobRunId &&
      worker.workerType === 'SPARK_EXECUTOR' &&
      worker.stopReason === null,
  );
  const room = { application: roomInApplication(allocation, taken), zone: roomInZone(zone, taken) };
  const { launches, takenBack, refusal } = rightSize(allocation, executors, room);
  for (const launch of launches)
    taken.push(...(await requestExecutors(tx, allocation, launch, at, metaOf(jobRunId))));
  for (const { workerId } of takenBack)
    await handleIn(
      tx,
      workers,
      workerId,
      { type: 'StopWorker', reason: 'the driver wants fewer executors', at },
      metaOf(jobRunId),
    );
  if (refusal)
    await handleIn(
      tx,
      allocations,
      jobRunId,
      { type: 'RefuseExecutors', ...refusal, at },
      metaOf(jobRunId),
    );
  return refusal?.reason ?? null;
}

async function requestExecutors(
  tx: EntityManager,
  allocation: Allocation,
  { resourceProfileId, count, plan, reason }: Launch,
  at: string,
  meta: AppendMeta,
): Promise<Worker[]> {
  const before = await executorsSoFar(tx, allocation.jobRunId);
  const requested: Worker[] = [];
  for (let number = before + 1; number <= before + count; number++) {
    const request = {
      ...identity(allocation),
      workerId: `${allocation.jobRunId}-${number}`,
      workerType: 'SPARK_EXECUTOR',
      executorId: String(number),
      resourceProfileId,
      size: plan.size,
      reason,
    } as const;
    const { state } = await handleIn(
      tx,
      workers,
      request.workerId,
      { type: 'RequestWorker', request, at },
      meta,
    );
    if (state.status !== 'ABSENT') requested.push(state);
  }
  return requested;
}
