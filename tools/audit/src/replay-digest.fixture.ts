/** Prints the digest of a replay of two services: for tests that compare processes. */
import { aggregates as registryAggregates } from '@firesteel/application-registry/aggregates';
import { aggregates as billingAggregates } from '@firesteel/billing/aggregates';
import type { AuditedService } from './audited-service.ts';
import { runAudit, withDatabase } from './command-line.ts';
import { replayLog } from './replaying.ts';

const services: readonly AuditedService[] = [
  { schema: 'application_registry', aggregates: registryAggregates },
  { schema: 'billing', aggregates: billingAggregates },
];

process.exitCode = await runAudit([], {
  help: '',
  options: {},
  run: async () => {
    const { digest, differences } = await withDatabase((em) =>
      replayLog(em, services, { patienceMs: 0, pauseMs: 1 }),
    );
    return { sound: differences.length === 0, lines: [digest], report: {} };
  },
});
