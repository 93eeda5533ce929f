/** Waiting that can be cut short. */
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after the time or as soon as the signal is aborted, whichever comes first; never rejects. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  await delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(
    () => undefined,
  );
}

/**
 * Asks again and again until the answer is yes.
 * @returns false when the time was over first
 */
export async function waitUntil(
  isTrue: () => boolean,
  timeoutMs: number,
  everyMs = 50,
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!isTrue()) {
    if (performance.now() >= end) return false;
    await pause(everyMs);
  }
  return true;
}
