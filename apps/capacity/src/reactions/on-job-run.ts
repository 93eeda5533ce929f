/** job-scheduler's facts: a run that may start asks for its workers, a cancelled one gives them up. */
import type { JobRunEvent, SequencedEvent } from '@firesteel/contracts/events';
import type { AllocationPlan } from '@firesteel/contracts/worker-size';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
import { allocations } from '../fleet/tables.ts';
import type { Traces } from '../traces.ts';

type Submitted = Extract<JobRunEvent, { type: 'JobRunSubmitted' }>['data'];
type Dequeued = Extract<JobRunEvent, { type: 'JobRunDequeued' }>['data'];
type Cancelling = Extract<JobRunEvent, { type: 'JobRunCancelling' }>['data'];

const metaOf = ({ globalSeq, meta: { traceparent } }: SequencedEvent) => ({
  causedBy: globalSeq,
  ...(traceparent === undefined ? {} : { traceparent }),
});

const request =
  (traces: Traces, now: () => Date) =>
  async (
    event: SequencedEvent,
    run: Dequeued | Submitted,
    plan: AllocationPlan,
    tx: Parameters<Reaction>[1],
  ): Promise<void> => {
    const { jobRunId, applicationId, accountId, releaseLabel } = run;
    traces.note(jobRunId, event.meta.traceparent);
    await handleIn(
      tx,
      allocations,
      jobRunId,
      {
        type: 'RequestAllocation',
        request: { jobRunId, applicationId, accountId, releaseLabel, plan },
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
      await request(traces, now)(event, run, run.plan, tx);
  };

export const onDequeued =
  (traces: Traces, now: () => Date): Reaction =>
  async (event, tx) => {
    const run = event.data as Dequeued;
    await request(traces, now)(event, run, run.plan, tx);
  };

export const onCancelling =
  (now: () => Date): Reaction =>
  async (event, tx) => {
    const { jobRunId, graceSeconds } = event.data as Cancelling;
    await handleIn(
      tx,
      allocations,
      jobRunId,
      {
        type: 'EndAllocation',
        outcome: { kind: 'cancelled' },
        graceSeconds,
        at: now().toISOString(),
      },
      metaOf(event),
    );
  };
