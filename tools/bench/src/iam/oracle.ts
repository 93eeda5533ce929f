/**
 * iam-simulate, to compare with. It is AGPL: nothing here depends on it; it is fetched on demand into the
 * cache, outside the repository, and called there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const name = '@cloud-copilot/iam-simulate';
const version = '0.1.173';

type Named = { readonly name: string; readonly policy: object };

/** A case in iam-simulate's words. */
export type OracleCase = {
  readonly request: {
    readonly principal: string;
    readonly action: string;
    readonly resource: { readonly resource: string; readonly accountId: string };
    readonly contextVariables: Readonly<Record<string, string | string[]>>;
  };
  readonly identityPolicies: readonly Named[];
  readonly permissionBoundaryPolicies?: readonly Named[];
  readonly sessionPolicy?: object;
  readonly resourcePolicy?: object;
  readonly serviceControlPolicies: readonly [];
  readonly resourceControlPolicies: readonly [];
};

/** Its answer. */
export type OracleAnswer = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

export type Oracle = {
  readonly name: string;
  /** Its public way: the faster one knows neither session policies nor policies of resources. */
  readonly decide: (one: OracleCase) => Promise<OracleAnswer | string>;
};

type Simulated = { readonly overallResult?: OracleAnswer; readonly errors?: object };

/** Fetches it where it is not there. @returns undefined when the registry cannot be reached */
export async function fetchOracle(cacheDir: string): Promise<Oracle | undefined> {
  const dir = join(cacheDir, 'bench', `iam-simulate-${version}`);
  const entry = join(dir, 'node_modules', ...name.split('/'), 'dist', 'esm', 'index.js');
  if (!existsSync(entry)) {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'package.json'), '{"private":true}\n');
    const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`];
    spawnSync('npm', words, { cwd: dir, stdio: 'ignore', timeout: 120_000 });
    if (!existsSync(entry)) return undefined;
  }
  const loaded = (await import(pathToFileURL(entry).href)) as {
    readonly runSimulation: (one: OracleCase, options: object) => Promise<Simulated>;
  };
  return {
    name: `iam-simulate ${version}`,
    decide: async (one) => {
      const { overallResult, errors } = await loaded.runSimulation(one, {});
      return overallResult ?? JSON.stringify(errors);
    },
  };
}
