/** Reactions that share their reading and writing, on a real PostgreSQL. */
import type { JsonObject } from '@firesteel/contracts/events';
import { readStream } from '@firesteel/event-store';
import { load } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import {
  AccountRow,
  accounts,
  CreateAccount,
  type Moved,
} from '@firesteel/event-store/test-account';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import type { MikroORM } from '@mikro-orm/postgresql';
import fc from 'fast-check';
import { createJudge, type Placed, takeBatch } from './batch.ts';
import { currentIncarnation } from './cursor.ts';
import { consumerMigrations, listParked } from './parked.ts';
import { commanding, type Reaction, TogetherFailed } from './reaction.ts';

/** What somebody told, and the account it is about. */
type Told = { readonly type: string; readonly to: string; readonly by: number };

describe('reactions that are taken together', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  let incarnation: string;
  let globalSeq = 0;
  /** Balances that a reaction found which reads the database. */
  let read: number[];
  const name = 'application-registry.reactions';
  const reactions: Record<string, Reaction> = {
    Paid: commanding(accounts, ({ data }) => {
      const command = { type: 'Move', by: Number(data['by']) } as const;
      return command.by === 0 ? null : { id: String(data['to']), command };
    }),
    Asked: async ({ data }, tx) => {
      read.push((await load(tx, accounts, String(data['to']))).state.balance);
    },
  };
  const batchOf = (told: readonly Told[]): Placed[] =>
    told.map(({ type, ...data }) => {
      globalSeq += 1;
      const event = {
        ...{ globalSeq, stream: `gate-${data.to}`, version: 1, eventId: `id-${globalSeq}`, type },
        ...{ recordedAt: '2026-11-27T10:00:00.000000Z', data: data as JsonObject, meta: {} },
        incarnation,
      };
      return { ...event, offset: BigInt(globalSeq), event: () => event };
    });
  const take = async (told: readonly Told[], together = 256): Promise<number> => {
    const judgement = { condemned: new Map(), together };
    return (await takeBatch({ em: orm.em, name, reactions }, batchOf(told), judgement)).reacted;
  };
  const pay = (to: string, by: number): Told => ({ type: 'Paid', to, by });
  const ask = (to: string): Told => ({ type: 'Asked', to, by: 0 });
  const movesOf = async (id: string) =>
    (await readStream(orm.em, `application-${id}`)).map(({ version, data, meta }) => ({
      ...{ version, by: (data as Moved['data']).by, causedBy: meta.causedBy },
    }));

  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('application_registry'),
      entities: [AccountRow],
      migrations: [...consumerMigrations, { name: 'create-account', class: CreateAccount }],
    });
    incarnation = await currentIncarnation(orm.em);
  });
  beforeEach(() => {
    read = [];
  });
  afterAll(async () => {
    await orm?.close();
    await database?.stop();
  });

  it('decide one on another, in their order, and name what caused each', async () => {
    const before = globalSeq;
    expect(await take([pay('a', 5), pay('b', 1), pay('a', -2), pay('a', 0)])).toBe(4);
    expect(await movesOf('a')).toEqual([
      { version: 1, by: 5, causedBy: before + 1 },
      { version: 2, by: -2, causedBy: before + 3 },
    ]);
    expect((await load(orm.em, accounts, 'a')).state).toEqual({ balance: 3 });
  });

  it('are written before somebody else reads the database', async () => {
    await take([pay('c', 1), ask('c'), pay('c', 2), pay('c', 3), ask('c')]);
    expect(read).toEqual([1, 6]);
  });

  it('leave nothing of one that is refused, and go on', async () => {
    await take([pay('d', 1), pay('d', -2), pay('d', 3)]);
    expect((await movesOf('d')).map(({ by }) => by)).toEqual([1, 3]);
  });

  it('find out singly which of them cannot be written, and park its stream alone', async () => {
    const batch = batchOf([pay('e', 1), pay('f', 5_000_000), pay('g', 1)]);
    const judge = createJudge();
    const failures: unknown[] = [];
    const attempt = (): Promise<unknown> =>
      takeBatch({ em: orm.em, name, reactions }, batch, judge).catch((error: unknown) => {
        failures.push(error);
        judge.failed(error);
        return undefined;
      });
    while ((await attempt()) === undefined) expect(failures.length).toBeLessThan(9);
    expect([failures.length, failures[0] instanceof TogetherFailed]).toEqual([6, true]);
    const parked = await listParked(orm.em.fork(), name);
    expect(parked.map(({ stream }) => stream)).toEqual(['gate-f']);
    expect([await movesOf('e'), await movesOf('f'), await movesOf('g')]).toMatchObject([
      [{ by: 1 }],
      [],
      [{ by: 1 }],
    ]);
  });

  it('come to the same as one by one, whatever comes', async () => {
    let round = 0;
    const told = fc.array(
      fc.record({
        type: fc.constantFrom('Paid', 'Paid', 'Asked', 'Unheard'),
        to: fc.constantFrom('x', 'y', 'z'),
        by: fc.integer({ min: -3, max: 5 }),
      }),
      { maxLength: 12 },
    );
    const outcome = async (all: readonly Told[], together: number) => {
      round += 1;
      read = [];
      const own = (id: string): string => `${id}${round}`;
      await take(
        all.map((one) => ({ ...one, to: own(one.to) })),
        together,
      );
      const moves = await Promise.all(
        ['x', 'y', 'z'].map(async (id) => [
          (await load(orm.em, accounts, own(id))).state,
          (await movesOf(own(id))).map(({ version, by }) => [version, by]),
        ]),
      );
      return { moves, read };
    };
    await fc.assert(
      fc.asyncProperty(told, fc.integer({ min: 2, max: 20 }), async (all, together) => {
        expect(await outcome(all, together)).toEqual(await outcome(all, 1));
      }),
      { numRuns: 60 },
    );
  });
});
