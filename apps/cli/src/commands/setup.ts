/** `firesteel setup`: what jobs need is fetched and built. */
import type { Installation } from '../setup/installation.ts';
import { progressTo } from '../setup/progress.ts';
import { setUp } from '../setup/set-up.ts';
import type { CommandContext } from './context.ts';

/** Instant when all is there. */
export const ensureSetUp = (
  { config, repoDir }: CommandContext,
  ignoreSystemJava = false,
): Promise<Installation> =>
  setUp({
    cacheDir: config.cacheDir,
    repoDir,
    report: progressTo(process.stdout),
    ...(ignoreSystemJava ? { ignoreSystemJava } : {}),
  });

/** @returns the exit code */
export async function setupCommand(
  context: CommandContext,
  ignoreSystemJava: boolean,
): Promise<number> {
  await ensureSetUp(context, ignoreSystemJava);
  context.say(`Everything is there, in ${context.config.cacheDir}.`);
  return 0;
}
