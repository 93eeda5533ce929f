/** From settings to the plan of everything that runs: directories, ports, secrets, PostgreSQL, Kafka, services. */
import { statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { installationPath, readInstallation } from '../setup/installation.ts';
import {
  type AwsAccess,
  awsConfigText,
  awsCredentialsText,
  awsEnvText,
  keepProfile,
} from '../state/aws-profile.ts';
import { createDirectories, type Layout } from '../state/layout.ts';
import { assignPorts, type Ports, probePort, readPorts, writePorts } from '../state/ports.ts';
import { writePrivately } from '../state/private-file.ts';
import { keepSecrets, type Secrets } from '../state/secrets.ts';
import { prepareDatabaseApart } from './database-preparation.ts';
import { liveWorkers } from './ending.ts';
import { planKafka, readTemplate } from './kafka.ts';
import { adminUrl, embeddedUrl, planPostgres, withLogin } from './postgres.ts';
import { isAlive } from './process-identity.ts';
import type { InstallationPlan, ProcessPlan } from './process-plan.ts';
import { readRunRecord, recordedNames } from './run-file.ts';
import {
  databaseRoles,
  planServices,
  portNames,
  type ServiceSurroundings,
  stopOrder,
  workerDirs,
} from './service-table.ts';
import { workerScaleFor } from './worker-scale.ts';
import { requireKnownZones, zoneShare } from './zone-share.ts';

const leastFreeBytes = 300 * 1024 * 1024;

function checkDisk(dir: string): void {
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize >= leastFreeBytes) return;
  throw new Error(`The disk that holds ${dir} is full: free some space and run the command again.`);
}

/** Names whose ports are rightly in use: recorded processes that run, and agents whose workers run. */
function namesInUse(layout: Layout, zones: readonly string[]): Set<string> {
  const recorded = recordedNames(layout.runDir).filter((name) => {
    const record = readRunRecord(layout.runDir, name);
    return record !== undefined && isAlive(record);
  });
  const agents = zones.filter((zone) => liveWorkers(workerDirs(layout.dataDir, [zone])).length > 0);
  const names = new Set([...recorded, ...agents.map((zone) => `worker-agent-${zone}`)]);
  if (names.has('kafka')) names.add('kafka-controller');
  if (names.has('ledger')) names.add('ledger-wake');
  return names;
}

async function keepPorts(config: Config, layout: Layout): Promise<Ports> {
  const wishes = {
    names: portNames(config.zones),
    gatewayPort: config.gatewayPort,
    kept: readPorts(layout.portsFile),
    running: namesInUse(layout, config.zones),
    random: Math.random(),
  };
  const ports = await assignPorts(wishes, probePort);
  writePorts(layout.portsFile, ports);
  return ports;
}

/** Leaves files that point AWS clients at this installation; profiles of other accounts stay in them. */
function writeAwsFiles(layout: Layout, access: AwsAccess): void {
  writePrivately(layout.awsEnvFile, awsEnvText(access));
  keepProfile(layout, awsConfigText(access), awsCredentialsText(access));
}

/** Where the ledger keeps its signed checkpoints: the user's place, or beside the data folder. */
export const checkpointFile = (config: Pick<Config, 'serviceSettings'>, layout: Layout): string =>
  config.serviceSettings['CHECKPOINT_FILE'] ?? join(layout.checkpointsDir, 'checkpoints.ndjson');

/** Everything that is decided before the first process starts. */
export type Foundations = {
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly surroundings: ServiceSurroundings;
  readonly adminUrl: string;
  readonly endpoint: string;
};

