/** `replay`, `verify`, `bench`: programs that live with what they are about and run here with its environment. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { askStatus } from '../supervisor/control.ts';
import { readFoundations } from '../supervisor/plan.ts';
import {
  appArguments,
  processNames,
  serviceEnvironment,
  services,
} from '../supervisor/service-table.ts';
import type { CommandContext } from './context.ts';

/** Runs a program in this terminal. @returns its exit code */
export const runHere = (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...env }, cwd });
    const pass = (signal: NodeJS.Signals): boolean => child.kill(signal);
    process.on('SIGINT', pass).on('SIGTERM', pass);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve(code ?? 130);
    });
  });

/** `--service billing` or `--service=billing` among words meant for another program. */
export function serviceWord(words: readonly string[]): string | undefined {
  const index = words.indexOf('--service');
  if (index >= 0) return words[index + 1];
  return words.find((word) => word.startsWith('--service='))?.slice('--service='.length);
}

async function mustBeUp({ layout }: CommandContext): Promise<void> {
  if ((await askStatus(layout.controlSocket)) !== undefined) return;
  throw new Error('Firesteel is not running: start it with `npm run up`.');
}

/** Runs `apps/<app>/src/<program>` as that service: its database login, its addresses. */
async function runApp(
  context: CommandContext,
  app: string,
  program: string,
  words: readonly string[],
): Promise<number> {
  const service = services.find(({ name }) => name === app);
  const args = appArguments(context.repoDir, app, program);
  if (service === undefined || !existsSync(args.at(-1) ?? '')) {
    const known = services
      .map(({ name }) => name)
      .filter((name) => existsSync(appArguments(context.repoDir, name, program).at(-1) ?? ''));
    throw new Error(`No service \`${app}\` can do this; these can: ${known.join(', ') || 'none'}.`);
  }
  await mustBeUp(context);
  const { surroundings } = readFoundations(context.config, context.layout, context.repoDir);
  const [process_ = app] = processNames(service, context.config.zones);
  const env = serviceEnvironment(service, process_, surroundings);
  return runHere(process.execPath, [...args, ...words], env, context.repoDir);
}

/** `firesteel replay --service <name> …` runs `apps/<name>/src/replay.ts`. */
export function replayCommand(context: CommandContext, words: readonly string[]): Promise<number> {
  const service = serviceWord(words);
  if (service === undefined) {
    throw new Error('Which service? `npm run replay -- --service billing`');
  }
  return runApp(context, service, 'replay.ts', words);
}

/** `firesteel verify …` runs `apps/ledger/src/verify.ts`. */
export const verifyCommand = (context: CommandContext, words: readonly string[]): Promise<number> =>
  runApp(context, 'ledger', 'verify.ts', words);

/** `firesteel bench …` runs `tools/bench/src/main.ts` with the root key, as a client. */
export async function benchCommand(
  context: CommandContext,
  words: readonly string[],
): Promise<number> {
  const program = join(context.repoDir, 'tools', 'bench', 'src', 'main.ts');
  if (!existsSync(program)) throw new Error('This checkout has no tools/bench.');
  await mustBeUp(context);
  const { endpoint, secrets } = readFoundations(context.config, context.layout, context.repoDir);
  const env = {
    ...context.config.full,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: context.config.region,
    AWS_ACCESS_KEY_ID: secrets.rootKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: secrets.rootKey.secretAccessKey,
    FIRESTEEL_HOME: context.layout.homeDir,
  };
  return runHere(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, ...words],
    env,
    context.repoDir,
  );
}
