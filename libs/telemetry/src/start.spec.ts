import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metrics } from '@opentelemetry/api';
import { observe } from './gauges.ts';
import { startTelemetry } from './start.ts';

it('sends metrics where its traces go', async () => {
  const { promise: heard, resolve } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end());
    if (request.url === '/v1/metrics') resolve(request.headers['content-type'] ?? '');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const stop = await startTelemetry('test', `http://127.0.0.1:${port}/`, 50);
  const gauge = { name: 'Level', unit: 'GB', description: 'how much there is' };
  observe([gauge], async () => [{ values: { Level: 1 }, attributes: {} }]);
  expect(await heard).toBe('application/json');
  await stop();
  metrics.disable();
  server.closeAllConnections();
  server.close();
});

it('does nothing where nobody listens', async () => {
  const stop = await startTelemetry('test', undefined);
  let measured = false;
  observe([{ name: 'Level', unit: 'GB', description: 'how much there is' }], async () => {
    measured = true;
    return [];
  });
  await stop();
  expect(measured).toBe(false);
});
