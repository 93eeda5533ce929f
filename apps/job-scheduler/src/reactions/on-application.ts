/** A started application's gate opens, unless it was stopped again before this was heard. */
import type { ApplicationEvent } from '@firesteel/contracts/events';
import { commanding } from '@firesteel/messaging/reaction';
import { gates } from '../job-run/tables.ts';

type Started = Extract<ApplicationEvent, { type: 'ApplicationStarted' }>['data'];

export const onApplicationStarted = commanding(gates, ({ data, version }) => {
  const { applicationId, autoStopIdleMinutes, at } = data as Started;
  const opening = { applicationId, applicationVersion: version, autoStopIdleMinutes, at };
  const command = { type: 'OpenGate', ...opening } as const;
  return { id: applicationId, command };
});
