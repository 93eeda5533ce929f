/** For how long a process has not answered. */

/** One look at a process: whether it answered, how long the look took, pause included, and how long it could at most. */
export type Look = {
  readonly answered: boolean;
  readonly tookMs: number;
  readonly longestMs: number;
};

/** What a timer may be late by on a busy machine. Later than this, nobody was there to hear an answer. */
const lateMs = 1_000;

/**
 * Milliseconds of silence after one more look. They begin anew when the looks themselves were late: a machine that is
 * starved or has slept lets nobody answer.
 */
export const silenceAfter = (silentMs: number, { answered, tookMs, longestMs }: Look): number =>
  answered || tookMs > longestMs + lateMs ? 0 : silentMs + tookMs;
