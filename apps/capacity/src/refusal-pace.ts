/**
 * When a driver is told again that its executors cannot be had: after 2 s, then half as long again each
 * time, up to a minute (reference emr-serverless §4.7). In memory only: a restart begins anew.
 */
import type { Refusal } from './reconcile/reconcile.ts';

export type RefusalPace = {
  /** Of this round's refusals, those whose time has come; runs that are not among them are forgotten. */
  readonly due: (refusals: readonly Refusal[], nowMs: number) => readonly Refusal[];
  /** Milliseconds until the next one is due, null when nobody waits. */
  readonly nextMs: (nowMs: number) => number | null;
};

const firstWaitMs = 2_000;
const growth = 1.5;
const longestWaitMs = 60_000;

export function createRefusalPace(): RefusalPace {
  let waits = new Map<string, { readonly waitMs: number; readonly atMs: number }>();
  return {
    due: (refusals, nowMs) => {
      const before = waits;
      waits = new Map();
      return refusals.filter(({ jobRunId }) => {
        const known = before.get(jobRunId);
        const isDue = known === undefined || nowMs >= known.atMs;
        const waitMs = known ? Math.min(longestWaitMs, known.waitMs * growth) : firstWaitMs;
        waits.set(jobRunId, isDue || !known ? { waitMs, atMs: nowMs + waitMs } : known);
        return isDue;
      });
    },
    nextMs: (nowMs) =>
      waits.size === 0
        ? null
        : Math.max(0, Math.min(...[...waits.values()].map(({ atMs }) => atMs)) - nowMs),
  };
}
