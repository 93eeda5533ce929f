/** Seeds on several processors: each process takes the next one as soon as it is free. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { added, type Campaign, nothing, type Total } from './seeds.ts';
import type { Outcome } from './simulate.ts';

const program = fileURLToPath(new URL('./player.ts', import.meta.url));

/** @throws Error when the process ends without an answer; it has said why */
async function playIn(player: ChildProcess, seed: number): Promise<Outcome> {
  player.send(seed);
  const over = new AbortController();
  const { signal } = over;
  try {
    return await Promise.race([
      once(player, 'message', { signal }).then(([outcome]) => outcome as Outcome),
      once(player, 'exit', { signal }).then(() => {
        throw new Error(`The process that played seed ${seed} has ended.`);
      }),
    ]);
  } finally {
    over.abort();
  }
}

/**
 * Plays a campaign; after the first seed that shows what must not be, none begins.
 * @param tell what has been so far, after every seed
 */
export async function playSideBySide(
  { from, seeds, seconds, processes }: Campaign,
  tell: (total: Total) => void,
): Promise<Total> {
  const untilMs = seconds === null ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1_000;
  let total = nothing;
  let next = from;
  const isOver = (): boolean =>
    next >= from + seeds || total.failed !== null || performance.now() > untilMs;
  const playOn = async (): Promise<void> => {
    const player = fork(program, { execArgv: ['--disable-warning=ExperimentalWarning'] });
    try {
      while (!isOver()) {
        next += 1;
        const outcome = await playIn(player, next - 1);
        total = added(total, outcome);
        tell(total);
      }
    } catch (error) {
      next = Number.POSITIVE_INFINITY;
      throw error;
    } finally {
      player.kill();
    }
  };
  await Promise.all(Array.from({ length: processes }, playOn));
  return total;
}
