/** job-scheduler's facts: a run that may start asks for its workers, a cancelled one gives them up. */
import type { JobRunEvent, SequencedEvent } from '@firesteel/contracts/events';
import type { AllocationPlan } from '@firesteel/contracts/worker-size';
import { allocationIdOf } from '@firesteel/contracts/worker-size';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
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

const request =
  (traces: Traces, now: () => Date) =>
  async (
    event: SequencedEvent,
    run: Dequeued | Submitted | Retried,
    attempt: number,
    plan: AllocationPlan,
    tx: Parameters<Reaction>[1],
  ): Promise<void> => {
    const { jobRunId, applicationId, accountId, releaseLabel } = run;
    traces.note(jobRunId, event.meta.traceparent);
    await handleIn(
      tx,
      allocations,
      allocationIdOf(jobRunId, attempt),
      {
        type: 'RequestAllocation',
        request: { jobRunId, applicationId, accountId, releaseLabel, attempt, plan },
        at: now().toISOString(),
      },
      metaOf(event),
    );
  };

/** A run that waits in its queue, cannot be planned or has no role it may assume gets nothing yet. */
export const onSubmitted =
  (traces: Traces, now: () => Date): Reaction =>
  async (event, tx) => {
    const run = event.data as Submitted;
    if (!run.queued && run.plan !== null && run.executionRoleAssumable)
      await request(traces, now)(event, run, 1, run.plan, tx);
  };

export const onDequeued =
  (traces: Traces, now: () => Date): Reaction =>
  async (event, tx) => {
    const run = event.data as Dequeued;
    await request(traces, now)(event, run, 1, run.plan, tx);
  };

/** The next attempt gets workers of its own; those of the one before have ended or are fenced off. */
export const onRetried =
  (traces: Traces, now: () => Date): Reaction =>
  async (event, tx) => {
    const run = event.data as Retried;
    await request(traces, now)(event, run, run.attempt, run.plan, tx);
  };

/** Attempts of a run that have not ended. */
async function liveAttempts(
  tx: Parameters<Reaction>[1],
  jobRunId: string,
): Promise<readonly string[]> {
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
    tx: Parameters<Reaction>[1],
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
  (now: () => Date): Reaction =>
  (event, tx) => {
    const { jobRunId, graceSeconds } = event.data as Cancelling;
    return endAll(now)(event, jobRunId, graceSeconds, tx);
  };

/** A run may end before its workers do: one that waits for a pool that failed. */
export const onFailed =
  (now: () => Date): Reaction =>
  (event, tx) =>
    endAll(now)(event, (event.data as Failed).jobRunId, 0, tx);
