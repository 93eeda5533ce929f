/** Waiting for somebody who is away. */
import { setTimeout as pause } from 'node:timers/promises';
import { passes } from '@firesteel/messaging/reaction';

const pauseMs = 250;

/**
 * Tries until it works, while it fails by what passes by itself: ending would only make our supervisor wait longer
 * from one time to the next, and with it everybody else once the other is back.
 * @throws what does not pass
 */
export async function whenThere<Result>(
  attempt: () => Promise<Result>,
  away: (error: unknown) => void,
): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!passes(error)) throw error;
      away(error);
      await pause(pauseMs);
    }
  }
}
