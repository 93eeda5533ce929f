/** The fences in force, in memory: what each request is checked against costs one look into a map. */
import { type JobRunAttempt, sessionSeconds } from '../session/session.ts';
import type { Fence } from './fence.ts';

export type FencesInForce = {
  /** From its return on, sessions of attempts below the fence are refused. */
  readonly raise: (fence: Fence) => void;
  /** Whether a session that was given to this attempt is refused; never for one given to no run. */
  readonly refuses: (jobRun: JobRunAttempt | null) => boolean;
};

/**
 * How long a fence is remembered here: the longest session, and an hour for one that was issued while
 * the fence was being written. After that every session below it has ended by itself; new ones are
 * refused by what is in the table.
 */
export const rememberedMs = (sessionSeconds.longest + 3_600) * 1_000;

/** Begins with what is known from the table. This process must be the only one that fences. */
export function createFencesInForce(known: Iterable<Fence>, now: () => Date): FencesInForce {
  const byRun = new Map<string, Fence>();
  const forgetOld = (): void => {
    const oldestMs = now().getTime() - rememberedMs;
    for (const { jobRunId, fencedAt } of byRun.values())
      if (Date.parse(fencedAt) < oldestMs) byRun.delete(jobRunId);
  };
  const raise = (fence: Fence): void => {
    forgetOld();
    const { belowAttempt = 1 } = byRun.get(fence.jobRunId) ?? {};
    if (fence.belowAttempt > belowAttempt) byRun.set(fence.jobRunId, fence);
  };
  for (const fence of known) raise(fence);
  return {
    raise,
    refuses: (jobRun) =>
      jobRun !== null && jobRun.attempt < (byRun.get(jobRun.jobRunId)?.belowAttempt ?? 1),
  };
}
