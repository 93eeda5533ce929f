/** Rows from before there were attempts, on a real PostgreSQL. */
import type { JobRunEvent, JsonObject } from '@firesteel/contracts/events';
import { append } from '@firesteel/event-store';
import { load, replayRow } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { jobRun } from '../job-run/job-run.ts';
import { GateRow, JobRunRow, jobRuns } from '../job-run/tables.ts';
import { CreateJobRun } from './2026-11-25-create-job-run.ts';
import { AddAttempts } from './2026-11-26-add-attempts.ts';

const at = (minutes: number): string =>
  new Date(Date.parse('2026-11-25T10:00:00.000Z') + minutes * 60_000).toISOString();
const submission: JsonObject = {
  jobRunId: 'old',
  applicationId: '00f1',
  accountId: '123456789012',
  region: 'us-east-1',
  mode: 'BATCH',
  queued: false,
  requestHash: 'hash',
};
/** A stream as it was written before there were attempts. */
const events = [
  { type: 'JobRunSubmitted', data: { ...submission, at: at(0) } },
  { type: 'JobRunPending', data: { at: at(1) } },
  { type: 'JobRunScheduled', data: { zone: 'local-a', at: at(2) } },
  { type: 'JobRunStarted', data: { at: at(3) } },
  { type: 'JobRunFailed', data: { stateDetails: 'ExitCode: 1', at: at(4) } },
];
const stream = events as readonly object[] as readonly JobRunEvent[];

describe('a table from before there were attempts', () => {
  let database: TestDatabase;
  const open = (...migrations: readonly (typeof CreateJobRun)[]) =>
    openDatabase({
      url: database.urlOf('job_scheduler'),
      entities: [JobRunRow, GateRow],
      migrations: migrations.map((migration) => ({ name: migration.name, class: migration })),
    });
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());

  it('has after it the rows that a replay gives', async () => {
    const before = await open(CreateJobRun);
    const row = replayRow(jobRuns, 'old', stream);
    const { attempts: _, ...state } = row.state as JsonObject;
    await append(before.em.fork(), 'job-run-old', 0, events);
    await before.em.execute(
      `insert into job_run (id, version, state, application_id, account_id, status, mode, created_at)
       values ('old', 5, ?, '00f1', '123456789012', 'FAILED', 'BATCH', ?)`,
      [JSON.stringify(state), at(0)],
    );
    await before.close();
    const after = await open(CreateJobRun, AddAttempts);
    const { state: migrated } = await load(after.em.fork(), jobRuns, 'old');
    expect(migrated).toEqual(row.state);
    expect(jobRun.evolve(migrated, { type: 'JobRunPending', data: { at: at(5) } })).toMatchObject({
      attempts: [{ attempt: 1, status: 'PENDING' }],
    });
    await after.close();
  });
});
