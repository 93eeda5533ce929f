/** A log whose first events have left its tables: verified, exported, replayed as if they were there; and tampered with. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { append, readStream, VersionConflict } from '@firesteel/event-store';
import { genesis, linkOf } from '@firesteel/event-store/chain';
import { openDatabase } from '@firesteel/event-store/database';
import type { LogLine } from '@firesteel/event-store/log-file';
import { merkleRoot } from '@firesteel/event-store/merkle';
import {
  packLines,
  readSegments,
  type Segment,
  unpackedLines,
} from '@firesteel/event-store/segment';
import { folderStore, type SegmentStore } from '@firesteel/event-store/segment-store';
import { segmentLog } from '@firesteel/ledger/segmenter';
import { type Evidence, noEvidence, readEvidence } from './evidence.ts';
import { accountLines, proofLines, rangeLines } from './exporting.ts';
import { verifySegments } from './file-verification.ts';
import { openLogSource } from './log-source.ts';
import { placeOf } from './moments.ts';
import { asSuperuser, type SignedLog, startSignedLog } from './signed-log.fixture.ts';
import { inSnapshot } from './snapshot.ts';
import { verifyLog } from './verification.ts';

const accountId = '111111111111';
let log: SignedLog;
let evidence: Evidence;
let folder: string;
let store: SegmentStore;
let segments: Segment[];
/** What the export was while every row was there. */
let whole: LogLine[];

const lines = async (of: AsyncIterable<LogLine>): Promise<LogLine[]> => {
  const all: LogLine[] = [];
  for await (const line of of) all.push(line);
  return all;
};
type Tx = Parameters<Parameters<typeof inSnapshot>[1]>[0];
const read = <Result>(work: (tx: Tx) => Promise<Result>) => inSnapshot(log.admin.em, work);
const exported = () => read((tx) => lines(rangeLines(tx, { first: 1, last: 45 }, store)));
const segment = (hotMs: number) =>
  segmentLog({
    em: log.ledger.em,
    epoch: log.epoch,
    store,
    everyEvents: 15,
    hotMs,
    now: () => new Date(),
  });

beforeAll(async () => {
  log = await startSignedLog(5);
  folder = join(log.folder, 'segments');
  store = folderStore(folder);
  evidence = await readEvidence({ publicKey: log.publicKeyFile });
  for (let at = 0; at < 45; at++)
    await log.add(
      'application_registry',
      `application-${at < 10 ? 'old' : at % 3}`,
      at < 10 ? at : Math.floor((at - 10) / 3),
      { accountId, n: at + 1 },
    );
  await log.sequence();
  whole = await exported();
});
afterAll(() => log.stop());

describe('closed ranges', () => {
  it('are whole checkpoints, stored once, and their rows stay as long as they are hot', async () => {
    const { stored, dropped } = await segment(86_400_000);
    expect(stored.map(({ first, last }) => [first, last])).toEqual([
      [1, 15],
      [16, 30],
      [31, 45],
    ]);
    expect([dropped, (await segment(86_400_000)).stored]).toEqual([[], []]);
    segments = await readSegments(log.ledger.em);
    expect(segments.map(({ name }) => name)).toEqual(await store.list());
  });

  it('do not leave before everybody was told of them', async () => {
    expect((await segment(0)).dropped).toEqual([]);
    await expect(log.ledger.em.execute('select log.drop_segment(15)')).rejects.toThrow(
      /not published/,
    );
  });

  it('leave oldest first, the newest event never', async () => {
    await log.ledger.em.execute("insert into log.published values ('all', 45)");
    await expect(log.ledger.em.execute('select log.drop_segment(30)')).rejects.toThrow(
      /not the oldest/,
    );
    const { dropped } = await segment(0);
    expect(dropped.map(({ last }) => last)).toEqual([15, 30]);
    await expect(log.ledger.em.execute('select log.drop_segment(45)')).rejects.toThrow(
      /newest event stays/,
    );
    const [row] = await log.admin.em.execute(
      `select (select count(*)::int from log.event) as events, (select count(*)::int from log.sequenced) as places`,
    );
    expect(row).toEqual({ events: 15, places: 15 });
  });

  it('leave in no other way', async () => {
    await expect(log.admin.em.execute('delete from log.sequenced')).rejects.toThrow(
      /never changed/,
    );
    await expect(log.admin.em.execute('delete from log.event')).rejects.toThrow(/never changed/);
  });
});

