import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../config.ts';
import { layoutOf } from '../state/layout.ts';
import { lookAtMachine } from './machine.ts';

const repoDir = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '');
const home = mkdtempSync(join(tmpdir(), 'firesteel-doctor-'));
let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' ? (address?.port ?? 0) : 0;
});
afterAll(() => {
  server.close();
  rmSync(home, { recursive: true });
});

it('sees this machine as it is', async () => {
  const variables = {
    ...process.env,
    FIRESTEEL_PORT: String(port),
    ZONES: 'zone-a',
    FIRESTEEL_CACHE: join(home, 'none', 'yet'),
  };
  const machine = await lookAtMachine(readConfig(repoDir, variables), layoutOf(home), repoDir);
  expect(machine).toMatchObject({
    platform: `${process.platform} ${process.arch}`,
    wantedJava: 17,
    zones: 1,
    port: { number: port, holder: 'another' },
  });
  expect(machine.python?.version).toMatch(/^3\.\d+/);
  expect(machine.freeMemoryBytes).toBeLessThanOrEqual(machine.memoryBytes);
  expect(machine.disks.map(({ folder }) => folder)).toEqual([home, join(home, 'none', 'yet')]);
  for (const { freeBytes } of machine.disks) expect(freeBytes).toBeGreaterThan(0);
});

it('finds no programs where there are none', async () => {
  const config = readConfig(repoDir, { PATH: home, HOME: home });
  const machine = await lookAtMachine(config, layoutOf(home), repoDir);
  expect([machine.java, machine.python, machine.bubblewrap]).toEqual([null, null, null]);
});
