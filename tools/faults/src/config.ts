/** Everything the fault tests read from their environment. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const environment = z.object({ FIRESTEEL_HOME: z.string().min(1).optional() });

/** The checkout. */
export const repoDir = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

export type Config = {
  /** Where the running installation has its files. */
  readonly homeDir: string;
  /** For the command line that is started here: the user's own. */
  readonly full: Readonly<Record<string, string | undefined>>;
};

/** Reads the settings. */
export function readConfig(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const { FIRESTEEL_HOME } = environment.parse(variables);
  return { homeDir: resolve(FIRESTEEL_HOME ?? join(repoDir, '.firesteel')), full: variables };
}
