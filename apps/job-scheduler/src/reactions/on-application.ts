/** A started application's gate opens, unless it was stopped again before this was heard. */
import type { ApplicationEvent } from '@firesteel/contracts/events';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
import { gates } from '../job-run/tables.ts';

type Started = Extract<ApplicationEvent, { type: 'ApplicationStarted' }>['data'];

export const onApplicationStarted: Reaction = async (event, tx) => {
  const { applicationId, autoStopIdleMinutes, at } = event.data as Started;
  await handleIn(
    tx,
    gates,
    applicationId,
    {
      type: 'OpenGate',
      applicationId,
      applicationVersion: event.version,
      autoStopIdleMinutes,
      at,
    },
    { causedBy: event.globalSeq },
  );
};
