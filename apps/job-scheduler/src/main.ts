/** Composition root of job-scheduler. */
import { runDomainService } from '@firesteel/service/domain-service';
import { config } from './config.ts';
import { jobRunRoutes } from './job-run/routes.ts';
import { GateRow, JobRunRow } from './job-run/tables.ts';
import { CreateJobRun } from './migrations/2026-11-25-create-job-run.ts';
import { AddAttempts } from './migrations/2026-11-26-add-attempts.ts';
import {
  onAllocationEnded,
  onAllocationGranted,
  onAllocationRequested,
  onWorkerBound,
} from './reactions/on-allocation.ts';
import { onApplicationStarted } from './reactions/on-application.ts';
import { onSubmitted } from './reactions/on-job-run.ts';
import { onPoolFailed } from './reactions/on-pool.ts';
import { expireDue } from './timeouts/timeouts.ts';

const now = (): Date => new Date();
/** Time-outs are counted in minutes; a look every few seconds is exact enough. */
const timeoutCheckMs = 5_000;

await runDomainService(
  'job-scheduler',
  config,
  {
    entities: [JobRunRow, GateRow],
    migrations: [
      { name: '2026-11-25-create-job-run', class: CreateJobRun },
      { name: '2026-11-26-add-attempts', class: AddAttempts },
    ],
  },
  ({ em, serviceKey, wakeLedger, log, onStop }) => {
    const look = (): void => {
      expireDue(em, now())
        .then((changed) => changed > 0 && wakeLedger())
        .catch((error: unknown) => log.error({ err: error }, 'time-outs were not looked at'));
    };
    const timer = setInterval(look, timeoutCheckMs);
    onStop(() => clearInterval(timer));
    return {
      routes: jobRunRoutes({ em, idKey: serviceKey, region: config.AWS_REGION, wakeLedger, now }),
      reactions: {
        ApplicationStarted: onApplicationStarted,
        JobRunSubmitted: onSubmitted(now),
        AllocationRequested: onAllocationRequested,
        AllocationGranted: onAllocationGranted,
        AllocationEnded: onAllocationEnded,
        WorkerBound: onWorkerBound,
        PoolFailed: onPoolFailed,
      },
    };
  },
);
