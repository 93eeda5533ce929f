/** Composition root of application-registry. */
import { runDomainService } from '@firesteel/service/domain-service';
import { ApplicationRow } from './application/application-table.ts';
import { applicationRoutes } from './application/routes.ts';
import { config } from './config.ts';
import { CreateApplication } from './migrations/2026-11-25-create-application.ts';
import { stopIdleApplication } from './reactions/on-gate.ts';

await runDomainService(
  'application-registry',
  config,
  {
    entities: [ApplicationRow],
    migrations: [{ name: '2026-11-25-create-application', class: CreateApplication }],
  },
  ({ em, serviceKey, wakeLedger }) => ({
    routes: applicationRoutes({
      em,
      idKey: serviceKey,
      region: config.AWS_REGION,
      wakeLedger,
      now: () => new Date(),
    }),
    reactions: { GateIdled: stopIdleApplication },
  }),
);
