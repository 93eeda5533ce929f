/** The one list of services: who they are, what they need, in which order they stop. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { segmentSettings } from '../config.ts';
import { compileCacheDir } from '../setup/installation.ts';
import type { Ports } from '../state/ports.ts';
import { background } from './precedence.ts';
import { type ProcessPlan, usualSilenceMs } from './process-plan.ts';
import { answersHealth, isHealthy } from './readiness.ts';

/** One app that runs as a service. */
type ServiceRow = {
  readonly name: string;
  /** The variable in which every other service finds its address. */
  readonly urlVariable: string | null;
  /** Has a database role and schema of its own; see `roleOf`. */
  readonly database: boolean;
  /** Runs once per zone. */
  readonly perZone: boolean;
  /** Settings of the user that only this service gets. */
  readonly settings: readonly string[];
  /** See `precedence.ts`. */
  readonly niceness: number;
  /** Of Node, after those of all services. */
  readonly nodeFlags: readonly string[];
  readonly graceMs: number;
};

const row = (name: string, urlVariable: string | null, database: boolean): ServiceRow => ({
  name,
  urlVariable,
  database,
  perZone: false,
  settings: [],
  niceness: 0,
  nodeFlags: [],
  graceMs: 10_000,
});

/** To add a service, add a row. */
export const services: readonly ServiceRow[] = [
  row('gateway', 'GATEWAY_URL', false),
  row('application-registry', 'APPLICATION_REGISTRY_URL', true),
  row('job-scheduler', 'JOB_SCHEDULER_URL', true),
  {
    ...row('capacity', 'CAPACITY_URL', true),
    niceness: background,
    settings: ['ZONE_SUBNETS', 'ACCOUNT_VCPU_QUOTA', 'ZONE_SILENCE_MS', 'METER_EVERY_MS'],
  },
  row('iam-authorizer', 'IAM_AUTHORIZER_URL', true),
  { ...row('billing', 'BILLING_URL', true), niceness: background },
  {
    ...row('ledger', 'LEDGER_URL', true),
    niceness: background,
    // Has a thousand events in hand at a time: with no more room than the others half its time was the collector's.
    nodeFlags: ['--max-semi-space-size=8', '--heap-growing-percent=100'],
    settings: ['CHECKPOINT_FILE', 'CHECKPOINT_EVENTS', 'CHECKPOINT_MINUTES', ...segmentSettings],
  },
  row('object-store', 'OBJECT_STORE_URL', false),
  // Ends its workers and ships their last logs before it goes.
  { ...row('worker-agent', null, false), perZone: true, niceness: background, graceMs: 45_000 },
];

/** The database role of a service, and the name of its schema. */
export const roleOf = (service: string): string => service.replaceAll('-', '_');

/** Roles of all services with a database. */
export const databaseRoles: readonly string[] = services
  .filter((service) => service.database)
  .map((service) => roleOf(service.name));

/** A service's processes: itself, or `worker-agent-zone-a` and so on. */
export const processNames = (service: ServiceRow, zones: readonly string[]): string[] =>
  service.perZone ? zones.map((zone) => `${service.name}-${zone}`) : [service.name];

/** Everything that needs a port, without the gateway. */
export const portNames = (zones: readonly string[]): string[] => [
  'postgres',
  'kafka',
  'kafka-controller',
  'ledger-wake',
  ...services
    .filter((service) => service.name !== 'gateway')
    .flatMap((service) => processNames(service, zones)),
];

/** Requests stop first, then workers, then those who write down what happened, then what they write to. */
export const stopOrder = (zones: readonly string[]): string[][] => [
  ['gateway'],
  zones.map((zone) => `worker-agent-${zone}`),
  services
    .filter((service) => service.name !== 'gateway' && !service.perZone)
    .map((service) => service.name),
  ['kafka'],
  ['postgres'],
];

/** What all services of one installation have in common. */
export type ServiceSurroundings = {
  readonly repoDir: string;
  readonly dataDir: string;
  readonly secretsDir: string;
  readonly installationFile: string;
  readonly accountId: string;
  readonly region: string;
  readonly kafkaBrokers: string;
  /** The URL with which a role logs in to its database. */
  readonly databaseUrl: (role: string) => string;
  /** The user's own S3; undefined: ours, behind the gateway. */
  readonly s3Endpoint: string | undefined;
  readonly workerScale: number;
  readonly zones: readonly string[];
  /** What the agent of each zone is told of its part of the machine; see `zoneShare`. */
  readonly zoneShare: Readonly<Record<string, string>>;
  /** The user's settings of single services. */
  readonly serviceSettings: Readonly<Record<string, string>>;
  readonly ports: Ports;
  readonly inherited: Readonly<Record<string, string>>;
};