function foundationsFrom(
  config: Config,
  layout: Layout,
  repoDir: string,
  ports: Ports,
): Foundations {
  const secrets = keepSecrets(layout, databaseRoles, config.rootKey);
  const port = (name: string): number => ports[name] ?? 0;
  const workerScale = config.workerScale ?? workerScaleFor(totalmem(), config.zones.length);
  const machine = { processors: availableParallelism(), memoryBytes: totalmem() };
  const databaseUrl = (role: string): string => {
    const password = secrets.rolePasswords[role] ?? '';
    return config.databaseUrl === undefined
      ? embeddedUrl(port('postgres'), role, password)
      : withLogin(config.databaseUrl, role, password);
  };
  return {
    ports,
    secrets,
    adminUrl: config.databaseUrl ?? adminUrl(port('postgres'), secrets.adminPassword),
    endpoint: `http://127.0.0.1:${port('gateway')}`,
    surroundings: {
      repoDir,
      dataDir: layout.dataDir,
      secretsDir: layout.secretsDir,
      installationFile: installationPath(config.cacheDir),
      accountId: config.accountId,
      region: config.region,
      kafkaBrokers: config.kafkaBrokers ?? `127.0.0.1:${port('kafka')}`,
      databaseUrl,
      s3Endpoint: config.s3Endpoint,
      workerScale,
      zones: config.zones,
      zoneShare: zoneShare(machine, config.zones.length, workerScale, config.inherited),
      serviceSettings: {
        CHECKPOINT_FILE: checkpointFile(config, layout),
        // With an S3 of the user's own there is none of ours, and no bucket that is surely nobody else's.
        ...(config.s3Endpoint === undefined ? { SEGMENT_STORE: 'object-store' } : {}),
        ...config.serviceSettings,
      },
      ports,
      inherited: config.inherited,
    },
  };
}

/** Addresses, logins and paths as they were chosen at the last start; for commands beside a running installation. */
export const readFoundations = (config: Config, layout: Layout, repoDir: string): Foundations =>
  foundationsFrom(config, layout, repoDir, readPorts(layout.portsFile));

/** Chooses and stores what is missing, and writes the files for AWS clients. */
export async function layFoundations(
  config: Config,
  layout: Layout,
  repoDir: string,
): Promise<Foundations> {
  createDirectories(layout);
  checkDisk(layout.homeDir);
  const ports = await keepPorts(config, layout);
  const foundations = foundationsFrom(config, layout, repoDir, ports);
  writeAwsFiles(layout, {
    endpointUrl: foundations.endpoint,
    region: config.region,
    ...foundations.secrets.rootKey,
  });
  return foundations;
}

function planInfrastructure(
  config: Config,
  layout: Layout,
  repoDir: string,
  { ports, secrets }: Foundations,
): ProcessPlan[] {
  const port = (name: string): number => ports[name] ?? 0;
  const plans: ProcessPlan[] = [];
  if (config.databaseUrl === undefined) {
    plans.push(planPostgres(layout, port('postgres'), secrets.adminPassword));
  }
  if (config.kafkaBrokers === undefined) {
    const installation = readInstallation(config.cacheDir);
    if (installation === undefined) {
      throw new Error('Kafka is not installed yet: run `npm run setup` first.');
    }
    const programs = {
      javaBin: installation.javaBin,
      libDir: installation.kafka.libDir,
      template: readTemplate(repoDir),
    };
    plans.push(
      planKafka(layout, programs, { broker: port('kafka'), controller: port('kafka-controller') }),
    );
  }
  return plans;
}

/**
 * Plans the whole installation; initialises PostgreSQL's and Kafka's disks when they are new.
 * @throws Error with one sentence for people
 */
export async function planInstallation(
  config: Config,
  layout: Layout,
  repoDir: string,
): Promise<InstallationPlan> {
  requireKnownZones(config.serviceSettings['ZONE_SUBNETS'], config.zones);
  const foundations = await layFoundations(config, layout, repoDir);
  const roles = databaseRoles.map((name) => ({
    name,
    password: foundations.secrets.rolePasswords[name] ?? '',
  }));
  return {
    endpoint: foundations.endpoint,
    infrastructure: planInfrastructure(config, layout, repoDir, foundations),
    prepare: () => prepareDatabaseApart({ adminUrl: foundations.adminUrl, roles }),
    services: planServices(foundations.surroundings),
    stopOrder: stopOrder(config.zones),
    workerDirs: workerDirs(layout.dataDir, config.zones),
  };
}
