/** capacity's facts move a run's attempt along: PENDING, SCHEDULED, RUNNING, and its end. */
import type {
  AllocationEvent,
  Fact,
  SequencedEvent,
  WorkerEvent,
} from '@firesteel/contracts/events';
import type { TransactionReaction } from '@firesteel/messaging/reaction';
import type { JobRunCommand } from '../job-run/job-run.ts';
import { step } from '../job-run/life.ts';

type DataOf<Event extends Fact, Type extends Event['type']> = Extract<
  Event,
  { type: Type }
>['data'];

const moving =
  <Data extends { readonly jobRunId: string }>(
    command: (data: Data) => JobRunCommand | null,
  ): TransactionReaction =>
  async (event: SequencedEvent, tx) => {
    const data = event.data as Data;
    const next = command(data);
    if (next) await step(tx, data.jobRunId, next, { ...carried(event), causedBy: event.globalSeq });
  };

const carried = ({ meta: { traceparent } }: SequencedEvent) =>
  traceparent === undefined ? {} : { traceparent };

type Requested = DataOf<AllocationEvent, 'AllocationRequested'>;
type Granted = DataOf<AllocationEvent, 'AllocationGranted'>;
type Ended = DataOf<AllocationEvent, 'AllocationEnded'>;
type Bound = DataOf<WorkerEvent, 'WorkerBound'>;

/** Facts from before there were attempts are of the only one. */
const attemptOf = ({ attempt }: { readonly attempt?: number }): number => attempt ?? 1;

export const onAllocationRequested = moving<Requested>((data) => ({
  type: 'AwaitCapacity',
  attempt: attemptOf(data),
  at: data.at,
}));

export const onAllocationGranted = moving<Granted>((data) => ({
  type: 'ScheduleJobRun',
  attempt: attemptOf(data),
  zone: data.zone,
  stateDetails: data.poolMismatch ?? '',
  at: data.at,
}));

export const onWorkerBound = moving<Bound>((data) =>
  data.workerType === 'SPARK_DRIVER'
    ? { type: 'RunDriver', attempt: attemptOf(data), at: data.at }
    : null,
);

export const onAllocationEnded = moving<Ended>((data) => ({
  type: 'EndJobRun',
  attempt: attemptOf(data),
  outcome: data.outcome,
  at: data.at,
}));
