/** `replay`, `verify`, `bench`: programs that live under `tools/` and run here against the installation. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compileCacheDir } from '../setup/installation.ts';
import { ledgerPublicKey } from '../state/secrets.ts';
import { checkpointFile, readFoundations } from '../supervisor/plan.ts';
import type { CommandContext } from './context.ts';
import { mustBeUp } from './must-be-up.ts';

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

type AuditProgram = 'export.ts' | 'replay.ts' | 'verify.ts';

/** What lets a program read the whole log, and where its segments lie. */
export function auditEnvironment({
  config,
  layout,
  repoDir,
}: CommandContext): Readonly<Record<string, string>> {
  const { adminUrl, ports, surroundings } = readFoundations(config, layout, repoDir);
  return {
    ADMIN_DATABASE_URL: adminUrl,
    OBJECT_STORE_URL: `http://127.0.0.1:${ports['object-store'] ?? 0}`,
    FIRESTEEL_SECRETS_DIR: layout.secretsDir,
    AWS_REGION: config.region,
    ...surroundings.serviceSettings,
  };
}

/** `tools/audit/src/<program>` with its words, as Node takes them, and all of its environment. */
export const auditProgram = (
  { config, repoDir }: CommandContext,
  program: AuditProgram,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
) => ({
  args: [
    '--disable-warning=ExperimentalWarning',
    join(repoDir, 'tools', 'audit', 'src', program),
    ...words,
  ],
  env: {
    ...config.full,
    NODE_COMPILE_CACHE: compileCacheDir(config.cacheDir),
    ...environment,
  },
});

/** Runs `tools/audit/src/<program>` against the whole database. */
async function auditCommand(
  context: CommandContext,
  program: AuditProgram,
  words: readonly string[],
): Promise<number> {
  // An export, and segments in a place of one's own, are verified by people who have no installation.
  const alone =
    words.some((word) => /^--(from-export|segments)/.test(word)) && !words.includes('object-store');
  if (!alone) await mustBeUp(context.layout);
  const { args, env } = auditProgram(
    context,
    program,
    words,
    alone ? {} : auditEnvironment(context),
  );
  return runHere(process.execPath, args, env, process.cwd());
}

/** `firesteel replay`: folds the whole log from nothing and compares. */
export const replayCommand = (context: CommandContext, words: readonly string[]): Promise<number> =>
  auditCommand(context, 'replay.ts', words);

/** `firesteel verify`: walks the hash chain. */
export const verifyCommand = (context: CommandContext, words: readonly string[]): Promise<number> =>
  auditCommand(context, 'verify.ts', words);

/** `firesteel export`: the log, or a part of it, as text. */
export const exportCommand = (context: CommandContext, words: readonly string[]): Promise<number> =>
  auditCommand(context, 'export.ts', words);

/** `firesteel proof <event>`: one event, and that it is in the log. */
export const proofCommand = (context: CommandContext, words: readonly string[]): Promise<number> =>
  auditCommand(context, 'export.ts', ['--proof', ...words]);

/** `firesteel key`: with what checkpoints are verified, and where they lie. */
export async function keyCommand({ config, layout, say }: CommandContext): Promise<number> {
  const key = ledgerPublicKey(layout);
  if (key === undefined)
    throw new Error('Firesteel has never run here: start it with `npm run up`.');
  say(key.trim());
  console.error(`The ledger's checkpoints: ${checkpointFile(config, layout)}`);
  return 0;
}

/** `firesteel bench …` runs `tools/bench/src/main.ts` with the root key, as a client. */
export async function benchCommand(
  context: CommandContext,
  words: readonly string[],
): Promise<number> {
  const program = join(context.repoDir, 'tools', 'bench', 'src', 'main.ts');
  if (!existsSync(program)) throw new Error('This checkout has no tools/bench.');
  // `log` measures a database and a broker of its own, best while nothing else runs, with the settings of an installation.
  const isAlone = words[0] === 'log' && ledgerPublicKey(context.layout) !== undefined;
  if (!isAlone) await mustBeUp(context.layout);
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
