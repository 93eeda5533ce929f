/** A type of event changes its shape while there is a log: a step that only this test knows. */
import { upcasters } from '@firesteel/contracts/upcasting';
import type { MikroORM } from '@mikro-orm/postgresql';
import { openDatabase } from './database.ts';
import { append, readStream } from './event-store.ts';
import { startTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
let orm: MikroORM;
const steps: Record<string, unknown> = upcasters;

beforeAll(async () => {
  database = await startTestDatabase();
  orm = await openDatabase({
    url: database.urlOf('application_registry'),
    entities: [],
    migrations: [],
  });
});
afterAll(async () => {
  delete steps['Moved'];
  await orm.close();
  await database.stop();
});

const move = (version: number, data: object) =>
  orm.em.fork().transactional((tx) =>
    append(tx, 'application-a', version, [
      { type: 'Moved', data },
      { type: 'Rested', data: {} },
    ]),
  );
const stored = (): Promise<{ data: string; meta: string }[]> =>
  orm.em.execute('select data::text, meta::text from log.read_stream(?, 0)', ['application-a']);

it('old events are read in today’s shape, new ones say theirs, and nothing that is stored changes', async () => {
  await move(0, { to: 'Berne' });
  const before = await stored();
  expect(before).toEqual([
    { data: '{"to":"Berne"}', meta: '{}' },
    { data: '{}', meta: '{}' },
  ]);

  steps['Moved'] = [({ to }: { to: string }) => ({ town: to })];
  await move(2, { town: 'Basel' });
  const events = await readStream(orm.em.fork(), 'application-a');
  expect(events.map(({ type, data }) => [type, data])).toEqual([
    ['Moved', { town: 'Berne' }],
    ['Rested', {}],
    ['Moved', { town: 'Basel' }],
    ['Rested', {}],
  ]);
  const after = await stored();
  expect(after.slice(0, 2)).toEqual(before);
  expect(after[2]).toEqual({ data: '{"town":"Basel"}', meta: '{"schemaVersions":{"Moved":2}}' });
});
