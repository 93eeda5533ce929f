// The only place of these tests that looks at the environment.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The part of set-up's `installation.json` that starting workers needs. */
export type InstalledSpark = {
  readonly javaBin: string;
  readonly python: string;
  readonly examplesJar: string;
  readonly runtime: {
    readonly sparkHome: string;
    readonly pythonPath: readonly string[];
    readonly classPath: readonly string[];
    readonly jvmOptions: readonly string[];
    readonly driverArchive?: string;
    readonly executorArchive?: string;
    readonly conf: Readonly<Record<string, string>>;
  };
};

const installationFile = (env: NodeJS.ProcessEnv): string => {
  const caches = env['XDG_CACHE_HOME'] || join(env['HOME'] ?? homedir(), '.cache');
  return join(env['FIRESTEEL_CACHE'] || join(caches, 'firesteel'), 'installation.json');
};

/**
 * Reads what set-up installed for a release label.
 * @throws Error when set-up has not run or knows no such label.
 */
export const installedSpark = (
  label: string,
  env: NodeJS.ProcessEnv = process.env,
): InstalledSpark => {
  const installation = JSON.parse(readFileSync(installationFile(env), 'utf8')) as Omit<
    InstalledSpark,
    'runtime'
  > & { runtimes: Record<string, InstalledSpark['runtime']> };
  const runtime = installation.runtimes[label];
  if (!runtime) throw new Error(`No runtime ${label}: run node apps/cli/src/setup/main.ts`);
  return { ...installation, runtime };
};

/** The environment that workers inherit. */
export const inheritedEnvironment = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({
  PATH: env['PATH'],
  HOME: env['HOME'],
  LANG: env['LANG'] ?? 'C.UTF-8',
});
