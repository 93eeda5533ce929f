/**
 * Why the log is sequenced the way it is (architecture §3): a reader that polls `position > last` loses
 * events that commit late, ordering by transaction id turns streams around, taking rows does neither.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { append } from '@firesteel/event-store';
import { type ChainedEvent, chainHash } from '@firesteel/event-store/chain';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { batchSize, Fenced, sequenceBatch, takeOver, takeStatement } from './sequencer.ts';

/** A reader that trusts positions: everything after the last one it saw. */
function naiveReader(em: EntityManager) {
  let last = 0;
  const seen: string[] = [];
  return {
    seen,
    look: async (): Promise<void> => {
      const rows = await em.execute<{ pos: string; stream: string }[]>(
        "select pos, stream from log.event where pos > ? and stream like 'application-late-%' order by pos",
        [last],
      );
      seen.push(...rows.map(({ stream }) => stream));
      last = Number(rows.at(-1)?.pos ?? last);
    },
  };
}

/** A transaction that appends at once, and commits when it is told to. */
async function heldAppend(
  em: EntityManager,
  stream: string,
): Promise<{ readonly commit: () => Promise<void> }> {
  const appended = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const done = em.fork().transactional(async (tx) => {
    await append(tx, stream, 0, [{ type: 'Happened', data: {} }]);
    appended.resolve();
    await told.promise;
  });
  await appended.promise;
  return {
    commit: async () => {
      told.resolve();
      await done;
    },
  };
}

/** Versions by stream, in the order of the events. */
function versionsByStream(events: readonly ChainedEvent[]): Map<string, number[]> {
  const versions = new Map<string, number[]>();
  for (const { stream, version } of events)
    versions.set(stream, [...(versions.get(stream) ?? []), version]);
  return versions;
}

/** A node of `explain (analyze, format json)`. */
type PlanNode = {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly PlanNode[];
};

