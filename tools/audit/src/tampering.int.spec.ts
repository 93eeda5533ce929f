/** Ways of touching a signed log; each is found, and the first bad event named. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { eventOf } from '@firesteel/event-store/chain';
import { type SignedCheckpoint, signCheckpoint } from '@firesteel/event-store/checkpoint';
import { checkpointLine, lineText } from '@firesteel/event-store/log-file';
import { leavesPath, readCheckpointFile } from '@firesteel/ledger/checkpoint-file';
import { type Evidence, noEvidence, readEvidence } from './evidence.ts';
import { readPlaced } from './placed-rows.ts';
import { asSuperuser, chainAnew, type SignedLog, startSignedLog } from './signed-log.fixture.ts';
import { alongside, inSnapshot } from './snapshot.ts';
import { verifyLog } from './verification.ts';

let log: SignedLog;
let evidence: Evidence;
const tables = ['log.event', 'log.sequenced', 'log.checkpoint', 'log.published'];

beforeAll(async () => {
  log = await startSignedLog();
  for (let at = 0; at < 33; at++)
    await log.add('application_registry', `application-${at % 3}`, Math.floor(at / 3), {
      n: at + 1,
    });
  await log.sequence();
  evidence = await readEvidence({
    publicKey: log.publicKeyFile,
    checkpoints: log.checkpointFile,
  });
  for (const table of tables)
    await log.admin.em.execute(`create table ${table}_kept as table ${table}`);
});
afterAll(() => log.stop());
afterEach(() =>
  asSuperuser(
    log.admin,
    tables.flatMap((table) => [
      `delete from ${table}`,
      `insert into ${table} ${table === 'log.event' ? 'overriding system value' : ''} select * from ${table}_kept`,
    ]),
  ),
);

const tamper = (...statements: string[]) => asSuperuser(log.admin, statements);
/** Makes room for an event at a place: everything from there on one further. */
const shift = (from: number, by: number): string[] => [
  `update log.sequenced set global_seq = -(global_seq + ${by}) where global_seq >= ${from}`,
  'update log.sequenced set global_seq = -global_seq where global_seq < 0',
];
const changed = (column: string, value: string): string =>
  `update log.event set ${column} = ${value} where pos = 12`;
const flipped = changed('data', `replace(data::text, '12', '13')::json`);

it('passes every checkpoint of a log that nobody touched', async () => {
  expect(await verifyLog(log.admin.em, evidence)).toMatchObject({
    verified: 33,
    checkpoints: 3,
    unsigned: 3,
    untold: [],
    problem: null,
  });
});

it.each<[string, string, RegExp, () => Promise<void>]>([
  ['a flipped bit of the data', 'changed bytes', /has hash/, () => tamper(flipped)],
  [
    'a flipped bit of the metadata',
    'changed bytes',
    /has hash/,
    () => tamper(changed('meta', `'{"requestId":"r-x"}'`)),
  ],
  ['another type', 'changed bytes', /has hash/, () => tamper(changed('type', `'Happenee'`))],
  [
    'another time',
    'changed bytes',
    /has hash/,
    () => tamper(changed('recorded_at', `recorded_at + interval '1 microsecond'`)),
  ],
  [
    'a deleted event',
    'missing',
    /goes on with 13/,
    () =>
      tamper(
        'delete from log.event where pos = 12',
        'delete from log.sequenced where global_seq = 12',
      ),
  ],
  [
    'a truncated log, with everything that tells of it in the database',
    'missing',
    /signs event 30/,
    () =>
      tamper(
        'delete from log.event where pos >= 12',
        'delete from log.sequenced where global_seq >= 12',
        'delete from log.checkpoint where seq > 10',
        'delete from log.published',
      ),
  ],
  [
    'two swapped events',
    'out of order',
    /stands at 15|version 5 where 4 is due/,
    () =>
      tamper(
        'update log.sequenced set pos = 0 where global_seq = 12',
        'update log.sequenced set pos = 12 where global_seq = 15',
        'update log.sequenced set pos = 15 where global_seq = 12',
      ),
  ],
  [
    'an inserted event, everything chained anew',
    'changed bytes',
    /not the event whose leaf|signs others/,
    async () => {
      await tamper(
        ...shift(12, 1),
        `insert into log.event (pos, stream, version, type, data, meta) overriding system value
         values (99, 'application-9', 1, 'Happened', '{}', '{}')`,
        `insert into log.sequenced values (12, 99, '')`,
      );
      await chainAnew(log.admin);
    },
  ],
  [
    'a deleted event, everything behind it moved up and chained anew',
    'changed bytes',
    /not the event whose leaf|signs others/,
    async () => {
      await tamper(
        'delete from log.event where pos = 12',
        'delete from log.sequenced where global_seq = 12',
        ...shift(13, -1),
        `update log.event set version = version - 1 where stream = 'application-2' and version > 4`,
      );
      await chainAnew(log.admin);
    },
  ],
  [
    'a changed event, everything chained anew',
    'changed bytes',
    /signs others/,
    async () => {
      await tamper(flipped);
      await chainAnew(log.admin);
    },
  ],
  [
    'a changed event, everything chained and signed anew with another key',
    'changed bytes',
    /signs others/,
    async () => {
      await tamper(flipped);
      await chainAnew(log.admin);
      await forge(20);
    },
  ],
])('finds %s: event 12', async (_name, kind, detail, change) => {
  await change();
  const { problem, verified } = await verifyLog(log.admin.em, evidence);
  expect(problem).toEqual({ globalSeq: 12, kind, detail: expect.stringMatching(detail) });
  expect(verified).toBe(11);
});

