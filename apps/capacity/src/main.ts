/** Composition root of capacity. */
import { internalClient } from '@firesteel/http/internal-client';
import { runDomainService } from '@firesteel/service/domain-service';
import { createCapacity } from './capacity.ts';
import { config } from './config.ts';
import { fleetEntities } from './fleet/tables.ts';
import { fleetMigrations } from './migrations/fleet-migrations.ts';
import { reactionsOf } from './reactions/reactions.ts';
import { capacityRoutes } from './routes.ts';

const now = (): Date => new Date();

await runDomainService(
  'capacity',
  config,
  { entities: fleetEntities, migrations: fleetMigrations },
  ({ em, serviceKey, wakeLedger, log, onStop }) => {
    const authorizer = internalClient({
      service: 'iam-authorizer',
      baseUrl: config.IAM_AUTHORIZER_URL,
      caller: 'capacity',
      serviceKey,
    });
    const capacity = createCapacity({
      ...{ em, serviceKey, wakeLedger, log, now },
      zoneSubnets: config.ZONE_SUBNETS,
      zoneSilenceMs: config.ZONE_SILENCE_MS,
      meterEveryMs: config.METER_EVERY_MS,
      accountQuotaVcpu: config.ACCOUNT_VCPU_QUOTA ?? null,
      fence: async (jobRunId, belowAttempt) => {
        await authorizer.call('POST', '/v1/fences', { body: { jobRunId, belowAttempt } });
      },
    });
    onStop(capacity.stop);
    return {
      routes: capacityRoutes({ em, capacity, wakeLedger, now }),
      reactions: reactionsOf(capacity.traces, now),
      committed: capacity.settle,
      listening: capacity.agents.attach,
    };
  },
);
