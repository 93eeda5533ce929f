/** job-scheduler's gate says when an application has been idle for long enough; then a started one stops. */
import type { GateEvent, SequencedEvent } from '@firesteel/contracts/events';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
import { applications } from '../application/application-table.ts';

type Idled = Extract<GateEvent, { type: 'GateIdled' }>['data'];

export const stopIdleApplication: Reaction = async (event: SequencedEvent, tx) => {
  const { applicationId, idleMinutes, at } = event.data as Idled;
  await handleIn(
    tx,
    applications,
    applicationId,
    { type: 'StopIdleApplication', reason: `Stopped after ${idleMinutes} idle minutes.`, at },
    { causedBy: event.globalSeq },
  );
};
