import { Refused } from '@firesteel/decider/refused';
import type { MikroORM } from '@mikro-orm/postgresql';
import { handleIn, load } from './aggregate.ts';
import { commit, handle } from './commands.ts';
import { openDatabase } from './database.ts';
import { readStream } from './event-store.ts';
import { AccountRow, accounts, CreateAccount, type Move } from './test-account.ts';
import { startTestDatabase, type TestDatabase } from './test-database.ts';

const move = (by: number): Move => ({ type: 'Move', by });
const many = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

describe('commands that come together', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  let admin: MikroORM;
  const open = (): Promise<MikroORM> =>
    openDatabase({
      url: database.urlOf('application_registry'),
      entities: [AccountRow],
      migrations: [{ name: 'create-account', class: CreateAccount }],
    });
  const versionsOf = async (id: string): Promise<readonly number[]> =>
    (await readStream(orm.em.fork(), `application-${id}`)).map(({ version }) => version);
  const transactionsOf = async (streams: string): Promise<number> => {
    const [row] = await admin.em.execute<{ count: string }[]>(
      'select count(distinct xmin::text) from log.event where stream like ?',
      [streams],
    );
    return Number(row?.count);
  };

  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await open();
    admin = await openDatabase({ url: database.adminUrl, entities: [], migrations: [] });
  });
  afterAll(async () => {
    await admin.close();
    await orm.close();
    await database.stop();
  });

  it('share a transaction, each durable when it is answered', async () => {
    const handled = await Promise.all(
      many(100).map((i) => handle(orm.em, accounts, `many-${i}`, move(i), { requestId: `r${i}` })),
    );
    expect(handled.map(({ state }) => state.balance)).toEqual(many(100));
    expect(await transactionsOf('application-many-%')).toBeLessThanOrEqual(3);
    const [event] = await readStream(orm.em.fork(), 'application-many-42');
    expect(event).toMatchObject({ version: 1, data: { by: 42 }, meta: { requestId: 'r42' } });
    expect(await load(orm.em, accounts, 'many-42')).toEqual({ version: 1, state: { balance: 42 } });
  });

  it('are decided one after another where they meet on a stream', async () => {
    await Promise.all(many(20).map(() => handle(orm.em, accounts, 'shared', move(1))));
    expect(await versionsOf('shared')).toEqual(many(20).map((i) => i + 1));
    expect((await load(orm.em, accounts, 'shared')).state).toEqual({ balance: 20 });
  });

  it('are refused by themselves and leave nothing', async () => {
    await handle(orm.em, accounts, 'purse', move(3));
    const outcomes = await Promise.allSettled(
      [-2, -2, 1, -2].map((by) => handle(orm.em, accounts, 'purse', move(by))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(outcomes[1]).toMatchObject({ reason: expect.any(Refused) });
    expect((await load(orm.em, accounts, 'purse')).state).toEqual({ balance: 0 });
  });

  it('keep text as it is', async () => {
    await handle(orm.em, accounts, 'rich', move(100));
    const row = await orm.em.fork().findOneOrFail(AccountRow, { id: 'rich' });
    expect(row.note).toBe(`"rich", \\ 'and' ünïcode`);
  });

  it('leave nothing of a work that is refused half way', async () => {
    await handle(orm.em, accounts, 'from', move(5));
    const transfer = (by: number): Promise<number> =>
      commit(
        orm.em,
        ['to', 'from'].map((id) => ({ aggregate: accounts, id })),
        (unit) => {
          unit.handle(accounts, 'to', move(by));
          return unit.handle(accounts, 'from', move(-by)).state.balance;
        },
      );
    const outcomes = await Promise.allSettled([transfer(2), transfer(9), transfer(3)]);
    expect(outcomes).toMatchObject([
      { value: 3 },
      { reason: { message: 'only 3 there' } },
      { value: 0 },
    ]);
    expect((await load(orm.em, accounts, 'to')).state).toEqual({ balance: 5 });
  });

  it('come to one end where their streams lie across groups that are under way together', async () => {
    const purses = many(5).map((i) => `across-${i}`);
    await Promise.all(purses.map((id) => handle(orm.em, accounts, id, move(100))));
    await Promise.all(
      many(60).map((i) => {
        const ids = [i % 5, (i + 1 + (i % 3)) % 5].map((purse) => `across-${purse}`);
        return commit(
          orm.em,
          ids.map((id) => ({ aggregate: accounts, id })),
          (unit) => {
            for (const [index, id] of ids.entries())
              unit.handle(accounts, id, move(index === 0 ? -1 : 1));
          },
        );
      }),
    );
    const standings = await Promise.all(purses.map((id) => load(orm.em, accounts, id)));
    expect(standings.reduce((sum, { state }) => sum + state.balance, 0)).toBe(500);
    expect(standings.reduce((sum, { version }) => sum + version, 0)).toBe(5 + 2 * 60);
    for (const [index, id] of purses.entries())
      expect(await versionsOf(id)).toEqual(many(standings[index]?.version ?? 0).map((i) => i + 1));
  });

  it('must name the streams they touch', async () => {
    await expect(
      commit(orm.em, [], (unit) => unit.handle(accounts, 'unnamed', move(1))),
    ).rejects.toThrow('application-unnamed is not among the places of this work');
  });

  it('are refused within a transaction, which would wait for itself', async () => {
    const within = orm.em.fork().transactional(() => handle(orm.em, accounts, 'within', move(1)));
    await expect(within).rejects.toThrow('use handleIn');
    expect(await versionsOf('within')).toEqual([]);
  });

  it('do not wait for one that somebody else holds up', async () => {
    const other = await open();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = (): void => {};
    const writing = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = other.em.fork().transactional(async (tx) => {
      await handleIn(tx, accounts, 'held', move(1));
      begun();
      await held;
    });
    await writing;
    const waiting = handle(orm.em, accounts, 'held', move(10));
    const passing = await Promise.all(
      many(5).map((i) => handle(orm.em, accounts, `free-${i}`, move(1))),
    );
    expect(passing).toHaveLength(5);
    release();
    await slow;
    expect(await waiting).toMatchObject({ version: 2, state: { balance: 11 } });
    await other.close();
  });

  it('are not decided again when it is not known whether they were committed', async () => {
    await admin.em.execute(`
      create function application_registry.refuse_commit() returns trigger language plpgsql as
        $$ begin raise exception 'the disk went away'; end $$;
      create constraint trigger refuse_commit after insert on application_registry.account deferrable initially deferred
        for each row when (new.id like 'lost-%') execute function application_registry.refuse_commit()`);
    let decided = 0;
    const work = (id: string): Promise<unknown> =>
      commit(orm.em, [{ aggregate: accounts, id }], (unit) => {
        decided += 1;
        return unit.handle(accounts, id, move(1));
      });
    const outcomes = await Promise.allSettled([work('lost-1'), work('lost-2'), work('lost-3')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(decided).toBe(3);
    expect(await versionsOf('lost-1')).toEqual([]);
  });
});
