/** What capacity does about other services' facts, by event type. */
import type { ConsumerOptions } from '@firesteel/messaging/consumer';
import type { Traces } from '../traces.ts';
import { onStarting, onStopping } from './on-application.ts';
import { onCancelling, onDequeued, onFailed, onRetried, onSubmitted } from './on-job-run.ts';

export const reactionsOf = (traces: Traces, now: () => Date): ConsumerOptions['reactions'] => ({
  ApplicationStarting: onStarting(now),
  ApplicationStopping: onStopping(now),
  JobRunSubmitted: onSubmitted(traces, now),
  JobRunDequeued: onDequeued(traces, now),
  JobRunRetried: onRetried(traces, now),
  JobRunCancelling: onCancelling(now),
  JobRunFailed: onFailed(now),
});
