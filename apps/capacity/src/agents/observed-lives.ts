/**
 * How long workers have been ready by capacity's own monotonic clock: the second opinion beside what their
 * agent counted. Known only for those that became ready in this process's time.
 */
export type ObservedLives = {
  /** A worker's report that it is ready has come; a repeated one changes nothing. */
  readonly ready: (workerId: string) => void;
  /** Milliseconds since then, null for one that was ready before this process began. */
  readonly readyMs: (workerId: string) => number | null;
  /**
   * Milliseconds that a worker has been ready at least. For one that was ready before this process began: those
   * that are known of it, and the time since this was asked first.
   */
  readonly atLeastMs: (workerId: string, knownMs: number) => number;
  readonly forget: (workerId: string) => void;
};

/** Watches by `nowMs`, a monotonic clock. */
export function createObservedLives(nowMs: () => number): ObservedLives {
  const since = new Map<string, number>();
  /** Of those that were ready before: when they would have become it, had they lived no longer than is known. */
  const notAfter = new Map<string, number>();
  return {
    ready: (workerId) => {
      if (!since.has(workerId)) since.set(workerId, nowMs());
    },
    readyMs: (workerId) => {
      const from = since.get(workerId);
      return from === undefined ? null : Math.round(nowMs() - from);
    },
    atLeastMs: (workerId, knownMs) => {
      const from = since.get(workerId) ?? notAfter.get(workerId) ?? nowMs() - knownMs;
      if (!since.has(workerId)) notAfter.set(workerId, from);
      return nowMs() - from;
    },
    forget: (workerId) => {
      since.delete(workerId);
      notAfter.delete(workerId);
    },
  };
}
