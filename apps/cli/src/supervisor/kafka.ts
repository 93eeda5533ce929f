/** The embedded Apache Kafka: one KRaft node that is broker and controller, on loopback. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '../state/layout.ts';
import { readIfThere, writePrivately } from '../state/private-file.ts';
import { background } from './precedence.ts';
import { type ProcessPlan, usualSilenceMs } from './process-plan.ts';
import { answersBytes } from './readiness.ts';

/** What Kafka needs of an installation. */
export type KafkaPrograms = {
  readonly javaBin: string;
  readonly libDir: string;
  /** The text of `infra/kafka/server.properties`. */
  readonly template: string;
};

/** On loopback. */
export type KafkaPorts = { readonly broker: number; readonly controller: number };

/** Where this machine's broker lives, as Kafka's own properties; the template says all that is not about a place. */
export const placeProperties = (
  ports: KafkaPorts,
  logDir: string,
): Readonly<Record<string, string>> => ({
  'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controller}`,
  listeners: `PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.broker}`,
  'log.dirs': logDir,
});

/** The template with these values in the place of its own; keys that it lacks come at the end. */
export function withProperties(template: string, values: Readonly<Record<string, string>>): string {
  const kept = template
    .trimEnd()
    .split('\n')
    .filter((line) => !Object.hasOwn(values, line.split('=')[0]?.trim() ?? ''));
  const set = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return `${[...kept, ...set].join('\n')}\n`;
}

/** 16 random bytes in the URL-safe base64 that Kafka uses for ids; never with a leading dash. */
const newClusterId = (): string => randomBytes(16).toString('base64url').replace(/^-/, 'A');

function keepClusterId(path: string): string {
  const kept = readIfThere(path)?.trim();
  if (kept) return kept;
  const made = newClusterId();
  writePrivately(path, `${made}\n`);
  return made;
}

/** A request whose answer needs nothing but a broker: ApiVersions (18) of version 0, by a client without a name. */
const apiVersions = Buffer.from('0000000a' + '0012' + '0000' + '00000000' + 'ffff', 'hex');

const classPath = (libDir: string): string => `${libDir}/*`;

/** Kafka logs through slf4j's simple binding: warnings and errors, with the time. */
const logOptions = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
];

/** Writes what one node needs to know of its disk; done once, kept since. */
function format(programs: KafkaPrograms, propertiesFile: string, clusterId: string): void {
  const answer = spawnSync(
    programs.javaBin,
    [
      '-XX:TieredStopAtLevel=1',
      ...logOptions,
      '-cp',
      classPath(programs.libDir),
      'kafka.tools.StorageTool',
      'format',
      '--cluster-id',
      clusterId,
      '--config',
      propertiesFile,
      '--standalone',
      '--ignore-formatted',
    ],
    { encoding: 'utf8' },
  );
  if (answer.status === 0) return;
  const reason = answer.error?.message ?? `${answer.stdout}${answer.stderr}`.trim().slice(-1000);
  throw new Error(`Kafka's disk cannot be formatted: ${reason}`);
}

/**
 * Formats the data directory when it is new and tells how to run the broker.
 * @throws Error with Kafka's own words
 */
export function planKafka(
  layout: Pick<Layout, 'dataDir'>,
  programs: KafkaPrograms,
  ports: KafkaPorts,
): ProcessPlan {
  const dir = join(layout.dataDir, 'kafka');
  const logDir = join(dir, 'log');
  mkdirSync(logDir, { recursive: true, mode: 0o700 });
  const propertiesFile = join(dir, 'server.properties');
  writePrivately(propertiesFile, withProperties(programs.template, placeProperties(ports, logDir)));
  const clusterId = keepClusterId(join(dir, 'cluster-id'));
  if (!existsSync(join(logDir, 'meta.properties'))) format(programs, propertiesFile, clusterId);
  return {
    name: 'kafka',
    command: programs.javaBin,
    args: [
      '-Xms96m',
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      ...logOptions,
      '-cp',
      classPath(programs.libDir),
      'kafka.Kafka',
      propertiesFile,
    ],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    cwd: dir,
    port: ports.broker,
    isReady: () => answersBytes(ports.broker, apiVersions),
    answers: (withinMs) => answersBytes(ports.broker, apiVersions, withinMs),
    silenceMs: usualSilenceMs,
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
    replaceSignal: 'SIGTERM',
    niceness: background,
    takesSocket: false,
    countsChildren: false,
  };
}

/** Reads the template of the checkout. */
export const readTemplate = (repoDir: string): string =>
  readFileSync(join(repoDir, 'infra', 'kafka', 'server.properties'), 'utf8');
