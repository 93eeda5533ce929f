/** Composition root of a worker-agent. */
import { serviceToken } from '@firesteel/http/service-token';
import { readKey } from '@firesteel/service/environment';
import { runService } from '@firesteel/service/run-service';
import { readConfig } from './config.ts';
import { startWorkerAgent } from './worker-agent.ts';

const config = readConfig();

await runService(
  'worker-agent',
  { logLevel: config.logLevel, otlpEndpoint: config.otlpEndpoint },
  async ({ log, onStop }) => {
    const key = readKey(config.secretsDir, 'service.key');
    const agent = await startWorkerAgent(config, {
      serviceAuthorization: () => serviceToken(key, 'worker-agent'),
      log,
    });
    onStop(agent.stop);
  },
);
