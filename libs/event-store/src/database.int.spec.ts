import type { MikroORM } from '@mikro-orm/postgresql';
import { openDatabase } from './database.ts';
import { startTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
let orm: MikroORM;
beforeAll(async () => {
  database = await startTestDatabase();
  orm = await openDatabase({
    ...{ url: database.urlOf('ledger'), entities: [], migrations: [], poolSize: 2 },
  });
});
afterAll(async () => {
  await orm.close();
  await database.stop();
});

const breaks = (): Promise<unknown> =>
  orm.em
    .fork()
    .transactional((tx) => tx.execute('select pg_terminate_backend(pg_backend_pid())'))
    .catch((error: Error) => error.message);

it('goes on after more broken transactions than its pool has places', async () => {
  const messages = await Promise.all([breaks(), breaks()]);
  messages.push(await breaks());
  expect(messages).toEqual(Array(3).fill(expect.stringMatching(/terminat/)));
  expect(await orm.em.fork().execute('select 1 as one')).toEqual([{ one: 1 }]);
});
