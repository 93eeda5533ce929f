/** Retry policies: what may be asked for, and whether an attempt is followed by another (reference emr-serverless §3.4). */
import type { AllocationOutcome, JsonObject } from '@firesteel/contracts/events';
import { Refused } from '@firesteel/decider/refused';
import { isAtLeast } from '../spark-submit/release-label.ts';
import { type Attempt, elapsedMs } from './attempt.ts';

type Mode = 'BATCH' | 'STREAMING';

const defaultMaxAttempts = 1;
const defaultMaxFailedAttemptsPerHour = 5;
const most = 10;
const hourMs = 3_600_000;

const numberOf = (policy: JsonObject | null, name: string): number | null => {
  const value = policy?.[name];
  return typeof value === 'number' ? value : null;
};

/** How often a BATCH run may be attempted; 1: once, without a retry. */
export const maxAttemptsOf = (policy: JsonObject | null): number =>
  numberOf(policy, 'maxAttempts') ?? defaultMaxAttempts;

/**
 * The member of the other mode is kept and has no effect: AWS calls it not applicable.
 * @throws Refused for a number out of AWS' range, and where the release has no attempts yet
 */
export function requireRetryPolicy(
  policy: JsonObject | null,
  mode: Mode,
  releaseLabel: string,
): void {
  for (const name of ['maxAttempts', 'maxFailedAttemptsPerHour']) {
    const value = numberOf(policy, name);
    if (value !== null && (value < 1 || value > most))
      throw new Refused('Invalid', `retryPolicy.${name} must be between 1 and ${most}.`);
  }
  if (isAtLeast(releaseLabel, 7, 1)) return;
  if (mode === 'STREAMING')
    throw new Refused('Invalid', 'STREAMING jobs are supported from release label emr-7.1.0 on.');
  if (maxAttemptsOf(policy) > 1)
    throw new Refused('Invalid', 'Retries are supported from release label emr-7.1.0 on.');
}

/** What of a run its retry depends on; the attempt that ended is the last. */
export type RetriedRun = {
  readonly mode: Mode;
  readonly retryPolicy: JsonObject | null;
  readonly attempts: readonly Attempt[];
};

/** A retry; `free`: it does not count against the policy. */
export type Retry = { readonly free: boolean };

/** Another attempt would end the same way: the limit stays, and who cancelled wants none. */
const isRetried = ({ kind }: AllocationOutcome): boolean =>
  kind !== 'cannotFit' && kind !== 'cancelled';

/** A zone that is lost is not the run's fault: once it is run again for nothing. */
function retryOfBatch({ attempts, retryPolicy }: RetriedRun, zoneLost: boolean): Retry | null {
  const free = attempts.filter((attempt) => attempt.free).length;
  if (zoneLost && free === 0) return { free: true };
  return attempts.length - free < maxAttemptsOf(retryPolicy) ? { free: false } : null;
}

/** For ever, until too many attempts failed within an hour: AWS' thrash prevention, where 1 means no retries. */
function retryOfStreaming(
  { attempts, retryPolicy }: RetriedRun,
  zoneLost: boolean,
  at: string,
): Retry | null {
  if (zoneLost) return { free: true };
  const allowed =
    numberOf(retryPolicy, 'maxFailedAttemptsPerHour') ?? defaultMaxFailedAttemptsPerHour;
  const before = attempts.filter(
    ({ free, endedAt }) => !free && endedAt !== null && elapsedMs(endedAt, at) < hourMs,
  ).length;
  return before + 1 < allowed ? { free: false } : null;
}

/** Whether the attempt that ended so, at that time, is followed by another; null: it is the run's end. */
export function retryOf(run: RetriedRun, outcome: AllocationOutcome, at: string): Retry | null {
  if (!isRetried(outcome)) return null;
  const zoneLost = outcome.kind === 'zoneLost';
  return run.mode === 'STREAMING'
    ? retryOfStreaming(run, zoneLost, at)
    : retryOfBatch(run, zoneLost);
}
