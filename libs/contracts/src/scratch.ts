/**
 * The platform's bucket for what a run's executors leave behind when they go: shuffle and cached
 * blocks. Each attempt reaches its own prefix and nobody anything else.
 */
export const scratchBucket = 'firesteel-scratch';

/** The prefix of one attempt, its slash included. */
export const scratchPrefix = (jobRunId: string, attempt: number): string =>
  `${jobRunId}/${attempt}/`;
