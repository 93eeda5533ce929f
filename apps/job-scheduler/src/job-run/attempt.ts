/** The attempts of a run: each has its own workers, its own times and its own end. */

export type JobRunStatus =
  | 'SUBMITTED'
  | 'QUEUED'
  | 'PENDING'
  | 'SCHEDULED'
  | 'RUNNING'
  | 'SUCCESS'
  | 'FAILED'
  | 'CANCELLING'
  | 'CANCELLED';

/** One attempt; the last of a run is as far as the run itself. Times are ISO-8601. */
export type Attempt = {
  /** From 1. */
  readonly attempt: number;
  readonly status: JobRunStatus;
  readonly stateDetails: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** True when its end did not count against the retry policy: its zone was lost. */
  readonly free: boolean;
};

/** An attempt that has just begun. */
export const newAttempt = (
  attempt: number,
  status: JobRunStatus,
  stateDetails: string,
  at: string,
): Attempt => ({
  attempt,
  status,
  stateDetails,
  createdAt: at,
  updatedAt: at,
  startedAt: null,
  endedAt: null,
  free: false,
});

/** The attempts with a change of the last one. */
export const withLast = (
  attempts: readonly Attempt[],
  change: Partial<Attempt>,
): readonly Attempt[] =>
  attempts.map((attempt, index) =>
    index === attempts.length - 1 ? { ...attempt, ...change } : attempt,
  );

/** Milliseconds from one moment to another. */
export const elapsedMs = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

/** How long these attempts were RUNNING, up to `at` where one still is; waiting between them is not execution. */
export const executionMs = (attempts: readonly Attempt[], at: string): number =>
  attempts.reduce(
    (sum, { startedAt, endedAt }) =>
      startedAt === null ? sum : sum + Math.max(0, elapsedMs(startedAt, endedAt ?? at)),
    0,
  );
