/** Composition root of the gateway. */
import { internalClient } from '@firesteel/http/internal-client';
import { serviceToken } from '@firesteel/http/service-token';
import { readKey } from '@firesteel/service/environment';
import { closeServer, listen, runService } from '@firesteel/service/run-service';
import { config } from './config.ts';
import { createGateway } from './gateway.ts';

await runService(
  'gateway',
  { logLevel: config.LOG_LEVEL, otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT },
  async ({ log, onStop }) => {
    const serviceKey = readKey(config.FIRESTEEL_SECRETS_DIR, 'service.key');
    const client = (service: string, baseUrl: string) =>
      internalClient({ service, baseUrl, caller: 'gateway', serviceKey });
    const server = createGateway({
      services: {
        registry: client('application-registry', config.APPLICATION_REGISTRY_URL),
        scheduler: client('job-scheduler', config.JOB_SCHEDULER_URL),
        capacity: client('capacity', config.CAPACITY_URL),
        authorizer: client('iam-authorizer', config.IAM_AUTHORIZER_URL),
        billing: client('billing', config.BILLING_URL),
      },
      region: config.AWS_REGION,
      objectStoreUrl: config.OBJECT_STORE_URL,
      serviceAuthorization: () => serviceToken(serviceKey, 'gateway'),
      isReady: () =>
        fetch(new URL('/health', config.IAM_AUTHORIZER_URL), { signal: AbortSignal.timeout(1_000) })
          .then(({ ok }) => ok)
          .catch(() => false),
      log,
    });
    await listen(server, config);
    onStop(() => closeServer(server));
  },
);
