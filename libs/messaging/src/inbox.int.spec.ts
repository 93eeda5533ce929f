/** What passes by without a transaction, on a real PostgreSQL and a clock of the test's own. */
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Gap, type Placed } from './batch.ts';
import { currentIncarnation } from './cursor.ts';
import { Inbox } from './inbox.ts';
import { consumerMigrations } from './parked.ts';

describe('an inbox', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  let incarnation: string;
  let heard: number[];
  let failures: unknown[];
  let stumbles: unknown[];
  let due: (() => void)[];
  let fails: boolean;
  const name = 'billing.reactions';

  const open = (): Inbox =>
    new Inbox(
      {
        ...{ em: orm.em, name, failed: (error) => failures.push(error) },
        reactions: {
          Told: async ({ globalSeq }, tx) => {
            if (fails) await tx.execute('select 1 / 0');
            heard.push(globalSeq);
          },
        },
        later: (work) => due.push(work),
      },
      (error) => stumbles.push(error),
    );
  const event = (globalSeq: number, type: string): Placed => ({
    ...{ globalSeq, type, incarnation, offset: BigInt(globalSeq) },
    event: () => ({
      ...{ globalSeq, stream: 'worker-a', version: globalSeq, eventId: `id-${globalSeq}`, type },
      ...{ recordedAt: '2026-11-27T10:00:00.000000Z', data: {}, meta: {}, incarnation },
    }),
  });
  const others = (...seqs: number[]): Placed[] => seqs.map((seq) => event(seq, 'Elsewhere'));
  const cursor = async (): Promise<number> => {
    const [row] = await orm.em
      .fork()
      .execute<{ n: string }[]>('select global_seq as n from cursor');
    return Number(row?.n ?? 0);
  };
  /** The second is over. */
  const passTime = (): void => {
    for (const work of due.splice(0)) work();
  };

  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('billing'),
      entities: [],
      migrations: consumerMigrations,
    });
    incarnation = await currentIncarnation(orm.em);
  });
  beforeEach(async () => {
    [heard, failures, stumbles, due, fails] = [[], [], [], [], false];
    await orm.em.execute('truncate cursor');
  });
  afterAll(async () => {
    await orm?.close();
    await database?.stop();
  });

  it('writes down what passed with the next event that is for it', async () => {
    const inbox = open();
    await inbox.take(others(1, 2));
    await inbox.take(others(3));
    expect([await cursor(), due.length]).toEqual([0, 1]);
    await inbox.take([event(4, 'Told'), ...others(5)]);
    expect([await cursor(), heard]).toEqual([5, [4]]);
  });

  it('writes it down after a second when nothing comes, and again later when it could not', async () => {
    const inbox = open();
    await inbox.take(others(1, 2));
    await orm.em.execute('alter table cursor rename to elsewhere');
    passTime();
    await inbox.take([]);
    await orm.em.execute('alter table elsewhere rename to cursor');
    expect([failures.length, stumbles.length, due.length]).toEqual([1, 1, 1]);
    passTime();
    await inbox.take([]);
    expect([await cursor(), due.length]).toEqual([2, 0]);
  });

  it('keeps what passed when a batch is not taken, and takes both when it comes again', async () => {
    const inbox = open();
    await inbox.take(others(1));
    fails = true;
    await expect(inbox.take([event(2, 'Told')])).rejects.toThrow('division by zero');
    expect(await cursor()).toBe(0);
    fails = false;
    await inbox.take([event(2, 'Told')]);
    expect([await cursor(), heard]).toEqual([2, [2]]);
  });

  it('forgets what passed at a hole, since it is read again', async () => {
    const inbox = open();
    await inbox.take(others(2, 3));
    await expect(inbox.take([event(4, 'Told')])).rejects.toThrow(Gap);
    await inbox.take([...others(1, 2, 3), event(4, 'Told')]);
    expect([await cursor(), heard]).toEqual([4, [4]]);
  });

  it('looks for what was told too late, and says so as long as it is nowhere', async () => {
    const inbox = open();
    await expect(inbox.take([event(4, 'Told')])).rejects.toThrow(new Gap(1, 4));
    await inbox.take([event(4, 'Told'), event(5, 'Told')]);
    expect([await cursor(), heard]).toEqual([0, []]);
    expect(failures).toEqual([new Gap(1, 4), new Gap(1, 5)]);
    await inbox.take([...others(1, 2, 3), event(4, 'Told'), event(5, 'Told')]);
    expect([await cursor(), heard, failures.length]).toEqual([5, [4, 5], 2]);
  });

  it('remembers no more than it may', async () => {
    await open().take(others(...Array.from({ length: 1_001 }, (_, index) => index + 1)));
    expect([await cursor(), due.length]).toEqual([1_001, 0]);
  });

  it('writes nothing once it is closed', async () => {
    const inbox = open();
    await inbox.take(others(1));
    inbox.close();
    passTime();
    await inbox.take([]);
    expect(await cursor()).toBe(0);
  });
});
