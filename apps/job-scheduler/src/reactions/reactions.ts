/** What the scheduler does about facts on the log, by event type. */
import type { ConsumerOptions } from '@firesteel/messaging/consumer';
import {
  onAllocationEnded,
  onAllocationGranted,
  onAllocationRequested,
  onWorkerBound,
} from './on-allocation.ts';
import { onApplicationStarted } from './on-application.ts';
import { onBudgetExhausted, onBudgetRecovered } from './on-budget.ts';
import { onSubmitted } from './on-job-run.ts';
import { onPoolFailed } from './on-pool.ts';

export const reactionsOf = (now: () => Date): ConsumerOptions['reactions'] => ({
  ApplicationStarted: onApplicationStarted,
  JobRunSubmitted: onSubmitted(now),
  AllocationRequested: onAllocationRequested,
  AllocationGranted: onAllocationGranted,
  AllocationEnded: onAllocationEnded,
  WorkerBound: onWorkerBound,
  PoolFailed: onPoolFailed,
  BudgetExhausted: onBudgetExhausted,
  BudgetRecovered: onBudgetRecovered,
});