describe('a log whose first events have left', () => {
  it('verifies, exports and proves as before', async () => {
    expect(await verifyLog(log.admin.em, evidence, store)).toMatchObject({
      verified: 45,
      checkpoints: 9,
      problem: null,
    });
    expect(await exported()).toEqual(whole);
    const part = await read((tx) => lines(rangeLines(tx, { first: 20, last: 40 }, store)));
    const events = (of: LogLine[]) => of.filter(({ kind }) => kind === 'event');
    expect(events(part)).toEqual(events(whole).slice(19, 40));
    const [, , event] = await read((tx) => lines(proofLines(tx, '7', store)));
    expect(event).toMatchObject({ globalSeq: 7, proof: { checkpoint: 10 } });
    if (event?.kind !== 'event') throw new Error('no event');
    expect(await read((tx) => lines(proofLines(tx, event.eventId, store)))).toContainEqual(event);
    const mine = await read((tx) =>
      lines(accountLines(tx, accountId, { first: 1, last: 45 }, store)),
    );
    expect(mine.filter(({ kind }) => kind === 'event')).toHaveLength(45);
    expect(await read((tx) => placeOf(tx, 'until', event.recordedAt, store))).toBe(7);
  });

  it('is replayed whole, and up to any place', async () => {
    const streams = (of: 'all' | number) =>
      inSnapshot(
        log.admin.em,
        async (tx) => {
          const source = await openLogSource(tx, store);
          return tx.execute(
            `select stream, max(version) as version, count(*)::int as events
             from ${of === 'all' ? source.all : source.until(of)} group by 1 order by 1`,
          );
        },
        false,
      );
    const one = (stream: string, version: number) => ({ stream, version, events: version });
    const [old, zero, first, second] = [
      'application-old',
      'application-0',
      'application-1',
      'application-2',
    ];
    expect(await streams('all')).toEqual([
      one(zero, 11),
      one(first, 12),
      one(second, 12),
      one(old, 10),
    ]);
    expect(await streams(12)).toEqual([one(first, 1), one(second, 1), one(old, 10)]);
  });

  it('says what is missing where there is no store', async () => {
    expect((await verifyLog(log.admin.em, evidence)).problem).toMatchObject({ globalSeq: 1 });
    await expect(read((tx) => lines(rangeLines(tx, { first: 1, last: 9 })))).rejects.toThrow(
      /SEGMENT_STORE names no place/,
    );
  });

  it('takes events of a stream that has left, at its version and at no other', async () => {
    const writer = await openDatabase({
      url: log.database.urlOf('application_registry'),
      entities: [],
      migrations: [],
      poolSize: 1,
    });
    const at = (version: number) =>
      writer.em
        .fork()
        .transactional((tx) =>
          append(tx, 'application-old', version, [{ type: 'Happened', data: {} }]),
        );
    for (const wrong of [0, 9, 11]) await expect(at(wrong)).rejects.toThrow(VersionConflict);
    expect(await at(10)).toBe(11);
    await expect(at(10)).rejects.toThrow(VersionConflict);
    expect(await at(11)).toBe(12);
    await expect(readStream(writer.em, 'application-old')).rejects.toThrow(
      /up to version 10 have left/,
    );
    expect(await readStream(writer.em, 'application-old', 10)).toHaveLength(2);
    await writer.close();
    await log.sequence();
    expect(await verifyLog(log.admin.em, evidence, store)).toMatchObject({
      verified: 47,
      problem: null,
    });
  });
});

