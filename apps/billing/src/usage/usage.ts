/**
 * The usage of one run: every worker that was ready for it, metered once. The run is under the price
 * list of its first metered worker for good, so a bill never changes because prices did.
 */
import { createHash } from 'node:crypto';
import type { BillingEvent, WorkerEvent } from '@firesteel/contracts/events';
import type { WorkerSize, WorkerType } from '@firesteel/contracts/worker-size';
import type { Decider } from '@firesteel/decider';
import { billedSecondsOf, usedSecondsOf } from '../rating/billed-seconds.ts';

/** One worker's metered life; seconds are whole. */
export type WorkerUsage = {
  readonly usageId: string;
  readonly workerId: string;
  readonly workerType: WorkerType;
  readonly size: WorkerSize;
  readonly usedSeconds: number;
  readonly billedSeconds: number;
};

/** A run of which at least one worker has been metered. */
export type MeteredUsage = {
  readonly status: 'METERED';
  readonly jobRunId: string;
  readonly applicationId: string;
  readonly accountId: string;
  readonly priceListId: string;
  /** In the order in which they ended. */
  readonly workers: readonly WorkerUsage[];
};

export type UsageState = { readonly status: 'ABSENT' } | MeteredUsage;

type Exited = Extract<WorkerEvent, { type: 'WorkerExited' }>['data'];

/** A worker has ended; `priceListId` names the list in effect at this moment. */
export type UsageCommand = {
  readonly type: 'MeterWorker';
  readonly exited: Exited;
  readonly priceListId: string;
};

/** The fact this aggregate is made of. */
export type UsageEvent = Extract<BillingEvent, { type: 'WorkerUsageMetered' }>;

/**
 * The identity of a usage: SHA-256 (hex) of worker, attempt and segment. A worker lives once and is
 * metered once at its end, so both are constants today; they keep the place of retries on one worker
 * and of hourly segments of long-lived ones.
 */
export const usageIdOf = (workerId: string, attempt = 1, segment = 0): string =>
  createHash('sha256').update(`${workerId}\n${attempt}\n${segment}`).digest('hex');

function decide({ exited, priceListId }: UsageCommand, state: UsageState): readonly UsageEvent[] {
  const usageId = usageIdOf(exited.workerId);
  const usedSeconds = usedSecondsOf(exited.readyMs);
  // A worker that never became ready used nothing that anybody pays for: it leaves no usage.
  if (usedSeconds === 0) return [];
  if (state.status === 'METERED' && state.workers.some((worker) => worker.usageId === usageId))
    return [];
  const { workerId, jobRunId, applicationId, accountId, workerType, size, readyMs, at } = exited;
  return [
    {
      type: 'WorkerUsageMetered',
      data: {
        usageId,
        workerId,
        jobRunId,
        applicationId,
        accountId,
        workerType,
        size,
        readyMs,
        usedSeconds,
        billedSeconds: billedSecondsOf(usedSeconds),
        priceListId: state.status === 'METERED' ? state.priceListId : priceListId,
        at,
      },
    },
  ];
}

function evolve(state: UsageState, { data }: UsageEvent): UsageState {
  const { jobRunId, applicationId, accountId, priceListId } = data;
  const { usageId, workerId, workerType, size, usedSeconds, billedSeconds } = data;
  const worker = { usageId, workerId, workerType, size, usedSeconds, billedSeconds };
  return state.status === 'METERED'
    ? { ...state, workers: [...state.workers, worker] }
    : { status: 'METERED', jobRunId, applicationId, accountId, priceListId, workers: [worker] };
}

export const usage: Decider<UsageState, UsageCommand, UsageEvent> = {
  initial: { status: 'ABSENT' },
  decide,
  evolve,
};
