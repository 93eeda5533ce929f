/** What billing learns from other services. */
import type { ConsumerOptions } from '@firesteel/messaging/consumer';
import type { TransactionReaction } from '@firesteel/messaging/reaction';
import { onApplicationChanged, onApplicationCreating, onJobRunSubmitted } from './on-payer.ts';
import { onUsageCorrected } from './on-usage-corrected.ts';
import { onJobRunEnded, onJobRunStarted, onLateExit, onMeterRead } from './on-utilization.ts';
import { meterWorker } from './on-worker-metered.ts';

const inTurn =
  (...reactions: readonly TransactionReaction[]): TransactionReaction =>
  async (event, tx) => {
    for (const reaction of reactions) await reaction(event, tx);
  };

/** Rates by the lists of `region`, where an account has no rate card. */
export const reactionsOf = (region: string): ConsumerOptions['reactions'] => ({
  WorkerExited: inTurn(meterWorker(region), onLateExit),
  WorkerMeterRead: inTurn(meterWorker(region), onMeterRead),
  ApplicationCreating: onApplicationCreating,
  ApplicationConfigurationChanged: onApplicationChanged,
  JobRunSubmitted: onJobRunSubmitted,
  JobRunStarted: onJobRunStarted,
  JobRunSucceeded: onJobRunEnded,
  JobRunFailed: onJobRunEnded,
  JobRunCancelled: onJobRunEnded,
  UsageCorrected: onUsageCorrected,
});
