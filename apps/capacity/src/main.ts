/** Composition root of capacity. */
import { runDomainService } from '@firesteel/service/domain-service';
import { createCapacity } from './capacity.ts';
import { config } from './config.ts';
import { AllocationRow, WorkerRow } from './fleet/tables.ts';
import { CreateFleet } from './migrations/2026-11-25-create-fleet.ts';
import { onCancelling, onDequeued, onSubmitted } from './reactions/on-job-run.ts';
import { capacityRoutes } from './routes.ts';

const now = (): Date => new Date();

await runDomainService(
  'capacity',
  config,
  {
    entities: [AllocationRow, WorkerRow],
    migrations: [{ name: '2026-11-25-create-fleet', class: CreateFleet }],
  },
  ({ em, serviceKey, wakeLedger, log, onStop }) => {
    const capacity = createCapacity({ em, serviceKey, wakeLedger, log, now });
    onStop(capacity.stop);
    return {
      routes: capacityRoutes(em, capacity.agents, capacity.milestones),
      reactions: {
        JobRunSubmitted: onSubmitted(capacity.traces, now),
        JobRunDequeued: onDequeued(capacity.traces, now),
        JobRunCancelling: onCancelling(now),
      },
      committed: capacity.settle,
      listening: capacity.agents.attach,
    };
  },
);
