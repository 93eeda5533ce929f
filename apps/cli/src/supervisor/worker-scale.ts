/** How much smaller than in AWS workers are on this machine. */

const gb = 2 ** 30;
/** A driver and three executors of 16 GB: what must fit comfortably. */
const wantedGb = 4 * 16;
/** Our own processes, and room for the user's. */
const reservedGb = 3;
const share = 0.6;

/**
 * @param totalBytes the machine's memory
 * @returns 0.05 … 1, two decimals, rounded down
 */
export function workerScaleFor(totalBytes: number): number {
  const scale = ((totalBytes / gb - reservedGb) * share) / wantedGb;
  return Math.min(1, Math.max(0.05, Math.floor(scale * 100) / 100));
}
