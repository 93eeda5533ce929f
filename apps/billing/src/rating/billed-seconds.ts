/** From a worker's own clock to the seconds that count, and who pays them (reference emr-serverless §5.1, behaviours row 23). */

import type { MeteredLife } from '@firesteel/contracts/events';

/** AWS' minimum of a worker's life, in seconds. */
const minimumSeconds = 60;

/** Whole seconds, rounded up, of the monotonic milliseconds between ready and ended. */
export const usedSecondsOf = (readyMs: number): number => Math.ceil(readyMs / 1000);

/** A part of a worker's life: its whole seconds, and those that are paid for it. Below zero: given back. */
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

/** What a reading before its end says of a life: whole seconds, rounded down, with no minimum yet. */
function sharesSoFar({ readyMs, idleMs }: MeteredLife): Shares {
  const lifeSeconds = Math.floor(readyMs / 1000);
  const idleSeconds = Math.min(lifeSeconds, Math.floor(idleMs / 1000));
  const share = (seconds: number): Share => ({ usedSeconds: seconds, billedSeconds: seconds });
  return { run: share(lifeSeconds - idleSeconds), idle: share(idleSeconds) };
}

const minus = (a: Share, b: Share): Share => ({
  usedSeconds: a.usedSeconds - b.usedSeconds,
  billedSeconds: a.billedSeconds - b.billedSeconds,
});

/** A worker's life until a reading of its meter, or until its end. */
export type Life = MeteredLife & {
  /** What was metered before; left out: nothing. */
  readonly metered?: MeteredLife | undefined;
  /** Whether a run held it. */
  readonly served: boolean;
  readonly ended: boolean;
};

/**
 * What is to be metered of a life now: its shares until now, less what the reading before gave. However many
 * readings there were, and whatever they said, all of them and the end together are `sharesOf` the whole life.
 */
export function newSharesOf({ readyMs, idleMs, metered, served, ended }: Life): Shares {
  const now = ended ? sharesOf(readyMs, idleMs, served) : sharesSoFar({ readyMs, idleMs });
  if (metered === undefined) return now;
  const before = sharesSoFar(metered);
  return { run: minus(now.run, before.run), idle: minus(now.idle, before.idle) };
}
