/**
 * How long workers have been ready by capacity's own monotonic clock: the second opinion beside what their
 * agent counted. Known only for those that became ready in this process's time.
 */
export type ObservedLives = {
  /** A worker's report that it is ready has come; a repeated one changes nothing. */
  readonly ready: (workerId: string) => void;
  /** Milliseconds since then, null for one that was ready before this process began. */
  readonly readyMs: (workerId: string) => number | null;
  readonly forget: (workerId: string) => void;
};

/** Watches by `nowMs`, a monotonic clock. */
export function createObservedLives(nowMs: () => number): ObservedLives {
  const since = new Map<string, number>();
  return {
    ready: (workerId) => {
      if (!since.has(workerId)) since.set(workerId, nowMs());
    },
    readyMs: (workerId) => {
      const from = since.get(workerId);
      return from === undefined ? null : Math.round(nowMs() - from);
    },
    forget: (workerId) => {
      since.delete(workerId);
    },
  };
}
