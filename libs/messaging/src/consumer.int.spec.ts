/** Where a consumer begins to read, with its cursor in a real PostgreSQL and a topic that only has a length. */
import { LEDGER_TOPIC } from '@firesteel/contracts/topics';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Kafka } from 'kafkajs';
import { startConsumer } from './consumer.ts';
import { moveCursor } from './cursor.ts';
import { consumerMigrations } from './parked.ts';

const name = 'billing.reactions';
let database: TestDatabase;
let orm: MikroORM;
beforeAll(async () => {
  database = await startTestDatabase();
  orm = await openDatabase({
    url: database.urlOf('billing'),
    entities: [],
    migrations: consumerMigrations,
  });
});
beforeEach(() => orm.em.execute('truncate cursor'));
afterAll(async () => {
  await orm?.close();
  await database?.stop();
});

/** Tells which places were sought; a consumer joins as soon as it runs. */
function topicOf(length: number): { readonly kafka: Kafka; readonly sought: string[] } {
  const sought: string[] = [];
  const nothing = async (): Promise<void> => undefined;
  let joined = (): void => undefined;
  const members = {
    admin: () => ({
      ...{ connect: nothing, disconnect: nothing },
      listTopics: async () => [LEDGER_TOPIC],
      fetchTopicOffsets: async () => [{ low: '0', high: String(length) }],
    }),
    consumer: () => ({
      ...{ connect: nothing, disconnect: nothing, subscribe: nothing },
      events: { GROUP_JOIN: 'join', CRASH: 'crash' },
      on: (event: string, listener: () => undefined) => {
        if (event === 'join') joined = listener;
      },
      run: async () => joined(),
      seek: ({ offset }: { readonly offset: string }) => sought.push(offset),
    }),
  };
  return { kafka: members as unknown as Kafka, sought };
}

it.each<[string, bigint | null, number, readonly string[]]>([
  ['of a consumer that never took anything, at the beginning', null, 317, ['0']],
  ['at the last message taken, to see that it is there', 316n, 317, ['316']],
  ['at the beginning, where the topic does not reach that far any more', 316n, 316, ['316', '0']],
])('the place to begin is %s', async (_name, taken, length, places) => {
  if (taken !== null)
    await orm.em
      .fork()
      .transactional((tx) => moveCursor(tx, name, { globalSeq: 314, kafkaOffset: taken }));
  const { kafka, sought } = topicOf(length);
  const failures: unknown[] = [];
  const failed = (error: unknown): void => {
    failures.push(error);
  };
  const stop = await startConsumer({
    ...{ kafka, em: orm.em.fork(), name, reactions: {}, failed, deaf: failed },
  });
  while (sought.length < places.length) await new Promise(setImmediate);
  await stop();
  expect([sought, failures]).toEqual([places, []]);
});
