/** job-scheduler's facts: a run that may start asks for its workers, a cancelled one gives them up. */
import type { JobRunEvent, JsonObject, SequencedEvent } from '@firesteel/contracts/events';
import type { AllocationPlan } from '@firesteel/contracts/worker-size';
import { allocationIdOf } from '@firesteel/contracts/worker-size';
import { handleIn } from '@firesteel/event-store/aggregate';
import {
  commanding,
  type TransactionReaction,
  type WorkReaction,
} from '@firesteel/messaging/reaction';
import type { EntityManager } from '@mikro-orm/postgresql';
import { idOfAllocation } from '../allocation/allocation-id.ts';
import { AllocationRow, allocations } from '../fleet/tables.ts';
import type { Traces } from '../traces.ts';

type Submitted = Extract<JobRunEvent, { type: 'JobRunSubmitted' }>['data'];
type Dequeued = Extract<JobRunEvent, { type: 'JobRunDequeued' }>['data'];
type Retried = Extract<JobRunEvent, { type: 'JobRunRetried' }>['data'];
type Failed = Extract<JobRunEvent, { type: 'JobRunFailed' }>['data'];
type Cancelling = Extract<JobRunEvent, { type: 'JobRunCancelling' }>['data'];

const metaOf = ({ globalSeq, meta: { traceparent } }: SequencedEvent) => ({
  causedBy: globalSeq,
  ...(traceparent === undefined ? {} : { traceparent }),
});

type Run = Pick<Dequeued, 'jobRunId' | 'applicationId' | 'accountId' | 'releaseLabel'>;

/** What asks for a run's workers; null where it may not have any yet. */
type Asking = { readonly run: Run; readonly attempt: number; readonly plan: AllocationPlan };

const requesting = (
  traces: Traces,
  now: () => Date,
  askingOf: (data: JsonObject) => Asking | null,
): WorkReaction =>
  commanding(allocations, (event) => {
    const asking = askingOf(event.data);
    if (asking === null) return null;
    const { run, attempt, plan } = asking;
    const { jobRunId, applicationId, accountId, releaseLabel } = run;
    traces.note(jobRunId, event.meta.traceparent);
    const askedSeq = event.globalSeq;
    const request = { jobRunId, applicationId, accountId, releaseLabel, attempt, plan, askedSeq };
    const command = { type: 'RequestAllocation', request, at: now().toISOString() } as const;
    return { id: allocationIdOf(jobRunId, attempt), command, meta: metaOf(event) };
  });

/** A run that waits in its queue, cannot be planned or has no role it may assume gets nothing yet. */
export const onSubmitted = (traces: Traces, now: () => Date): WorkReaction =>
  requesting(traces, now, (data) => {
    const run = data as Submitted;
    return run.queued || run.plan === null || !run.executionRoleAssumable
      ? null
      : { run, attempt: 1, plan: run.plan };
  });

export const onDequeued = (traces: Traces, now: () => Date): WorkReaction =>
  requesting(traces, now, (data) => {
    const run = data as Dequeued;
    return { run, attempt: 1, plan: run.plan };
  });

/** The next attempt gets workers of its own; those of the one before have ended or are fenced off. */
export const onRetried = (traces: Traces, now: () => Date): WorkReaction =>
  requesting(traces, now, (data) => {
    const run = data as Retried;
    return { run, attempt: run.attempt, plan: run.plan };
  });

/** Attempts of a run that have not ended. */
async function liveAttempts(tx: EntityManager, jobRunId: string): Promise<readonly string[]> {
  const rows = await tx.find(AllocationRow, { live: true }, { disableIdentityMap: true });
  return rows
    .filter(({ state }) => state.jobRunId === jobRunId)
    .map(({ state }) => idOfAllocation(state));
}

/** Ends what a run still holds or waits for. */
const endAll =
  (now: () => Date) =>
  async (
    event: SequencedEvent,
    jobRunId: string,
    graceSeconds: number,
    tx: EntityManager,
  ): Promise<void> => {
    const outcome = { kind: 'cancelled' } as const;
    const command = {
      type: 'EndAllocation',
      outcome,
      graceSeconds,
      at: now().toISOString(),
    } as const;
    for (const id of await liveAttempts(tx, jobRunId))
      await handleIn(tx, allocations, id, command, metaOf(event));
  };

export const onCancelling =
  (now: () => Date): TransactionReaction =>
  (event, tx) => {
    const { jobRunId, graceSeconds } = event.data as Cancelling;
    return endAll(now)(event, jobRunId, graceSeconds, tx);
  };

/** A run may end before its workers do: one that waits for a pool that failed. */
export const onFailed =
  (now: () => Date): TransactionReaction =>
  (event, tx) =>
    endAll(now)(event, (event.data as Failed).jobRunId, 0, tx);
