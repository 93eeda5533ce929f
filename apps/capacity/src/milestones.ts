/** Timings that drivers report, for the bench and for people; not facts, so kept in memory only. */
export type Milestones = {
  readonly note: (jobRunId: string, name: string, epochMs: number) => void;
  readonly of: (jobRunId: string) => Readonly<Record<string, number>>;
};

/** Runs remembered at most; the oldest are forgotten first. */
const remembered = 500;

/** The first time a run reports a milestone counts. */
export function createMilestones(): Milestones {
  const byRun = new Map<string, Record<string, number>>();
  return {
    note: (jobRunId, name, epochMs) => {
      const known = byRun.get(jobRunId) ?? {};
      byRun.set(jobRunId, { [name]: epochMs, ...known });
      const oldest = byRun.keys().next();
      if (byRun.size > remembered && !oldest.done) byRun.delete(oldest.value);
    },
    of: (jobRunId) => byRun.get(jobRunId) ?? {},
  };
}
