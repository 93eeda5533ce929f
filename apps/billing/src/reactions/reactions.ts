/** What billing learns from other services. */
import type { ConsumerOptions } from '@firesteel/messaging/consumer';
import { onApplicationChanged, onApplicationCreating, onJobRunSubmitted } from './on-payer.ts';
import { meterWorker } from './on-worker-metered.ts';

/** Rates by the lists of `region`, where an account has no rate card. */
export const reactionsOf = (region: string): ConsumerOptions['reactions'] => ({
  WorkerExited: meterWorker(region),
  WorkerMeterRead: meterWorker(region),
  ApplicationCreating: onApplicationCreating,
  ApplicationConfigurationChanged: onApplicationChanged,
  JobRunSubmitted: onJobRunSubmitted,
});
