/** Rows from before there were pools and attempts, on a real PostgreSQL. */
import type { WorkerEvent } from '@firesteel/contracts/events';
import { append } from '@firesteel/event-store';
import { load, replayRow } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { fleetEntities, workers } from '../fleet/tables.ts';
import { fleetMigrations } from './fleet-migrations.ts';

const at = '2026-11-25T10:00:00.000Z';
/** A stream as it was written then: no attempt, no heap. */
const events = [
  {
    type: 'WorkerRequested',
    data: { workerId: 'run-1', jobRunId: 'run', applicationId: 'app', reason: 'it’s wanted', at },
  },
  { type: 'WorkerLaunched', data: { pid: 7, at } },
  { type: 'WorkerReady', data: { bootMs: 1, at } },
];

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const open = (steps: number) =>
  openDatabase({
    url: database.urlOf('capacity'),
    entities: fleetEntities,
    migrations: fleetMigrations.slice(0, steps),
  });

it('makes of them what a replay gives', async () => {
  const before = await open(1);
  await append(before.em.fork(), 'worker-run-1', 0, events);
  await before.em.execute(
    `insert into worker (id, version, state, job_run_id, live) values ('run-1', 3, '{"status": "READY"}', 'run', true)`,
  );
  await before.close();
  const after = await open(fleetMigrations.length);
  const expected = replayRow(
    workers,
    'run-1',
    events as readonly object[] as readonly WorkerEvent[],
  );
  expect((await load(after.em.fork(), workers, 'run-1')).state).toEqual(
    JSON.parse(JSON.stringify(expected.state)),
  );
  const [row] = await after.em.execute('select allocation_id, application_id, live from worker');
  expect(row).toEqual({ allocation_id: 'run', application_id: 'app', live: true });
  await after.close();
});
