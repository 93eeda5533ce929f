/** How workers come to be asked for and given away, whoever wants them. */
import type { WorkerPlan, WorkerType } from '@firesteel/contracts/worker-size';
import type { AppendMeta } from '@firesteel/event-store';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Allocation } from '../allocation/allocation.ts';
import { idOfAllocation } from '../allocation/allocation-id.ts';
import { executorsSoFar, poolWorkersSoFar, workers } from '../fleet/tables.ts';
import type { Pool } from '../pool/pool.ts';
import type { Worker } from '../worker/worker.ts';

/** When, why, and in whose trace. */
export type Occasion = { readonly at: string; readonly reason: string; readonly meta: AppendMeta };

type Place = { readonly workerId: string; readonly executorId: string | null };

async function request(
  tx: EntityManager,
  owner: Pick<Allocation | Pool, 'applicationId' | 'accountId' | 'releaseLabel' | 'zone'>,
  run: { readonly jobRunId: string; readonly attempt: number } | null,
  { workerId, executorId }: Place,
  workerType: WorkerType,
  resourceProfileId: number,
  { size, heapMb, javaOptions }: WorkerPlan,
  { at, reason, meta }: Occasion,
): Promise<Worker[]> {
  const { applicationId, accountId, releaseLabel, zone } = owner;
  const { state } = await handleIn(
    tx,
    workers,
    workerId,
    {
      type: 'RequestWorker',
      request: {
        ...{ workerId, applicationId, accountId, releaseLabel, workerType, executorId },
        ...{ resourceProfileId, size, heapMb, javaOptions, reason },
        jobRunId: run?.jobRunId ?? null,
        attempt: run?.attempt ?? null,
        zone: zone ?? '',
      },
      at,
    },
    meta,
  );
  return state.status === 'ABSENT' ? [] : [state];
}

/** Asks for a run's driver, which is number 0 of its workers. */
export const requestDriver = (
  tx: EntityManager,
  allocation: Allocation,
  occasion: Occasion,
): Promise<Worker[]> =>
  request(
    tx,
    allocation,
    allocation,
    { workerId: `${idOfAllocation(allocation)}-0`, executorId: null },
    'SPARK_DRIVER',
    0,
    allocation.plan.driver,
    occasion,
  );

/** Asks for executors of one resource profile; answers them as they are now. */
export async function requestExecutors(
  tx: EntityManager,
  allocation: Allocation,
  count: number,
  resourceProfileId: number,
  plan: WorkerPlan,
  occasion: Occasion,
): Promise<Worker[]> {
  const id = idOfAllocation(allocation);
  const before = await executorsSoFar(tx, id);
  const requested: Worker[] = [];
  for (let number = before + 1; number <= before + count; number++) {
    const place = { workerId: `${id}-${number}`, executorId: String(number) };
    const type = 'SPARK_EXECUTOR';
    requested.push(
      ...(await request(
        tx,
        allocation,
        allocation,
        place,
        type,
        resourceProfileId,
        plan,
        occasion,
      )),
    );
  }
  return requested;
}

/** Asks for pre-initialised workers of one type. */
export async function requestPoolWorkers(
  tx: EntityManager,
  pool: Pool,
  count: number,
  workerType: WorkerType,
  plan: WorkerPlan,
  occasion: Occasion,
): Promise<Worker[]> {
  const before = await poolWorkersSoFar(tx, pool.applicationId);
  const requested: Worker[] = [];
  for (let number = before + 1; number <= before + count; number++) {
    const place = { workerId: `${pool.applicationId}-pool-${number}`, executorId: null };
    requested.push(...(await request(tx, pool, null, place, workerType, 0, plan, occasion)));
  }
  return requested;
}

/** Gives a pre-initialised worker to a run, as its driver or as its next executor. */
export async function assignWorker(
  tx: EntityManager,
  allocation: Allocation,
  worker: Worker,
  resourceProfileId: number,
  { at, reason, meta }: Occasion,
): Promise<void> {
  const { jobRunId, attempt } = allocation;
  const isDriver = worker.workerType === 'SPARK_DRIVER';
  const executorId = isDriver
    ? null
    : String((await executorsSoFar(tx, idOfAllocation(allocation))) + 1);
  const assignment = { jobRunId, attempt, executorId, resourceProfileId, reason, at };
  await handleIn(tx, workers, worker.workerId, { type: 'AssignWorker', ...assignment }, meta);
}
