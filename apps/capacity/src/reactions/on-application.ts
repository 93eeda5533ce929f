/** application-registry's facts: an application that starts wants its pre-initialised workers, one that stops gives them up. */
import type { ApplicationEvent } from '@firesteel/contracts/events';
import { commanding, type WorkReaction } from '@firesteel/messaging/reaction';
import { pools } from '../fleet/tables.ts';

type Starting = Extract<ApplicationEvent, { type: 'ApplicationStarting' }>['data'];
type Stopping = Extract<ApplicationEvent, { type: 'ApplicationStopping' }>['data'];

export const onStarting = (now: () => Date): WorkReaction =>
  commanding(pools, ({ data }) => {
    const { at: _, ...request } = data as Starting;
    if (!request.pools?.length) return null;
    const command = { type: 'RequestPool', request, at: now().toISOString() } as const;
    return { id: request.applicationId, command };
  });

export const onStopping = (now: () => Date): WorkReaction =>
  commanding(pools, ({ data }) => {
    const { applicationId, reason } = data as Stopping;
    const command = { type: 'ReleasePool', reason, at: now().toISOString() } as const;
    return { id: applicationId, command };
  });
