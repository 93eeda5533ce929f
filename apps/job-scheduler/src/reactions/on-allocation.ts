/** capacity's facts move a run along: PENDING, SCHEDULED, RUNNING, and its end. */
import type {
  AllocationEvent,
  Fact,
  SequencedEvent,
  WorkerEvent,
} from '@firesteel/contracts/events';
import type { Reaction } from '@firesteel/messaging/consumer';
import type { JobRunCommand } from '../job-run/job-run.ts';
import { step } from '../job-run/life.ts';

type DataOf<Event extends Fact, Type extends Event['type']> = Extract<
  Event,
  { type: Type }
>['data'];

const moving =
  <Data extends { readonly jobRunId: string }>(
    command: (data: Data) => JobRunCommand | null,
  ): Reaction =>
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

export const onAllocationRequested = moving<Requested>(({ at }) => ({ type: 'AwaitCapacity', at }));

export const onAllocationGranted = moving<Granted>(({ zone, at }) => ({
  type: 'ScheduleJobRun',
  zone,
  at,
}));

export const onWorkerBound = moving<Bound>(({ workerType, at }) =>
  workerType === 'SPARK_DRIVER' ? { type: 'RunDriver', at } : null,
);

export const onAllocationEnded = moving<Ended>(({ outcome, at }) => ({
  type: 'EndJobRun',
  outcome,
  at,
}));
