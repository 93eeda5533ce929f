/** A whole gateway between a client and services that answer what a test wants. */
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { internalClient } from '@firesteel/http/internal-client';
import { createGateway } from '../gateway.ts';
import {
  type Answer,
  type Asked,
  type FakeService,
  fakeService,
  listenAnywhere,
} from './fake-services.ts';

export const accountId = '123456789012';
export const principal = `arn:aws:iam::${accountId}:root`;

/** What the authorizer answers when the root user may. */
export const allowed = {
  allowed: true,
  accountId,
  principal,
  seal: { mode: 'unsigned' },
  executionRoleAssumable: true,
};

export type ServiceName =
  | 'registry'
  | 'scheduler'
  | 'capacity'
  | 'authorizer'
  | 'billing'
  | 'objectStore';
export const names: readonly ServiceName[] = [
  'registry',
  'scheduler',
  'capacity',
  'authorizer',
  'billing',
  'objectStore',
];

/** An answer as it came over the wire. */
export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
};

export type GatewayUnderTest = {
  readonly url: string;
  readonly services: Readonly<Record<ServiceName, FakeService>>;
  /** Sends a request as it is given, nothing added but a host. */
  readonly raw: (
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: string | Buffer,
  ) => Promise<RawAnswer>;
  readonly stop: () => Promise<void>;
};

/** Headers that claim a signature for `service`; the authorizer of a test looks no closer. */
export const signedFor = (service: string): Record<string, string> => ({
  'x-amz-date': '20260301T120000Z',
  'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
  authorization: `AWS4-HMAC-SHA256 Credential=AKIA/20260301/us-east-1/${service}/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${'0'.repeat(64)}`,
});

const rawTo =
  (port: number): GatewayUnderTest['raw'] =>
  (method, path, headers = {}, body = '') =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
        text(answer)
          .then((read) =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: read }),
          )
          .catch(reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });

/** Starts a gateway whose services answer as `answer` says. */
export async function startGateway(
  answer: (name: ServiceName, asked: Asked) => Answer,
): Promise<GatewayUnderTest> {
  const started = await Promise.all(
    names.map((name) => fakeService((asked) => answer(name, asked))),
  );
  const services = Object.fromEntries(names.map((name, index) => [name, started[index]])) as Record<
    ServiceName,
    FakeService
  >;
  const client = (name: ServiceName) =>
    internalClient({
      service: name,
      baseUrl: services[name].url,
      caller: 'gateway',
      serviceKey: Buffer.alloc(32),
    });
  const server = createGateway({
    services: {
      registry: client('registry'),
      scheduler: client('scheduler'),
      capacity: client('capacity'),
      authorizer: client('authorizer'),
      billing: client('billing'),
    },
    region: 'us-east-1',
    objectStoreUrl: services.objectStore.url,
    serviceAuthorization: () => 'Bearer gateway',
    isReady: async () => true,
    log: { error: () => undefined },
  });
  const port = await listenAnywhere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    services,
    raw: rawTo(port),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await Promise.all(started.map(({ stop }) => stop()));
    },
  };
}