it('an append that meets events on their way out waits for them, and is held to the version they had', async () => {
  const other = await startSignedLog(5);
  try {
    for (let at = 0; at < 11; at++)
      await other.add(
        'application_registry',
        `application-${at < 10 ? 'leaving' : 'newest'}`,
        at % 10,
        {},
      );
    await other.sequence();
    await segmentLog({
      em: other.ledger.em,
      epoch: other.epoch,
      store: folderStore(join(other.folder, 'segments')),
      everyEvents: 10,
      hotMs: 86_400_000,
      now: () => new Date(),
    });
    await other.ledger.em.execute("insert into log.published values ('all', 11)");
    const writer = await openDatabase({
      url: other.database.urlOf('application_registry'),
      entities: [],
      migrations: [],
    });
    const at = (version: number) =>
      writer.em
        .fork()
        .transactional((tx) =>
          append(tx, 'application-leaving', version, [{ type: 'Happened', data: {} }]),
        );
    const waiting = async (): Promise<number> => {
      const [row] = await other.admin.em
        .fork()
        .execute<{ n: number }[]>(
          "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock'",
        );
      return row?.n ?? 0;
    };
    const leaving = other.ledger.em.fork();
    await leaving.begin();
    await leaving.execute('select log.drop_segment(10)');
    const meeting = Promise.allSettled([0, 9].map(at));
    while ((await waiting()) < 2) await pause(10);
    // Before its predecessor is there.
    await expect(at(11)).rejects.toThrow(VersionConflict);
    const next = at(10);
    await leaving.commit();
    expect((await meeting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await next).toBe(11);
    expect(await readStream(writer.em, 'application-leaving', 10)).toHaveLength(1);
    await writer.close();
  } finally {
    await other.stop();
  }
});

describe('segments alone', () => {
  const path = (at: number): string => join(folder, segments[at]?.name ?? '');
  const change = (at: number, bytes: (packed: Buffer) => Buffer) => async () =>
    writeFileSync(path(at), bytes(readFileSync(path(at))));
  /** Packs a segment again with other lines. */
  const repack = (at: number, other: (all: LogLine[]) => LogLine[]) => async () => {
    const all = await lines(unpackedLines(Readable.from([readFileSync(path(at))])));
    const again = other(all);
    writeFileSync(
      path(at),
      await packLines(
        (async function* () {
          yield* again;
        })(),
      ),
    );
  };
  /** Chains the events of a segment anew, checkpoints left out, and says so in its last line. */
  const chainedAnew = (all: LogLine[]): LogLine[] => {
    let head: Buffer = genesis;
    const leaves: Buffer[] = [];
    return all.flatMap((line): LogLine[] => {
      if (line.kind === 'log') head = Buffer.from(line.previousHash, 'hex');
      if (line.kind === 'event') {
        const link = linkOf(head, line);
        head = link.hash;
        leaves.push(link.leaf);
        return [{ ...line, hash: head.toString('hex') }];
      }
      if (line.kind === 'segment')
        return [
          {
            ...line,
            chainHash: head.toString('hex'),
            merkleRoot: merkleRoot(leaves).toString('hex'),
          },
        ];
      return [line];
    });
  };
  const withEvent =
    (seq: number) =>
    (all: LogLine[]): LogLine[] =>
      all.map((line) =>
        line.kind === 'event' && line.globalSeq === seq ? { ...line, data: '{}' } : line,
      );
  const isEvent =
    (seq: number) =>
    (line: LogLine): boolean =>
      line.kind === 'event' && line.globalSeq === seq;

  afterEach(async () => {
    for (const [at] of segments.entries()) copyFileSync(`${path(at)}.kept`, path(at));
  });
  beforeAll(() => {
    for (const [at] of segments.entries()) copyFileSync(path(at), `${path(at)}.kept`);
  });

  it('are sound when nobody touched them', async () => {
    expect(await verifySegments(store, evidence)).toMatchObject({
      verified: 45,
      checkpoints: 9,
      unsigned: 0,
      problem: null,
    });
  });

  it.each<[string, number, string, RegExp, () => Promise<void>]>([
    [
      'a flipped bit in a packed file',
      16,
      'changed bytes',
      /cannot be read any further/,
      change(1, (packed) => {
        packed[packed.length >> 1] = (packed[packed.length >> 1] ?? 0) ^ 1;
        return packed;
      }),
    ],
    [
      'a truncated file',
      16,
      'changed bytes',
      /cannot be read any further/,
      change(1, (packed) => packed.subarray(0, packed.length >> 1)),
    ],
    [
      'an empty file',
      16,
      'changed bytes',
      /cannot be read any further/,
      change(1, () => Buffer.alloc(0)),
    ],
    ['a missing segment', 16, 'missing', /does not follow/, async () => rmSync(path(1))],
    ['a missing first segment', 1, 'missing', /does not follow/, async () => rmSync(path(0))],
    [
      'two swapped segments',
      16,
      'missing',
      /begins with event 31, does not follow/,
      async () => {
        copyFileSync(`${path(1)}.kept`, path(2));
        copyFileSync(`${path(2)}.kept`, path(1));
      },
    ],
    [
      'the same segment twice',
      16,
      'out of order',
      /begins with event 16 again/,
      async () => copyFileSync(path(1), path(2)),
    ],
    ['a changed event', 20, 'changed bytes', /has hash/, repack(1, withEvent(20))],
    [
      'a missing event',
      20,
      'missing',
      /goes on with 21/,
      repack(1, (all) => all.filter((line) => !isEvent(20)(line))),
    ],
    [
      'two swapped events',
      20,
      'missing',
      /goes on with 21/,
      repack(1, (all) => {
        const [a, b] = [all.findIndex(isEvent(20)), all.findIndex(isEvent(21))];
        return all.with(a, all[b] as LogLine).with(b, all[a] as LogLine);
      }),
    ],
    [
      'lines that were cut off',
      45,
      'missing',
      /ends before its last line/,
      repack(2, (all) => all.slice(0, all.findIndex(isEvent(45)))),
    ],
    [
      'a last line that says otherwise',
      16,
      'changed bytes',
      /other events than it says/,
      repack(1, (all) =>
        all.map((line) =>
          line.kind === 'segment' ? { ...line, chainHash: 'f'.repeat(64) } : line,
        ),
      ),
    ],
    [
      'a segment that was chained anew',
      16,
      'changed bytes',
      /signs others/,
      repack(1, (all) => chainedAnew(withEvent(20)(all))),
    ],
    [
      'a segment that was chained anew without its checkpoints',
      16,
      'out of order',
      /its name does not say/,
      repack(1, (all) =>
        chainedAnew(withEvent(20)(all)).filter(({ kind }) => kind !== 'checkpoint'),
      ),
    ],
  ])('%s is found', async (_name, globalSeq, kind, detail, tamper) => {
    await tamper();
    expect((await verifySegments(store, evidence)).problem).toEqual({
      globalSeq,
      kind,
      detail: expect.stringMatching(detail),
    });
  });

  it('with the leaves of the checkpoint file name the event of a segment that was chained anew', async () => {
    await repack(1, (all) => chainedAnew(withEvent(20)(all)))();
    const kept = await readEvidence({
      publicKey: log.publicKeyFile,
      checkpoints: log.checkpointFile,
    });
    expect((await verifySegments(store, kept)).problem).toMatchObject({ globalSeq: 20 });
  });

  it('and checkpoints from outside tell that the last segment is gone', async () => {
    rmSync(path(2));
    expect((await verifySegments(store, noEvidence)).untold.join()).toMatch(/cut off/);
    const kept = await readEvidence({ checkpoints: log.checkpointFile });
    expect((await verifySegments(store, kept)).problem).toMatchObject({
      globalSeq: 31,
      kind: 'missing',
    });
  });

  it.each<[string, number, () => Promise<void>]>([
    ['changed', 20, repack(1, withEvent(20))],
    ['missing', 16, async () => rmSync(path(1))],
  ])(
    'are what the log is verified from: a %s one is found there too',
    async (_name, globalSeq, tamper) => {
      await tamper();
      expect((await verifyLog(log.admin.em, evidence, store)).problem).toMatchObject({ globalSeq });
    },
  );

  it('keep rows in the tables for as long as their file is not what was stored', async () => {
    await repack(2, withEvent(40))();
    await log.ledger.em.execute('update log.published set global_seq = 47');
    await expect(segment(0)).rejects.toThrow(/not the one that was stored/);
    copyFileSync(`${path(2)}.kept`, path(2));
    expect((await segment(0)).dropped.map(({ last }) => last)).toEqual([45]);
    expect(await verifyLog(log.admin.em, evidence, store)).toMatchObject({
      verified: 47,
      problem: null,
    });
  });
});

it('tells of a change of the rows that are still there', async () => {
  await asSuperuser(log.admin, [
    `update log.event set data = '{"n":0}' where version = 11 and stream = 'application-old'`,
  ]);
  expect((await verifyLog(log.admin.em, evidence, store)).problem).toMatchObject({ globalSeq: 46 });
});
