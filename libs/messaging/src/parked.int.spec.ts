/** Events that cannot be taken, on a real PostgreSQL. */
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import type { MikroORM } from '@mikro-orm/postgresql';
import { createJudge, type Placed, takeBatch } from './batch.ts';
import { currentIncarnation } from './cursor.ts';
import { consumerMigrations, dropParked, listParked, retryParked } from './parked.ts';
import { passes, type Reaction, ReactionFailed } from './reaction.ts';

describe('parking', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  let incarnation: string;
  let taken: number[];
  let poisonous: number[];
  const name = 'billing.reactions';
  const reaction: Reaction = async ({ globalSeq }, tx) => {
    // Half of its work is done when it fails: nothing of that may stay.
    await tx.execute('insert into seen values (?)', [globalSeq]);
    if (poisonous.includes(globalSeq)) await tx.execute('select 1 / 0');
    taken.push(globalSeq);
  };
  const consumer = () => ({ em: orm.em, name, reactions: { Told: reaction } });
  /** Streams by place: a, b, a, a, c. */
  const batch = (): Placed[] =>
    ['a', 'b', 'a', 'a', 'c'].map((stream, index) => {
      const event = {
        ...{ globalSeq: index + 1, stream: `worker-${stream}`, version: 1, eventId: `id-${index}` },
        ...{ type: 'Told', recordedAt: '2026-11-27T10:00:00.000000Z', data: {}, meta: {} },
        incarnation,
      };
      return { ...event, offset: BigInt(index), event: () => event };
    });
  const seen = async (): Promise<number[]> => {
    const rows = await orm.em.fork().execute<{ n: string }[]>('select n from seen order by n');
    return rows.map(({ n }) => Number(n));
  };
  /** What the consumer does until a batch has been taken; answers how often it failed. */
  const consume = async (): Promise<number> => {
    const judge = createJudge();
    for (let failures = 0; failures < 20; failures += 1)
      try {
        await takeBatch(consumer(), batch(), judge);
        return failures;
      } catch (error) {
        judge.failed(error);
      }
    throw new Error('never taken');
  };
  const parked = async () =>
    (await listParked(orm.em.fork(), name)).map(({ globalSeq, cause }) => [globalSeq, cause]);

  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('billing'),
      entities: [],
      migrations: consumerMigrations,
    });
    await orm.em.execute('create table seen (n int)');
    incarnation = await currentIncarnation(orm.em);
  });
  beforeEach(async () => {
    [taken, poisonous] = [[], [1]];
    await orm.em.execute('truncate cursor, parked, seen');
  });
  afterAll(async () => {
    await orm?.close();
    await database?.stop();
  });

  it('tries five times, then parks the event and its stream; the others go on', async () => {
    expect(await consume()).toBe(5);
    expect(await seen()).toEqual([2, 5]);
    expect(await parked()).toEqual([
      [1, expect.stringContaining('division by zero')],
      [3, 'behind event 1'],
      [4, 'behind event 1'],
    ]);
  });

  it('parks a stream from where it fails', async () => {
    poisonous = [3];
    await consume();
    expect(await seen()).toEqual([1, 2, 5]);
    expect((await parked()).map(([seq]) => seq)).toEqual([3, 4]);
  });

  it('takes a mended stream in its order, all of it or none', async () => {
    await consume();
    poisonous = [4];
    await expect(retryParked(consumer(), 3)).rejects.toThrow(ReactionFailed);
    expect((await parked()).length).toBe(3);
    [taken, poisonous] = [[], []];
    expect(await retryParked(consumer(), 3)).toBe(3);
    expect(taken).toEqual([1, 3, 4]);
    expect(await seen()).toEqual([1, 2, 3, 4, 5]);
    expect(await parked()).toEqual([]);
  });

  it('forgets an event, and keeps what waits behind it until that is tried', async () => {
    await consume();
    await dropParked(consumer(), 1);
    expect((await parked()).map(([seq]) => seq)).toEqual([3, 4]);
    expect(await retryParked(consumer(), 4)).toBe(2);
    expect(await seen()).toEqual([2, 3, 4, 5]);
    await expect(dropParked(consumer(), 1)).rejects.toThrow('Event 1 is not parked here');
    await expect(retryParked(consumer(), 1)).rejects.toThrow('Event 1 is not parked here');
  });

  it.each([
    ['a database that shuts down', { code: '57P01' }, true],
    ['a full disk', { code: '53100' }, true],
    ['a deadlock', { code: '40P01' }, true],
    ['a refused connection', { code: 'ECONNREFUSED' }, true],
    [
      'a connection that broke before this query',
      { message: 'Client has encountered a connection error and is not queryable' },
      true,
    ],
    ['a broker that elects a leader', { retriable: true }, true],
    ['a division by zero', { code: '22012' }, false],
    ['a programming error', {}, false],
  ])('%s passes by itself: %j, %s', (_name, fields, expected) => {
    expect(passes(Object.assign(new Error('x'), fields))).toBe(expected);
  });
});
