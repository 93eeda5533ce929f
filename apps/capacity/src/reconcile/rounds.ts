/** Runs one thing at a time and again when it was asked for meanwhile: bursts share a round. */
export type Rounds = {
  readonly request: () => void;
  /** Lets the round in hand come to its end and begins no other. */
  readonly stop: () => Promise<void>;
};

/** Does something after so many milliseconds, unless it is cancelled before; never keeps the process alive. */
export type Later = (work: () => void, delayMs: number) => () => void;

export const timer: Later = (work, delayMs) => {
  const timeout = setTimeout(work, delayMs).unref();
  return () => clearTimeout(timeout);
};

/** A failed round is tried again after this long. */
const retryMs = 500;

/** `work` never overlaps itself; requests during a round lead to exactly one more. */
export function createRounds(
  work: () => Promise<void>,
  failed: (error: unknown) => void,
  later: Later = timer,
): Rounds {
  let running = false;
  let again = false;
  let stopped = false;
  let current = Promise.resolve();
  const request = (): void => {
    again = true;
    if (running || stopped) return;
    running = true;
    current = loop();
  };
  const loop = async (): Promise<void> => {
    while (again && !stopped) {
      again = false;
      await work().catch((error: unknown) => {
        failed(error);
        later(request, retryMs);
      });
    }
    running = false;
  };
  const stop = (): Promise<void> => {
    stopped = true;
    return current;
  };
  return { request, stop };
}
