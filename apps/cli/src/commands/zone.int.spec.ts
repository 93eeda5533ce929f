import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { verifyServiceToken } from '@firesteel/http/service-token';
import { readKey } from '@firesteel/service/environment';
import { readConfig } from '../config.ts';
import { createDirectories, layoutOf } from '../state/layout.ts';
import { writePorts } from '../state/ports.ts';
import { keepSecrets } from '../state/secrets.ts';
import { serveStatus } from '../supervisor/control.ts';
import { paintWith } from '../terminal/paint.ts';
import type { CommandContext } from './context.ts';
import { zoneCommand } from './zone.ts';

const layout = layoutOf(mkdtempSync(join(tmpdir(), 'firesteel-zone-')));
const said: string[] = [];
const asked: string[] = [];
const servers: Server[] = [];
const context: CommandContext = {
  config: readConfig(layout.homeDir, {}),
  layout,
  repoDir: '/repo',
  paint: paintWith(false),
  say: (line) => said.push(line),
};
const fleet = {
  zones: [
    { zone: 'zone-a', state: 'HEALTHY', vcpu: 16, memoryMb: 65_536, reason: 'mended' },
    { zone: 'zone-b', state: 'IMPAIRED', vcpu: 16, memoryMb: 65_536, reason: 'maintenance' },
  ],
};
const none = { reason: undefined, json: false };

/** capacity, as far as it listens: who asks must hold the installation's key. */
async function startCapacity(): Promise<number> {
  const key = readKey(layout.secretsDir, 'service.key');
  const server = createServer(async (request, response) => {
    const caller = verifyServiceToken(key, request.headers.authorization);
    asked.push(`${caller} ${request.method} ${request.url} ${await text(request)}`.trim());
    response.setHeader('content-type', 'application/json').end(JSON.stringify(fleet));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

beforeAll(() => {
  createDirectories(layout);
  keepSecrets(layout, [], undefined);
});
beforeEach(() => {
  said.length = 0;
  asked.length = 0;
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(layout.homeDir, { recursive: true });
});

it('says how to start what does not run', async () => {
  await expect(zoneCommand(context, 'list', undefined, none)).rejects.toThrow(
    'Firesteel is not running: start it with `npm run up`.',
  );
});

describe('with a supervisor', () => {
  beforeAll(async () => {
    const supervisor = { pid: process.pid, startedAtMs: 0 };
    const status = { stage: 'ready', endpoint: 'http://x', supervisor, processes: [] } as const;
    servers.push(await serveStatus(layout.controlSocket, () => status));
    writePorts(layout.portsFile, { capacity: await startCapacity() });
  });

  it('shows zones', async () => {
    expect(await zoneCommand(context, 'list', undefined, none)).toBe(0);
    expect(said).toEqual([
      'ZONE    STATE     VCPU  MEMORY  WHY',
      'zone-a  HEALTHY     16   64 GB',
      'zone-b  IMPAIRED    16   64 GB  maintenance',
    ]);
    said.length = 0;
    await zoneCommand(context, 'list', undefined, { ...none, json: true });
    expect(JSON.parse(said.join(''))).toEqual(fleet);
  });

  it('passes an operator’s word on, with the reason', async () => {
    await zoneCommand(context, 'impair', 'zone-a', { ...none, reason: 'maintenance' });
    await zoneCommand(context, 'restore', 'zone-a', none);
    expect(asked.filter((line) => line.includes('POST'))).toEqual([
      'operator POST /v1/zones/zone-a/impair {"reason":"maintenance"}',
      'operator POST /v1/zones/zone-a/restore {"reason":"an operator said so"}',
    ]);
  });

  it('knows no zone that is none', async () => {
    await expect(zoneCommand(context, 'impair', 'zone-c', none)).rejects.toThrow(
      /There is no zone zone-c. Did you mean/,
    );
    await expect(zoneCommand(context, 'impair', 'moon', none)).rejects.toThrow(
      'There is no zone moon, only zone-a, zone-b.',
    );
  });

  it('says so when capacity does not answer', async () => {
    writePorts(layout.portsFile, { capacity: 9 });
    await expect(zoneCommand(context, 'list', undefined, none)).rejects.toThrow(
      'capacity does not answer: `npm run status` shows what it is doing.',
    );
  });
});
