/** Composition root of the object store: the gateway may call, and the ledger for its segments; everything streams. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { scratchBucket } from '@firesteel/contracts/scratch';
import { segmentBucket } from '@firesteel/contracts/segments';
import { internalClient } from '@firesteel/http/internal-client';
import { verifyServiceToken } from '@firesteel/http/service-token';
import { readKey } from '@firesteel/service/environment';
import { closeServer, listen, runService } from '@firesteel/service/run-service';
import { policiesAtAuthorizer } from './bucket-policies.ts';
import { config } from './config.ts';
import { judgeDeletions } from './deletion-judgement.ts';
import { createObjectStore } from './object-store.ts';
import { openSealedPayload } from './sealed-payload.ts';

const answer = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

await runService(
  'object-store',
  { logLevel: config.LOG_LEVEL, otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT },
  async ({ log, onStop }) => {
    const key = readKey(config.FIRESTEEL_SECRETS_DIR, 'service.key');
    const authorizer = internalClient({
      service: 'iam-authorizer',
      baseUrl: config.IAM_AUTHORIZER_URL,
      caller: 'object-store',
      serviceKey: key,
    });
    const policies = policiesAtAuthorizer(authorizer);
    const store = await createObjectStore({
      dataDir: join(config.FIRESTEEL_DATA_DIR, 'objects'),
      now: () => new Date(),
      openPayload: openSealedPayload,
      region: config.AWS_REGION,
      platformBuckets: [scratchBucket],
      mayDelete: judgeDeletions(authorizer),
      policies,
      report: (incident) => log.warn({ incident }, 'found at start'),
      reportFailure: (error, requestId) => log.error({ err: error, requestId }, 'request failed'),
    });
    onStop(store.close);
    // Pieces of the log: a store of its own, which no request of a tenant is ever handed to.
    const segments = await createObjectStore({
      dataDir: join(config.FIRESTEEL_DATA_DIR, 'segments'),
      now: () => new Date(),
      openPayload: openSealedPayload,
      region: config.AWS_REGION,
      platformBuckets: [segmentBucket],
      mayDelete: async () => new Set<string>(),
      policies,
      report: (incident) => log.warn({ incident }, 'found at start'),
      reportFailure: (error, requestId) => log.error({ err: error, requestId }, 'request failed'),
    });
    onStop(segments.close);
    const stores: Readonly<Record<string, typeof store>> = { gateway: store, ledger: segments };
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const { authorization } = request.headers;
      const caller = verifyServiceToken(key, authorization);
      const asked = caller === undefined ? undefined : stores[caller];
      if (asked !== undefined) asked.handle(request, response);
      else if (request.url === '/health') answer(response, 200, { status: 'ready' });
      else answer(response, 401, { kind: 'Denied', message: 'a service token is needed' });
    });
    await listen(server, config);
    onStop(() => closeServer(server));
  },
);
