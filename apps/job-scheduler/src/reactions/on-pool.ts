/** Workers that an application was to start with cannot be had: the runs that wait for it end. */
import type { PoolEvent } from '@firesteel/contracts/events';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { TransactionReaction } from '@firesteel/messaging/reaction';
import { step } from '../job-run/life.ts';
import { gates, runsWithoutWorkers } from '../job-run/tables.ts';

type Failed = Extract<PoolEvent, { type: 'PoolFailed' }>['data'];

/** Runs that have their workers go on: what they hold is theirs, not the pool's. */
export const onPoolFailed: TransactionReaction = async (event, tx) => {
  const { applicationId, reason: cause, at } = event.data as Failed;
  const meta = { causedBy: event.globalSeq };
  const reason = `Application ${applicationId} could not be started: ${cause}`;
  for (const id of await runsWithoutWorkers(tx, applicationId))
    await step(tx, id, { type: 'AbandonJobRun', reason, at }, meta);
  await handleIn(tx, gates, applicationId, { type: 'FailStart', applicationId, at }, meta);
};
