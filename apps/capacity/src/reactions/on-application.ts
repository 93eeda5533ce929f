/** application-registry's facts: an application that starts wants its pre-initialised workers, one that stops gives them up. */
import type { ApplicationEvent } from '@firesteel/contracts/events';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
import { pools } from '../fleet/tables.ts';

type Starting = Extract<ApplicationEvent, { type: 'ApplicationStarting' }>['data'];
type Stopping = Extract<ApplicationEvent, { type: 'ApplicationStopping' }>['data'];

export const onStarting =
  (now: () => Date): Reaction =>
  async ({ data, globalSeq }, tx) => {
    const { at: _, ...request } = data as Starting;
    if (!request.pools?.length) return;
    const command = { type: 'RequestPool', request, at: now().toISOString() } as const;
    await handleIn(tx, pools, request.applicationId, command, { causedBy: globalSeq });
  };

export const onStopping =
  (now: () => Date): Reaction =>
  async ({ data, globalSeq }, tx) => {
    const { applicationId, reason } = data as Stopping;
    const command = { type: 'ReleasePool', reason, at: now().toISOString() } as const;
    await handleIn(tx, pools, applicationId, command, { causedBy: globalSeq });
  };
