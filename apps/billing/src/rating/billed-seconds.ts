/** From a worker's own clock to the seconds that count (reference emr-serverless §5.1, behaviours row 23). */

/** AWS' minimum of a worker's life, in seconds. */
const minimumSeconds = 60;

/** Whole seconds, rounded up, of the monotonic milliseconds between ready and ended. */
export const usedSecondsOf = (readyMs: number): number => Math.ceil(readyMs / 1000);

/** With the minimum of 60 s; 0 for a worker that never became ready, which nobody pays for. */
export const billedSecondsOf = (usedSeconds: number): number =>
  usedSeconds === 0 ? 0 : Math.max(minimumSeconds, usedSeconds);
