/** What the user may set from outside; besides `setup/config.ts` the only file that reads the environment. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { setUpConfig } from './setup/config.ts';

const environment = z.object({
  /** Where data, logs, secrets and process files live; default `.firesteel` in the checkout. */
  FIRESTEEL_HOME: z.string().min(1).optional(),
  FIRESTEEL_PORT: z.coerce.number().int().min(1).max(65535).optional(),
  FIRESTEEL_ACCOUNT_ID: z
    .string()
    .regex(/^\d{12}$/, 'must be 12 digits')
    .default('123456789012'),
  AWS_REGION: z.string().min(1).default('us-east-1'),
  FIRESTEEL_ROOT_ACCESS_KEY_ID: z.string().min(16).optional(),
  FIRESTEEL_ROOT_SECRET_ACCESS_KEY: z.string().min(16).optional(),
  DATABASE_URL: z.url().optional(),
  KAFKA_BROKERS: z.string().min(1).optional(),
  S3_ENDPOINT: z.url().optional(),
  ZONES: z
    .string()
    .regex(/^[a-z0-9-]+(,[a-z0-9-]+)*$/, 'must be names like zone-a,zone-b')
    .transform((list) => list.split(','))
    .refine((zones) => new Set(zones).size === zones.length, 'names a zone twice')
    .default(['zone-a']),
  /** Which subnets lie in which zone: `zone-a=subnet-1,subnet-2;zone-b=subnet-3`. */
  ZONE_SUBNETS: z
    .string()
    .regex(
      /^[a-z0-9-]+=[\w-]+(,[\w-]+)*(;[a-z0-9-]+=[\w-]+(,[\w-]+)*)*$/,
      'must be like zone-a=subnet-1,subnet-2;zone-b=subnet-3',
    )
    .optional(),
  /** vCPUs that all of the account's workers may have at a time. */
  ACCOUNT_VCPU_QUOTA: z.coerce.number().positive().optional(),
  /** How long a zone's agent may be silent before the zone counts as impaired. */
  ZONE_SILENCE_MS: z.coerce.number().int().positive().optional(),
  WORKER_SCALE: z.coerce.number().positive().max(1).optional(),
  NO_COLOR: z.string().optional(),
});

/** Where closed pieces of the log go, and when. */
export const segmentSettings: readonly string[] = [
  'SEGMENT_STORE',
  'SEGMENT_EVENTS',
  'SEGMENT_HOT_DAYS',
  'SEGMENT_LOOK_SECONDS',
  'SEGMENT_ACCESS_KEY_ID',
  'SEGMENT_SECRET_ACCESS_KEY',
];

/** The command line's settings, checked. */
export type Config = {
  readonly homeDir: string;
  /** Where set-up keeps what it fetched and made; shared by all checkouts of a user. */
  readonly cacheDir: string;
  readonly gatewayPort: number | undefined;
  readonly accountId: string;
  readonly region: string;
  readonly rootKey: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly databaseUrl: string | undefined;
  readonly kafkaBrokers: string | undefined;
  readonly s3Endpoint: string | undefined;
  readonly zones: readonly string[];
  /** Variables that only the service gets whose they are, as the user wrote them. */
  readonly serviceSettings: Readonly<Record<string, string>>;
  readonly workerScale: number | undefined;
  readonly colour: boolean;
  /** Variables that every process we start may see. */
  readonly inherited: Readonly<Record<string, string>>;
  /** Everything, for programs that stand in for the user's own shell: npm, Nx, set-up. */
  readonly full: Readonly<Record<string, string | undefined>>;
};

const passedOn =
  /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|LOG_LEVEL|OTEL_.*|WORKER_.*|FIRESTEEL_.*|WORKERS|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS)$/;
const heldBack = /^FIRESTEEL_(ROOT_.*|HOME|PORT)$/;

/** What of the user's environment reaches services: no credentials of theirs, and nothing that we set ourselves. */
export function inheritedEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && passedOn.test(name) && !heldBack.test(name)) kept[name] = value;
  }
  return kept;
}

const rootKeyOf = (id: string | undefined, secret: string | undefined): Config['rootKey'] => {
  if (id === undefined && secret === undefined) return undefined;
  if (id === undefined || secret === undefined) {
    throw new Error(
      'Set both FIRESTEEL_ROOT_ACCESS_KEY_ID and FIRESTEEL_ROOT_SECRET_ACCESS_KEY, or neither.',
    );
  }
  return { accessKeyId: id, secretAccessKey: secret };
};

/** Those of the named variables that are set. */
const given = (
  variables: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => (variables[name] === undefined ? [] : [[name, variables[name]]])),
  );

/**
 * Reads and checks the settings.
 * @param repoDir the checkout, parent of the default home
 * @throws Error with one sentence per wrong variable
 */
export function readConfig(
  repoDir: string,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const sentences = parsed.error.issues.map(
      (issue) => `The variable ${issue.path.join('.')} is not usable: ${issue.message}.`,
    );
    throw new Error(sentences.join('\n'));
  }
  const env = parsed.data;
  return {
    homeDir: resolve(env.FIRESTEEL_HOME ?? join(repoDir, '.firesteel')),
    cacheDir: resolve(setUpConfig({ ...variables }).cacheDir),
    gatewayPort: env.FIRESTEEL_PORT,
    accountId: env.FIRESTEEL_ACCOUNT_ID,
    region: env.AWS_REGION,
    rootKey: rootKeyOf(env.FIRESTEEL_ROOT_ACCESS_KEY_ID, env.FIRESTEEL_ROOT_SECRET_ACCESS_KEY),
    databaseUrl: env.DATABASE_URL,
    kafkaBrokers: env.KAFKA_BROKERS,
    s3Endpoint: env.S3_ENDPOINT,
    zones: env.ZONES,
    serviceSettings: given(variables, [
      'ZONE_SUBNETS',
      'ACCOUNT_VCPU_QUOTA',
      'ZONE_SILENCE_MS',
      'CHECKPOINT_FILE',
      'CHECKPOINT_EVENTS',
      'CHECKPOINT_MINUTES',
      ...segmentSettings,
    ]),
    workerScale: env.WORKER_SCALE,
    colour: process.stdout.isTTY === true && env.NO_COLOR === undefined,
    inherited: inheritedEnvironment(variables),
    full: variables,
  };
}
