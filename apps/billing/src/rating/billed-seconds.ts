/** From a worker's own clock to the seconds that count, and who pays them (reference emr-serverless §5.1, behaviours row 23). */

/** AWS' minimum of a worker's life, in seconds. */
const minimumSeconds = 60;

/** Whole seconds, rounded up, of the monotonic milliseconds between ready and ended. */
export const usedSecondsOf = (readyMs: number): number => Math.ceil(readyMs / 1000);

/** A part of a worker's life: its whole seconds, and those that are paid for it. */
export type Share = { readonly usedSeconds: number; readonly billedSeconds: number };

/** What of a worker's life its run pays, and what its application. */
export type Shares = { readonly run: Share; readonly idle: Share };

/** What is missing to the minimum, once for the whole life; a worker that never became ready owes nothing. */
const missingSeconds = (lifeSeconds: number): number =>
  lifeSeconds === 0 ? 0 : Math.max(0, minimumSeconds - lifeSeconds);

/**
 * Shares the seconds of a worker's life, so that both parts together are its life rounded up: whole
 * idle seconds are the application's, all else the run's. What is missing to the minimum is paid by
 * the run that held the worker, else by the application.
 * @param idleMs part of `readyMs` that it idled in a pool
 * @param served whether a run held it; if none did, all of its life was idle
 */
export function sharesOf(readyMs: number, idleMs: number, served: boolean): Shares {
  const lifeSeconds = usedSecondsOf(readyMs);
  const idleSeconds = served ? Math.min(lifeSeconds, Math.floor(idleMs / 1000)) : lifeSeconds;
  const runSeconds = lifeSeconds - idleSeconds;
  const missing = missingSeconds(lifeSeconds);
  return {
    run: { usedSeconds: runSeconds, billedSeconds: runSeconds + (served ? missing : 0) },
    idle: { usedSeconds: idleSeconds, billedSeconds: idleSeconds + (served ? 0 : missing) },
  };
}