const portOf = (ports: Ports, name: string): number => {
  const port = ports[name];
  if (port === undefined) throw new Error(`No port has been chosen for ${name}.`);
  return port;
};

const urlOf = (ports: Ports, name: string): string => `http://127.0.0.1:${portOf(ports, name)}`;

const nodeFlags = [
  '--max-semi-space-size=2',
  // Where ten processes share two processors a collector that waits for helpers of its own waited up to 38 ms for two.
  '--single-threaded-gc',
  '--max-old-space-size=256',
  '--disable-warning=ExperimentalWarning',
];

/** Variables that every service gets. */
function commonEnvironment(around: ServiceSurroundings): Record<string, string> {
  const urls = services.flatMap(({ name, urlVariable }) =>
    urlVariable === null ? [] : [[urlVariable, urlOf(around.ports, name)]],
  );
  return {
    ...around.inherited,
    ...Object.fromEntries(urls),
    FIRESTEEL_SECRETS_DIR: around.secretsDir,
    FIRESTEEL_ACCOUNT_ID: around.accountId,
    FIRESTEEL_INSTALLATION: around.installationFile,
    AWS_REGION: around.region,
    KAFKA_BROKERS: around.kafkaBrokers,
    S3_ENDPOINT: around.s3Endpoint ?? urlOf(around.ports, 'gateway'),
    LEDGER_WAKE_PORT: String(portOf(around.ports, 'ledger-wake')),
    WORKER_SCALE: String(around.workerScale),
    NODE_ENV: 'production',
    // Compiled code is mapped from files instead of being kept by every process: half the private memory.
    NODE_COMPILE_CACHE: compileCacheDir(dirname(around.installationFile)),
  };
}

/** The environment of one service's process; `process` is its name there, such as `worker-agent-zone-a`. */
export function serviceEnvironment(
  service: ServiceRow,
  process: string,
  around: ServiceSurroundings,
): Record<string, string> {
  return {
    ...commonEnvironment(around),
    PORT: String(portOf(around.ports, process)),
    FIRESTEEL_DATA_DIR: join(around.dataDir, process),
    ...(service.database ? { DATABASE_URL: around.databaseUrl(roleOf(service.name)) } : {}),
    ...Object.fromEntries(
      Object.entries(around.serviceSettings).filter(([name]) => service.settings.includes(name)),
    ),
    ...(service.perZone
      ? { ...around.zoneShare, ZONE: process.slice(service.name.length + 1) }
      : {}),
  };
}

/** Programs of an app run on our own Node with lean memory settings. */
export const appArguments = (
  repoDir: string,
  app: string,
  program: string,
  moreFlags: readonly string[] = [],
): string[] => [...nodeFlags, ...moreFlags, join(repoDir, 'apps', app, 'src', program)];

function planService(service: ServiceRow, name: string, around: ServiceSurroundings): ProcessPlan {
  const port = portOf(around.ports, name);
  const dataDir = join(around.dataDir, name);
  // Workers run as other users and must reach their work directories.
  mkdirSync(dataDir, { recursive: true, mode: service.perZone ? 0o755 : 0o700 });
  return {
    name,
    command: process.execPath,
    args: appArguments(around.repoDir, service.name, 'main.ts', service.nodeFlags),
    env: serviceEnvironment(service, name, around),
    cwd: dataDir,
    port,
    takesSocket: true,
    isReady: () => isHealthy(port),
    answers: (withinMs) => answersHealth(port, withinMs),
    silenceMs: usualSilenceMs,
    stopSignal: 'SIGTERM',
    graceMs: service.graceMs,
    // A worker-agent that is killed leaves its workers to the next one; SIGTERM would end them.
    replaceSignal: service.perZone ? 'SIGKILL' : 'SIGTERM',
    niceness: service.niceness,
    countsChildren: false,
  };
}

/** All services' processes; our object store is left out when the user brings their own S3. */
export const planServices = (around: ServiceSurroundings): ProcessPlan[] =>
  services
    .filter((service) => around.s3Endpoint === undefined || service.name !== 'object-store')
    .flatMap((service) =>
      processNames(service, around.zones).map((name) => planService(service, name, around)),
    );

/** Where the agents of these zones keep their workers. */
export const workerDirs = (dataDir: string, zones: readonly string[]): string[] =>
  zones.map((zone) => join(dataDir, `worker-agent-${zone}`, 'workers'));
