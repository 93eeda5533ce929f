/** How long to wait before a crashed process is started again. */

const firstDelayMs = 250;
const longestDelayMs = 10_000;
const healthyForMs = 30_000;

/** Crashes in a row, the oldest forgotten once the process has been healthy for 30 s. */
export type CrashSeries = { readonly crashes: number };

export const noCrashes: CrashSeries = { crashes: 0 };

/**
 * Counts a crash.
 * @param readyMs how long the process had been ready when it ended; 0 when it never was
 */
export const afterCrash = (series: CrashSeries, readyMs: number): CrashSeries => ({
  crashes: readyMs >= healthyForMs ? 1 : series.crashes + 1,
});

/** Milliseconds to wait: 250 doubling to 10,000. */
export const delayMs = ({ crashes }: CrashSeries): number =>
  crashes === 0 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(crashes - 1, 10));
