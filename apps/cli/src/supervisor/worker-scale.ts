/** How much smaller than in AWS workers are on this machine. */

const gb = 2 ** 30;
/** A driver and three executors of 16 GB: what must fit comfortably. */
const wantedGb = 4 * 16;
/** Our own processes, and room for the user's. */
const reservedGb = 3;
const share = 0.6;

/**
 * Every zone is to hold such a job: a run has all its workers in one zone.
 * @param totalBytes the machine's memory
 * @param zones how many zones share it
 * @returns 0.05 … 1, two decimals, rounded down
 */
export function workerScaleFor(totalBytes: number, zones = 1): number {
  const scale = ((totalBytes / gb - reservedGb) * share) / wantedGb / zones;
  return Math.min(1, Math.max(0.05, Math.floor(scale * 100) / 100));
}
