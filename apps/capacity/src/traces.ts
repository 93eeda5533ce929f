/** Which trace a run belongs to, from the event that submitted it; forgotten at a restart, which only ends the trace. */
export type Traces = {
  readonly note: (jobRunId: string, traceparent: string | undefined) => void;
  readonly of: (jobRunId: string) => string | null;
};

/** Runs remembered at most. */
const remembered = 1_000;

export function createTraces(): Traces {
  const byRun = new Map<string, string>();
  return {
    note: (jobRunId, traceparent) => {
      if (traceparent === undefined) return;
      byRun.set(jobRunId, traceparent);
      const oldest = byRun.keys().next();
      if (byRun.size > remembered && !oldest.done) byRun.delete(oldest.value);
    },
    of: (jobRunId) => byRun.get(jobRunId) ?? null,
  };
}
