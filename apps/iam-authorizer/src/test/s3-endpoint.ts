/** The whole way of an S3 request: gateway and object store as processes, before the authorizer of a test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthorizerUnderTest } from './authorizer-under-test.ts';

export type S3Endpoint = { readonly url: string; readonly stop: () => Promise<void> };

const listenAnywhere = async (server: ReturnType<typeof createServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await listenAnywhere(server);
  await new Promise((closed) => server.close(closed));
  return port;
};
const urlOf = (port: number): string => `http://127.0.0.1:${port}`;

const tries = 300;
const pauseMs = 100;

/** Waits until `/health` is 200. */
async function healthy(url: string): Promise<void> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((tick) => setTimeout(tick, pauseMs));
  }
  throw new Error(`${url} does not become ready`);
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

/** Starts both, with files of their own; the authorizer is asked over HTTP, as ever. */
export async function startS3Endpoint(authorizer: AuthorizerUnderTest): Promise<S3Endpoint> {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-s3-'));
  writeFileSync(join(folder, 'service.key'), authorizer.serviceKey.toString('hex'));
  const authorizing = createServer((request, response) => authorizer.app()(request, response));
  const authorizerUrl = urlOf(await listenAnywhere(authorizing));
  const [gatewayPort, storePort] = [await freePort(), await freePort()];
  const start = (app: string, port: number): ChildProcess =>
    spawn(process.execPath, [join(import.meta.dirname, `../../../${app}/src/main.ts`)], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PORT: String(port),
        FIRESTEEL_SECRETS_DIR: folder,
        FIRESTEEL_DATA_DIR: folder,
        LOG_LEVEL: 'silent',
        IAM_AUTHORIZER_URL: authorizerUrl,
        OBJECT_STORE_URL: urlOf(storePort),
        // S3 requests never get there.
        APPLICATION_REGISTRY_URL: authorizerUrl,
        JOB_SCHEDULER_URL: authorizerUrl,
        CAPACITY_URL: authorizerUrl,
        BILLING_URL: authorizerUrl,
      },
    });
  const children = [start('object-store', storePort), start('gateway', gatewayPort)];
  await Promise.all([storePort, gatewayPort].map((port) => healthy(urlOf(port))));
  return {
    url: urlOf(gatewayPort),
    stop: async () => {
      for (const child of children) child.kill('SIGTERM');
      await Promise.all(children.map(ended));
      authorizing.closeAllConnections();
      await new Promise((closed) => authorizing.close(closed));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
