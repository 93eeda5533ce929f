import { createServer } from 'node:net';
import { holdPort } from './held-port.ts';

const listening = (port: number) =>
  new Promise<{ readonly port: number; readonly close: () => Promise<void> }>((resolve) => {
    const server = createServer();
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const close = () => new Promise<void>((closed) => server.close(() => closed()));
      resolve({ port: typeof address === 'object' ? (address?.port ?? 0) : 0, close });
    });
  });

it('holds a port that is free, and none that somebody has', async () => {
  const other = await listening(0);
  expect(holdPort(other.port)).toBeUndefined();
  await other.close();
  const held = holdPort(other.port);
  expect(held?.fd).toBeGreaterThan(2);
  held?.close();
});
