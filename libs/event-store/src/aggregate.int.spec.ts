import type { Decider } from '@firesteel/decider';
import { Migration } from '@mikro-orm/migrations';
import { defineEntity, type MikroORM, p } from '@mikro-orm/postgresql';
import { type Aggregate, handleIn, load, replayRow, transact } from './aggregate.ts';
import { handle } from './commands.ts';
import { openDatabase } from './database.ts';
import { append, readStream, VersionConflict } from './event-store.ts';
import { startTestDatabase, type TestDatabase } from './test-database.ts';

type Added = { type: 'Added'; data: { by: number } };
type Add = { type: 'Add'; by: number };
const counter: Decider<{ total: number }, Add, Added> = {
  initial: { total: 0 },
  decide: ({ by }) => (by === 0 ? [] : [{ type: 'Added', data: { by } }]),
  evolve: ({ total }, { data }) => ({ total: total + data.by }),
};
const Counter = defineEntity({
  name: 'Counter',
  tableName: 'counter',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<{ total: number }>(),
    total: p.integer(),
  },
});
class CreateCounter extends Migration {
  override up(): void {
    this.addSql(
      'create table counter (id text primary key, version int not null, state jsonb not null, total int not null)',
    );
  }
}
// The registry's role and streams stand in for a service of the test's own.
const aggregate: Aggregate<{ total: number }, Add, Added> = {
  category: 'application',
  decider: counter,
  entity: Counter,
  columns: ({ total }) => ({ total }),
};

describe('the event store on PostgreSQL', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('application_registry'),
      entities: [Counter],
      migrations: [{ name: 'create-counter', class: CreateCounter }],
    });
  });
  afterAll(async () => {
    await orm.close();
    await database.stop();
  });

  it('appends what was decided and keeps the row in step', async () => {
    await handle(orm.em, aggregate, 'a', { type: 'Add', by: 2 }, { principal: 'me' });
    await handle(orm.em, aggregate, 'a', { type: 'Add', by: 3 });
    const events = await readStream(orm.em, 'application-a');
    expect(events.map(({ version, type, data, meta }) => [version, type, data, meta])).toEqual([
      [1, 'Added', { by: 2 }, { principal: 'me' }],
      [2, 'Added', { by: 3 }, {}],
    ]);
    const [row] = await orm.em.fork().find(Counter, { id: 'a' });
    const history: Added[] = [
      { type: 'Added', data: { by: 2 } },
      { type: 'Added', data: { by: 3 } },
    ];
    expect({ ...row }).toMatchObject(replayRow(aggregate, 'a', history));
  });

  it('appends nothing when everything is already so', async () => {
    const { version } = await handle(orm.em, aggregate, 'none', { type: 'Add', by: 0 });
    expect(version).toBe(0);
    expect(await load(orm.em, aggregate, 'none')).toEqual({ state: { total: 0 }, version: 0 });
  });

  it('lets racing writers decide again until every command is in, without a gap', async () => {
    await Promise.all(
      Array.from({ length: 4 }, () => handle(orm.em, aggregate, 'race', { type: 'Add', by: 1 })),
    );
    const events = await readStream(orm.em, 'application-race');
    expect(events.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    expect((await load(orm.em, aggregate, 'race')).state).toEqual({ total: 4 });
  });

  it.each([
    ['behind', 0],
    ['ahead', 7],
  ])('refuses an append that is %s of its stream', async (_name, expected) => {
    await expect(
      transact(orm.em, async (tx) => {
        await handleIn(tx, aggregate, `conflict-${expected}`, { type: 'Add', by: 1 });
        await append(tx, `application-conflict-${expected}`, expected, [
          { type: 'Added', data: {} },
        ]);
      }),
    ).rejects.toThrow(VersionConflict);
  });

  it.each([
    [
      'append to another service’s stream',
      `select log.append_events('["job-run-1"]', '[1]', '["X"]', '[{}]', '[{}]')`,
    ],
    [
      'append to another service’s stream beside its own',
      `select log.append_events('["application-y", "job-run-1"]', '[1, 1]', '["X", "X"]', '[{}, {}]', '[{}, {}]')`,
    ],
    ['read another service’s stream', "select * from log.read_stream('worker-1', 0)"],
    ['read the log directly', 'select * from log.event'],
    [
      'write the log directly',
      "insert into log.event (stream, version, type, data, meta) values ('application-x', 1, 'X', '{}', '{}')",
    ],
    ['delete from the log', 'delete from log.event'],
    ['read another service’s schema', 'select * from capacity.cursor'],
  ])('refuses to %s', async (_name, statement) => {
    await expect(orm.em.fork().execute(statement)).rejects.toThrow(/denied|does not own/);
  });

  it('keeps even a superuser from changing history', async () => {
    const admin = await openDatabase({ url: database.adminUrl, entities: [], migrations: [] });
    await expect(admin.em.execute("update log.event set type = 'Forged'")).rejects.toThrow(
      /never changed/,
    );
    await admin.close();
  });
});
