/** Composition root of application-registry. */
import { runDomainService } from '@firesteel/service/domain-service';
import { ApplicationRow } from './application/application-table.ts';
import { applicationRoutes } from './application/routes.ts';
import { config } from './config.ts';
import { applicationMigrations } from './migrations/application-migrations.ts';
import { reactions } from './reactions/reactions.ts';

await runDomainService(
  'application-registry',
  config,
  {
    entities: [ApplicationRow],
    migrations: applicationMigrations,
  },
  ({ em, serviceKey, wakeLedger }) => ({
    routes: applicationRoutes({
      em,
      idKey: serviceKey,
      region: config.AWS_REGION,
      wakeLedger,
      now: () => new Date(),
    }),
    reactions,
  }),
);
