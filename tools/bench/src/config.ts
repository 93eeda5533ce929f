/** Everything the bench reads from its environment, in one place. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const environment = z.object({
  AWS_ENDPOINT_URL: z.url(),
  AWS_REGION: z.string().min(1),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  FIRESTEEL_HOME: z.string().min(1).optional(),
  S3_ENDPOINT: z.url().optional(),
  FIRESTEEL_CACHE: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
  HOME: z.string().optional(),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
});

/** The bench's settings, checked. */
export type Config = {
  readonly access: {
    readonly endpointUrl: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly s3Endpoint: string;
  /** Set-up's `installation.json`, found by the same rules as set-up's own. */
  readonly installationFile: string;
  readonly searchPath: string;
  /** Where set-up keeps what it has fetched; the oracle of `iam` goes there too. */
  readonly cacheDir: string;
  /** The installation's own folder, for what only its operator may ask. */
  readonly homeDir: string | undefined;
};

/**
 * Reads and checks the settings.
 * @throws Error with one sentence per wrong variable
 */
export function readConfig(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const sentences = parsed.error.issues.map(
      (issue) => `The variable ${issue.path.join('.')} is not usable: ${issue.message}.`,
    );
    throw new Error([...sentences, 'Start the bench with `npm run bench`.'].join('\n'));
  }
  const env = parsed.data;
  const caches = env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), '.cache');
  const cacheDir = env.FIRESTEEL_CACHE || join(caches, 'firesteel');
  return {
    access: {
      endpointUrl: env.AWS_ENDPOINT_URL,
      region: env.AWS_REGION,
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    },
    s3Endpoint: env.S3_ENDPOINT ?? env.AWS_ENDPOINT_URL,
    installationFile: join(cacheDir, 'installation.json'),
    cacheDir,
    homeDir: env.FIRESTEEL_HOME,
    searchPath: env.PATH,
  };
}
