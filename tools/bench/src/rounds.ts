/** Which way is run when. */
import { type Way, ways } from './report.ts';

/** One run to be made; round 0 warms up and does not count. */
export type Turn = { readonly round: number; readonly way: Way };

/**
 * All runs in order: a round to warm up, then `runs` rounds. Each starts one way later than the one
 * before, so that none always follows the same other.
 */
export const turnsOf = (runs: number): Turn[] =>
  Array.from({ length: runs + 1 }, (_, round) => round).flatMap((round) =>
    ways.map((_, place): Turn => ({ round, way: ways[(place + round) % ways.length] ?? 'cold' })),
  );