/** Rows that a plan has looked at, everywhere and each time. */
const rowsLookedAt = (node: PlanNode): number =>
  node['Actual Loops'] *
    (node['Actual Rows'] +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Join Filter'] ?? 0)) +
  (node.Plans ?? []).reduce((sum, child) => sum + rowsLookedAt(child), 0);

describe('the order of all facts', () => {
  let database: TestDatabase;
  let writer: MikroORM;
  let ledger: MikroORM;
  let epoch: number;
  beforeAll(async () => {
    database = await startTestDatabase();
    writer = await openDatabase({
      url: database.urlOf('application_registry'),
      entities: [],
      migrations: [],
      poolSize: 12,
    });
    ledger = await openDatabase({ url: database.urlOf('ledger'), entities: [], migrations: [] });
    epoch = await takeOver(ledger.em);
  });
  afterAll(async () => {
    for (const orm of [writer, ledger]) await orm.close();
    await database.stop();
  });

  it('loses nothing of writers that take their position early and commit late; a naive reader does', async () => {
    const naive = naiveReader(ledger.em);
    const sequenced: ChainedEvent[] = [];
    const look = async (): Promise<void> => {
      await naive.look();
      sequenced.push(...(await sequenceBatch(ledger.em, epoch)));
    };
    const streams = Array.from({ length: 8 }, (_, index) => `application-late-${index}`);
    const held: Awaited<ReturnType<typeof heldAppend>>[] = [];
    for (const stream of streams) held.push(await heldAppend(writer.em, stream));
    await look();
    // The last to take a position commits first: every other position is then behind the reader.
    for (const { commit } of held.reverse()) {
      await commit();
      await look();
    }
    expect(naive.seen).toEqual(['application-late-7']);
    expect(sequenced.map(({ stream }) => stream)).toEqual([...streams].reverse());
    expect(sequenced.map(({ globalSeq }) => globalSeq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('keeps a stream’s order where transaction ids turn it around', async () => {
    const stream = 'application-turned';
    const began = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    const early = writer.em.fork().transactional(async (tx) => {
      await tx.execute('select pg_current_xact_id()');
      began.resolve();
      await told.promise;
      await append(tx, stream, 1, [{ type: 'Second', data: {} }]);
    });
    await began.promise;
    await writer.em.fork().transactional(async (tx) => {
      await append(tx, stream, 0, [{ type: 'First', data: {} }]);
    });
    told.resolve();
    await early;
    const byTransaction = await ledger.em.execute<{ type: string }[]>(
      'select type from log.event where stream = ? order by xmin::text::bigint',
      [stream],
    );
    expect(byTransaction.map(({ type }) => type)).toEqual(['Second', 'First']);
    const events = await sequenceBatch(ledger.em, epoch);
    expect(events.map(({ type }) => type)).toEqual(['First', 'Second']);
  });

  it('gives every event of many racing writers one place, dense, every stream in order', async () => {
    const writers = 8;
    const versions = 12;
    let writing = true;
    const write = async (index: number): Promise<void> => {
      for (let version = 0; version < versions; version++)
        await writer.em.fork().transactional(async (tx) => {
          await append(tx, `application-racing-${index}`, version, [
            { type: 'Happened', data: {} },
          ]);
          // Later commits than positions, differently for every writer.
          await pause((index * 7 + version * 3) % 11);
        });
    };
    const sequenced: ChainedEvent[] = [];
    const sequence = async (): Promise<void> => {
      while (writing) {
        sequenced.push(...(await sequenceBatch(ledger.em, epoch)));
        await pause(2);
      }
      sequenced.push(...(await sequenceBatch(ledger.em, epoch)));
    };
    const sequencing = sequence();
    await Promise.all(Array.from({ length: writers }, (_, index) => write(index)));
    writing = false;
    await sequencing;
    const first = sequenced[0]?.globalSeq ?? 0;
    expect(sequenced.map(({ globalSeq }) => globalSeq - first)).toEqual([
      ...Array(writers * versions).keys(),
    ]);
    const expected = Array.from({ length: versions }, (_, version) => version + 1);
    expect([...versionsByStream(sequenced).values()]).toEqual(Array(writers).fill(expected));
  });

  it('links every batch to the one before it', async () => {
    const hashes = async (): Promise<string[]> => {
      const rows = await ledger.em.execute<{ hash: Buffer }[]>(
        'select hash from log.sequenced order by global_seq',
      );
      return rows.map(({ hash }) => hash.toString('hex'));
    };
    const before = (await hashes()).at(-1) ?? '';
    await writer.em.fork().transactional(async (tx) => {
      await append(tx, 'application-chained', 0, [
        { type: 'First', data: { text: 'ä – 火' } },
        { type: 'Second', data: {} },
      ]);
    });
    const [first, second] = await sequenceBatch(ledger.em, epoch);
    if (!first || !second) throw new Error('both events were to be sequenced');
    const one = chainHash(Buffer.from(before, 'hex'), first);
    const links = [one, chainHash(one, second)].map((hash) => hash.toString('hex'));
    expect((await hashes()).slice(-2)).toEqual(links);
  });

  it('lets an older ledger write nothing once a newer has taken over', async () => {
    await writer.em.fork().transactional(async (tx) => {
      await append(tx, 'application-fenced', 0, [{ type: 'Happened', data: {} }]);
    });
    const newer = await takeOver(ledger.em);
    await expect(sequenceBatch(ledger.em, epoch)).rejects.toThrow(Fenced);
    const taken = await sequenceBatch(ledger.em, newer);
    expect(taken.map(({ stream }) => stream)).toEqual(['application-fenced']);
  });

  it('looks at no more than what waits, where much has gathered that the statistics know nothing of', async () => {
    const waiting = 4 * batchSize;
    const happened = Array.from({ length: waiting }, () => ({ type: 'Happened', data: {} }));
    const add = (stream: string, facts: typeof happened) =>
      writer.em.fork().transactional((tx) => append(tx, `application-${stream}`, 0, facts));
    const admin = await openDatabase({ url: database.adminUrl, entities: [], migrations: [] });
    await add('few', happened.slice(0, 3));
    await sequenceBatch(ledger.em, await takeOver(ledger.em));
    await admin.em.execute('analyze log.unsequenced');
    await admin.close();
    await add('many', happened);
    const plans = ledger.em.fork().transactional(async (tx) => {
      const [row] = await tx.execute<{ 'QUERY PLAN': { Plan: PlanNode }[] }[]>(
        `explain (analyze, format json) ${takeStatement}`,
      );
      return row?.['QUERY PLAN'].map(({ Plan }) => rowsLookedAt(Plan));
    });
    const [looked = Number.NaN] = (await plans) ?? [];
    expect(looked).toBeGreaterThan(batchSize);
    expect(looked).toBeLessThan(10 * waiting);
  });
});
