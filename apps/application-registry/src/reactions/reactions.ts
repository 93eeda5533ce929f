/** What the registry does about other services' facts, by event type. */
import type { ConsumerOptions } from '@firesteel/messaging/consumer';
import { stopIdleApplication } from './on-gate.ts';
import { onPoolFailed, onPoolReady, onPoolReleased } from './on-pool.ts';

export const reactions: ConsumerOptions['reactions'] = {
  GateIdled: stopIdleApplication,
  PoolReady: onPoolReady,
  PoolFailed: onPoolFailed,
  PoolReleased: onPoolReleased,
};
