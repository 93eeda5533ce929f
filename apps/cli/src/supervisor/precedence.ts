/** Who goes first when processors are short: what a caller waits for, then what follows from it, then workers. */
import { writeFile } from 'node:fs/promises';
import { pause } from './pause.ts';

/**
 * The `niceness` of what works behind the answers: facts on their way, bills, capacity. A JVM that serves a run has 5 more
 * (worker-agent's `launchCommand`).
 */
export const background = 5;

/** A command line that stands back, and with it everything it starts. */
export const standingBack = (niceness: number, commandLine: readonly string[]): string[] =>
  niceness === 0 ? [...commandLine] : ['nice', '-n', String(niceness), ...commandLine];

const tries = 20;
const betweenTriesMs = 150;

/**
 * Gives the session of a process its weight. Where the kernel weighs sessions against each other, as Linux does on most
 * desktops and servers outside of containers (sched(7), autogroups), a process's own niceness counts within its session
 * only. Best effort: the kernel takes ten such changes a second, and not every kernel takes any.
 */
export async function weighSession(pid: number, niceness: number): Promise<void> {
  if (niceness === 0) return;
  for (let left = tries; left > 0; left -= 1) {
    const failure = await writeFile(`/proc/${pid}/autogroup`, String(niceness)).then(
      () => null,
      (error: NodeJS.ErrnoException) => error.code ?? '',
    );
    if (failure !== 'EAGAIN') return;
    await pause(betweenTriesMs);
  }
}