it.each([
  ['forged in the database', () => forge(20), /another in the database/],
  [
    'deleted from the database',
    () => tamper('delete from log.checkpoint where seq = 20'),
    /missing in the database/,
  ],
])('finds a checkpoint that was %s', async (_name, change, detail) => {
  await change();
  expect((await verifyLog(log.admin.em, evidence)).problem).toEqual({
    globalSeq: 11,
    kind: 'checkpoint',
    detail: expect.stringMatching(detail),
  });
});

/** Replaces the checkpoint of an event in the database by one that another key signed. */
async function forge(seq: number): Promise<void> {
  const signed = (await readCheckpointFile(log.checkpointFile)).find((one) => one.seq === seq);
  if (!signed) throw new Error(`no checkpoint of ${seq}`);
  const line = lineText(
    checkpointLine(signCheckpoint(signed, generateKeyPairSync('ed25519').privateKey)),
  );
  await tamper(`update log.checkpoint set line = '${line.trimEnd()}' where seq = ${seq}`);
}

describe('checkpoints from outside', () => {
  /** What somebody made of the file. */
  const withCheckpoints = (change: (all: SignedCheckpoint[]) => SignedCheckpoint[]): Evidence => ({
    ...evidence,
    checkpoints: change([...(evidence.checkpoints ?? [])]),
  });

  it.each<[string, RegExp, (all: SignedCheckpoint[]) => SignedCheckpoint[]]>([
    ['a missing one', /before that of event 30 is missing/, (all) => all.toSpliced(1, 1)],
    [
      'one that another key signed',
      /not signed with the given key/,
      (all) =>
        all.map((one) =>
          one.seq === 20 ? signCheckpoint(one, generateKeyPairSync('ed25519').privateKey) : one,
        ),
    ],
    [
      'one that was changed',
      /not signed with the given key/,
      (all) => all.map((one) => (one.seq === 20 ? { ...one, seq: 21 } : one)),
    ],
  ])('%s', async (_name, detail, change) => {
    const { problem } = await verifyLog(log.admin.em, withCheckpoints(change));
    expect(problem).toEqual({
      globalSeq: 11,
      kind: 'checkpoint',
      detail: expect.stringMatching(detail),
    });
  });

  it('without leaves beside them name the range', async () => {
    await tamper(flipped);
    await chainAnew(log.admin);
    const bare = { ...evidence, leaves: noEvidence.leaves };
    expect((await verifyLog(log.admin.em, bare)).problem).toEqual({
      globalSeq: 11,
      kind: 'changed bytes',
      detail: expect.stringContaining('somewhere from 11 to 20'),
    });
  });

  it('with leaves that nothing vouches for name the range too, and accuse no sound event', async () => {
    const copy = `${log.checkpointFile}.copy`;
    writeFileSync(copy, readFileSync(log.checkpointFile));
    const leaves = readFileSync(leavesPath(log.checkpointFile));
    leaves.fill(0, 32 * 13, 32 * 14);
    writeFileSync(leavesPath(copy), leaves);
    const doubtful = await readEvidence({ publicKey: log.publicKeyFile, checkpoints: copy });
    rmSync(copy);
    expect((await verifyLog(log.admin.em, doubtful)).problem).toBeNull();
    await tamper(flipped);
    await chainAnew(log.admin);
    expect((await verifyLog(log.admin.em, doubtful)).problem).toMatchObject({ globalSeq: 11 });
  });
});

describe('a head from outside', () => {
  it('finds what was cut off, and what was chained anew', async () => {
    const { head } = await verifyLog(log.admin.em);
    const known = await readEvidence({ head: `33:${head}` });
    expect((await verifyLog(log.admin.em, known)).problem).toBeNull();
    await tamper(
      'delete from log.event where pos >= 31',
      'delete from log.sequenced where global_seq >= 31',
    );
    expect((await verifyLog(log.admin.em)).problem).toBeNull();
    expect((await verifyLog(log.admin.em, known)).problem).toEqual({
      globalSeq: 31,
      kind: 'missing',
      detail: 'the given head is event 33',
    });
  });

  it('must be one', async () => {
    await expect(readEvidence({ head: '33' })).rejects.toThrow(/--head takes/);
    await expect(readEvidence({ checkpoints: '/no/such' })).rejects.toThrow(/no file/);
  });
});

it.each([1, 50_000])(
  'finds the event of a place wherever it was appended, with %d waiting',
  async (mostWaiting) => {
    // Places from the last to the first.
    await tamper(
      'update log.sequenced set global_seq = -(34 - global_seq)',
      'update log.sequenced set global_seq = -global_seq',
      'delete from log.event where pos = 5',
    );
    const found = await inSnapshot(log.admin.em, (tx) =>
      alongside(tx, async (open) => {
        const places: [number, unknown][] = [];
        for await (const page of readPlaced(open, 1, mostWaiting))
          for (const { globalSeq, frame } of page)
            places.push([globalSeq, frame && JSON.parse(eventOf(frame).data)]);
        return places;
      }),
    );
    expect(found).toEqual(
      Array.from({ length: 33 }, (_, index) => [
        index + 1,
        index === 28 ? null : { n: 33 - index },
      ]),
    );
  },
);
