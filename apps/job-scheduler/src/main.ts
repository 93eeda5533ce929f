/** Composition root of job-scheduler. */
import { runDomainService } from '@firesteel/service/domain-service';
import { AllowanceRow } from './allowance/allowance-table.ts';
import { config } from './config.ts';
import { jobRunRoutes } from './job-run/routes.ts';
import { GateRow, JobRunRow } from './job-run/tables.ts';
import { jobRunMigrations } from './migrations/job-run-migrations.ts';
import { reactionsOf } from './reactions/reactions.ts';
import { SteadyClock } from './timeouts/steady-clock.ts';
import { expireDue } from './timeouts/timeouts.ts';

const now = (): Date => new Date();
/** Time-outs are counted in minutes; a look every few seconds is exact enough. */
const timeoutCheckMs = 5_000;

await runDomainService(
  'job-scheduler',
  config,
  {
    entities: [JobRunRow, GateRow, AllowanceRow],
    migrations: jobRunMigrations,
  },
  ({ em, serviceKey, wakeLedger, log, onStop }) => {
    const clock = new SteadyClock(now, () => performance.now());
    const look = (): void => {
      expireDue(em, clock)
        .then((changed) => changed > 0 && wakeLedger())
        .catch((error: unknown) => log.error({ err: error }, 'time-outs were not looked at'));
    };
    const timer = setInterval(look, timeoutCheckMs);
    onStop(() => clearInterval(timer));
    return {
      routes: jobRunRoutes({ em, idKey: serviceKey, region: config.AWS_REGION, wakeLedger, now }),
      reactions: reactionsOf(now),
    };
  },
);
