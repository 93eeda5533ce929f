/** Composition root of application-registry. */
import { runDomainService } from '@firesteel/service/domain-service';
import { ApplicationRow } from './application/application-table.ts';
import { applicationRoutes } from './application/routes.ts';
import { config } from './config.ts';
import { CreateApplication } from './migrations/2026-11-25-create-application.ts';
import { NotePools } from './migrations/2026-11-26-note-pools.ts';
import { stopIdleApplication } from './reactions/on-gate.ts';
import { onPoolFailed, onPoolReady, onPoolReleased } from './reactions/on-pool.ts';

await runDomainService(
  'application-registry',
  config,
  {
    entities: [ApplicationRow],
    migrations: [
      { name: '2026-11-25-create-application', class: CreateApplication },
      { name: '2026-11-26-note-pools', class: NotePools },
    ],
  },
  ({ em, serviceKey, wakeLedger }) => ({
    routes: applicationRoutes({
      em,
      idKey: serviceKey,
      region: config.AWS_REGION,
      wakeLedger,
      now: () => new Date(),
    }),
    reactions: {
      GateIdled: stopIdleApplication,
      PoolReady: onPoolReady,
      PoolFailed: onPoolFailed,
      PoolReleased: onPoolReleased,
    },
  }),
);
