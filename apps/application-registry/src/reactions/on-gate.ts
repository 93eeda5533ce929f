/** job-scheduler's gate says when an application has been idle for long enough; then a started one stops. */
import type { GateEvent } from '@firesteel/contracts/events';
import { commanding } from '@firesteel/messaging/reaction';
import { applications } from '../application/application-table.ts';

type Idled = Extract<GateEvent, { type: 'GateIdled' }>['data'];

export const stopIdleApplication = commanding(applications, ({ data }) => {
  const { applicationId, idleMinutes, at } = data as Idled;
  const reason = `Stopped after ${idleMinutes} idle minutes.`;
  const command = { type: 'StopIdleApplication', reason, at } as const;
  return { id: applicationId, command };
});
