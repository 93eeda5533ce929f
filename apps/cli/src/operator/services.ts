/** Speaking with the services of this machine's installation, as its operator: who may read its secrets may. */
import {
  type InternalClient,
  internalClient,
  ServiceUnavailable,
} from '@firesteel/http/internal-client';
import { readKey } from '@firesteel/service/environment';
import type { Layout } from '../state/layout.ts';
import { readPorts } from '../state/ports.ts';

/** Who these calls say they come from. */
const operator = 'operator';

/**
 * A client of one service. Its calls throw Refused with the service's own sentence, or an Error that says it is away.
 * @throws Error with one sentence when this home has never been started
 */
export function serviceClient(
  layout: Pick<Layout, 'portsFile' | 'secretsDir'>,
  service: 'capacity' | 'application-registry' | 'job-scheduler' | 'iam-authorizer' | 'billing',
): InternalClient {
  const port = readPorts(layout.portsFile)[service];
  if (port === undefined) {
    throw new Error('Firesteel has never run here: start it with `npm run up`.');
  }
  const client = internalClient({
    service,
    baseUrl: `http://127.0.0.1:${port}`,
    caller: operator,
    serviceKey: readKey(layout.secretsDir, 'service.key'),
  });
  return {
    call: (method, path, options) =>
      client.call(method, path, options).catch((error: unknown) => {
        throw error instanceof ServiceUnavailable
          ? new Error(`${service} does not answer: \`npm run status\` shows what it is doing.`)
          : error;
      }),
  };
}

/** On whose behalf the operator asks: the installation's one account. */
export const operatorOf = (accountId: string) => ({
  accountId,
  principal: operator,
  requestId: operator,
});
