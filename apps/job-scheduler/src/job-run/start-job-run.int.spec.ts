/** Gate, queue and end of runs, on a real PostgreSQL. */
import type { SequencedEvent } from '@firesteel/contracts/events';
import { load, transact } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { react } from '@firesteel/messaging/reaction';
import type { MikroORM } from '@mikro-orm/postgresql';
import { AllowanceRow } from '../allowance/allowance-table.ts';
import { jobRunMigrations } from '../migrations/job-run-migrations.ts';
import { onBudgetExhausted, onBudgetRecovered } from '../reactions/on-budget.ts';
import { SteadyClock } from '../timeouts/steady-clock.ts';
import { expireDue } from '../timeouts/timeouts.ts';
import { step } from './life.ts';
import { startJobRun } from './start-job-run.ts';
import type { ApplicationReading, StartJobRunInput } from './submission.ts';
import { GateRow, gates, JobRunRow, jobRuns } from './tables.ts';

const at = '2026-11-25T10:00:00.000Z';
/** A service's clock so many minutes after all that was told. */
const clockAt = (minutes: number): SteadyClock =>
  new SteadyClock(
    () => new Date(Date.parse(at) + minutes * 60_000),
    () => 0,
  );

describe('job-scheduler on PostgreSQL', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('job_scheduler'),
      entities: [JobRunRow, GateRow, AllowanceRow],
      migrations: jobRunMigrations,
    });
  });
  afterAll(async () => {
    await orm.close();
    await database.stop();
  });

  const reading = (applicationId: string, state = 'STARTED'): ApplicationReading => ({
    applicationId,
    version: 4,
    state,
    releaseLabel: 'emr-7.12.0',
    architecture: 'X86_64',
    settings: { schedulerConfiguration: { maxConcurrentRuns: 1, queueTimeoutMinutes: 15 } },
  });
  const start = (jobRunId: string, application: ApplicationReading, name = 'daily') => {
    const input: StartJobRunInput = {
      executionRoleArn: 'role',
      jobDriver: { sparkSubmit: { entryPoint: 's3://bucket/job.py' } },
      name,
    };
    const context = {
      jobRunId,
      accountId: '123456789012',
      region: 'us-east-1',
      createdBy: 'arn',
      executionRoleAssumable: true,
    };
    return startJobRun(orm.em, input, application, context, {}, at);
  };
  const stateOf = async (jobRunId: string) => (await load(orm.em.fork(), jobRuns, jobRunId)).state;
  const gateOf = async (id: string) => (await load(orm.em.fork(), gates, id)).state;

  it('queues what exceeds the limit and lets it go ahead when the first ends (row 18)', async () => {
    await start('a1', reading('a'));
    await start('a2', reading('a'));
    expect(await gateOf('a')).toMatchObject({ running: ['a1'], waiting: ['a2'] });
    expect(await stateOf('a2')).toMatchObject({ queued: true });
    const end = { type: 'EndJobRun', attempt: 1, outcome: { kind: 'cancelled' }, at } as const;
    await transact(orm.em, (tx) => step(tx, 'a1', end, {}));
    expect(await gateOf('a')).toMatchObject({ running: ['a2'], waiting: [] });
    expect(await stateOf('a2')).toMatchObject({ queued: false, queuedMs: 0 });
  });

  it('takes the same client token once, other parameters never (row 12)', async () => {
    await start('b1', reading('b'));
    await start('b1', reading('b', 'STOPPED'));
    await expect(start('b1', reading('b'), 'other')).rejects.toThrow(
      'The client token was used before with other parameters.',
    );
    expect(await gateOf('b')).toMatchObject({ running: ['b1'], waiting: [] });
  });

  it.each([
    [
      'STOPPED',
      'Application c must be in STARTED state to start a job run. Current state: STOPPED',
    ],
    ['TERMINATED', 'Application c is terminated. Cannot start job run.'],
    ['STOPPING', 'Application c is stopping. Cannot start job run.'],
  ])('takes no run on an application that is %s, and keeps nothing of it', async (state, words) => {
    await expect(start('c1', reading('c', state))).rejects.toThrow(words);
    expect([(await stateOf('c1')).status, (await gateOf('c')).running]).toEqual(['ABSENT', []]);
  });

  it('takes runs on an application that is being started (row 3)', async () => {
    await start('f1', reading('f', 'STARTING'));
    expect([(await stateOf('f1')).status, (await gateOf('f')).running]).toEqual([
      'SUBMITTED',
      ['f1'],
    ]);
  });

  it('lets no two runs through one place that are started together', async () => {
    await Promise.all(['d1', 'd2', 'd3'].map((id) => start(id, reading('d'))));
    const { running, waiting } = await gateOf('d');
    expect([running.length, waiting.length]).toEqual([1, 2]);
  });

  it('takes no run while a hard budget is spent, the same token excepted, and takes them again (row 29)', async () => {
    const tell = (reaction: typeof onBudgetExhausted, data: object) =>
      transact(orm.em, async (tx) =>
        react(
          reaction,
          {
            globalSeq: 1,
            data: { accountId: '123456789012', at, ...data },
            meta: {},
          } as unknown as SequencedEvent,
          tx,
        ),
      );
    await start('g1', reading('g'));
    const scope = { kind: 'application', applicationId: 'g' };
    const spent = { limitE10: '100000000000', spentE10: '100000000000', month: '2026-11' };
    for (const _told of ['once', 'again'])
      await tell(onBudgetExhausted, { budgetId: 'b', scope, ...spent });
    await start('g1', reading('g'));
    await expect(start('g2', reading('g'))).rejects.toThrow(
      'The request exceeds the monthly budget of application g: 10 of 10 USD are spent in 2026-11.',
    );
    expect((await stateOf('g2')).status).toBe('ABSENT');
    await start('h1', reading('h'));
    await tell(onBudgetRecovered, { budgetId: 'b', month: '2026-11' });
    await start('g2', reading('g'));
    expect((await stateOf('g2')).status).toBe('SUBMITTED');
  });

  it('ends what waits too long (row 18)', async () => {
    await start('e1', reading('e'));
    await start('e2', reading('e'));
    await transact(orm.em, (tx) => step(tx, 'e2', { type: 'EnqueueJobRun', at }, {}));
    await expireDue(orm.em, clockAt(15));
    expect(await stateOf('e2')).toMatchObject({
      status: 'FAILED',
      stateDetails: 'Job run was queued for longer than 15 minutes.',
    });
    expect(await gateOf('e')).toMatchObject({ running: ['e1'], waiting: [] });
  });

  it('ends nothing because the clock was set', async () => {
    await start('f1', reading('f'));
    await start('f2', reading('f'));
    await transact(orm.em, (tx) => step(tx, 'f2', { type: 'EnqueueJobRun', at }, {}));
    let [wallMinutes, passedMinutes] = [0, 0];
    const clock = new SteadyClock(
      () => new Date(Date.parse(at) + wallMinutes * 60_000),
      () => passedMinutes * 60_000,
    );
    await expireDue(orm.em, clock);
    [wallMinutes, passedMinutes] = [194, 14];
    await expireDue(orm.em, clock);
    expect((await stateOf('f2')).status).toBe('QUEUED');
    [wallMinutes, passedMinutes] = [195, 15];
    await expireDue(orm.em, clock);
    expect(await stateOf('f2')).toMatchObject({ status: 'FAILED', endedAt: clock.at() });
  });
});
