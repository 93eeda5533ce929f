/** How long to wait before a crashed process is started again. */

const firstDelayMs = 100;
const longestDelayMs = 10_000;
const livedMs = 2_000;

/** Crashes in a row of a process that did not live; one that had been ready for 2 s begins anew. */
export type CrashSeries = { readonly crashes: number };

export const noCrashes: CrashSeries = { crashes: 0 };

/**
 * Counts a crash.
 * @param readyMs how long the process had been ready when it ended; 0 when it never was
 */
export const afterCrash = (series: CrashSeries, readyMs: number): CrashSeries => ({
  crashes: readyMs >= livedMs ? 0 : series.crashes + 1,
});

/** Milliseconds to wait: none for one that had lived, then 100 doubling to 10,000. */
export const delayMs = ({ crashes }: CrashSeries): number =>
  crashes === 0 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(crashes - 1, 10));
