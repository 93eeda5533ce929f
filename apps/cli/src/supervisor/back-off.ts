/** How long to wait before a crashed process is started again. */

const firstDelayMs = 100;
const longestDelayMs = 10_000;
const healthyForMs = 30_000;
const livedMs = 2_000;

/** Crashes in a row, forgotten once the process has been healthy for 30 s, or for 2 s until somebody killed it. */
export type CrashSeries = { readonly crashes: number };

export const noCrashes: CrashSeries = { crashes: 0 };

/**
 * Counts a crash.
 * @param readyMs how long the process had been ready when it ended; 0 when it never was
 * @param killed by a signal: what ends by itself is likely to end so again, as when a stranger has its port
 */
export const afterCrash = (series: CrashSeries, readyMs: number, killed: boolean): CrashSeries => ({
  crashes: readyMs >= (killed ? livedMs : healthyForMs) ? 0 : series.crashes + 1,
});

/** Milliseconds to wait: none after a life, then 100 doubling to 10,000. */
export const delayMs = ({ crashes }: CrashSeries): number =>
  crashes === 0 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(crashes - 1, 10));
