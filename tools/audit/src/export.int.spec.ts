/** Exports and proofs, verified by what has no database: our verifier, and a program from EXPORT.md. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LogLine, lineText, parseLine } from '@firesteel/event-store/log-file';
import { type Evidence, noEvidence, readEvidence } from './evidence.ts';
import { accountLines, proofLines, rangeLines } from './exporting.ts';
import { verifyFiles } from './file-verification.ts';
import { type SignedLog, startSignedLog } from './signed-log.fixture.ts';
import { inSnapshot } from './snapshot.ts';

const [mine, theirs] = ['111111111111', '222222222222'];
let log: SignedLog;
let evidence: Evidence;
let files = 0;

beforeAll(async () => {
  log = await startSignedLog();
  await log.add('billing', 'price-list-x', 0, { n: 1 });
  for (const [id, accountId] of [
    ['a', mine],
    ['b', theirs],
  ]) {
    await log.add('application_registry', `application-${id}`, 0, { accountId });
    await log.add('job_scheduler', `gate-${id}`, 0, { applicationId: id });
    await log.add('iam_authorizer', `access-${accountId}.20261127.1`, 0, { decisions: [] });
    for (let version = 1; version < 9; version++)
      await log.add('application_registry', `application-${id}`, version, { at: `ü ${version}` });
  }
  await log.sequence();
  evidence = {
    ...noEvidence,
    publicKey: (await readEvidence({ publicKey: log.publicKeyFile })).publicKey,
  };
});
afterAll(() => log.stop());

type Lines = Parameters<Parameters<typeof inSnapshot>[1]>[0];
const exported = (of: (tx: Lines) => AsyncIterable<LogLine>): Promise<LogLine[]> =>
  inSnapshot(log.admin.em, async (tx) => {
    const lines: LogLine[] = [];
    for await (const line of of(tx)) lines.push(line);
    return lines;
  });
const written = (lines: readonly LogLine[]): string => {
  files += 1;
  const path = join(log.folder, `${files}.ndjson`);
  writeFileSync(path, lines.map(lineText).join(''));
  return path;
};
const verify = (lines: readonly LogLine[], by = evidence) => verifyFiles([written(lines)], by);
const all = () => exported((tx) => rangeLines(tx, { first: 1, last: 23 }));
const ofAccount = (id: string) => exported((tx) => accountLines(tx, id, { first: 1, last: 23 }));
/** Changes the line of one event. */
const withEvent = (lines: readonly LogLine[], seq: number, change: object): LogLine[] =>
  lines.map((line) =>
    line.kind === 'event' && line.globalSeq === seq ? { ...line, ...change } : line,
  );

it('a whole export is the chain, past its checkpoints', async () => {
  expect(await verify(await all())).toMatchObject({
    verified: 23,
    checkpoints: 2,
    unsigned: 3,
    untold: [expect.stringContaining('cut off')],
    problem: null,
  });
});

it('a part begins where it says, and parts follow each other', async () => {
  const parts = [
    await exported((tx) => rangeLines(tx, { first: 8, last: 23 })),
    await exported((tx) => rangeLines(tx, { first: 1, last: 7 })),
  ];
  expect(await verify(parts[0] ?? [])).toMatchObject({ first: 8, verified: 16, problem: null });
  const paths = parts.map(written);
  expect(await verifyFiles(paths, evidence)).toMatchObject({
    verified: 23,
    checkpoints: 2,
    problem: null,
  });
  const gap = written(await exported((tx) => rangeLines(tx, { first: 9, last: 23 })));
  expect((await verifyFiles([paths[1] ?? '', gap], evidence)).problem).toMatchObject({
    globalSeq: 8,
  });
});

it.each<[string, number, (lines: LogLine[]) => LogLine[]]>([
  ['a changed payload', 12, (lines) => withEvent(lines, 12, { data: '{}' })],
  [
    'a missing event',
    12,
    (lines) => lines.filter((line) => line.kind !== 'event' || line.globalSeq !== 12),
  ],
  [
    'a cut end',
    20,
    (lines) => lines.filter((line) => line.kind !== 'event' || line.globalSeq < 20),
  ],
  [
    'a forged checkpoint',
    11,
    (lines) =>
      lines.map((line) =>
        line.kind === 'checkpoint' && line.seq === 20
          ? { ...line, at: '2020-01-01T00:00:00.000Z' }
          : line,
      ),
  ],
])('finds %s in an export', async (_name, globalSeq, change) => {
  expect((await verify(change(await all()))).problem).toMatchObject({ globalSeq });
});

it('recomputes with the program of EXPORT.md', async () => {
  const document = readFileSync(join(import.meta.dirname, '..', 'EXPORT.md'), 'utf8');
  const program = /```python\n(.*?)```/s
    .exec(document)?.[1]
    ?.replace('export.ndjson', written(await all()));
  const sound = spawnSync('python3', ['-c', `${program}print("sound")`], { encoding: 'utf8' });
  expect(sound).toMatchObject({ status: 0, stdout: 'sound\n' });
  const changed = written(withEvent(await all(), 12, { data: '{}' }));
  const program2 = program?.replace(/open\("[^"]*"\)/, `open("${changed}")`);
  expect(spawnSync('python3', ['-c', program2 ?? ''], { encoding: 'utf8' }).stderr).toContain(
    'AssertionError: 12',
  );
});

describe('an account’s export', () => {
  const streams = (lines: readonly LogLine[]) =>
    new Set(lines.flatMap((line) => (line.kind === 'event' ? line.stream : [])));

  it('holds what is the account’s and the prices, and nothing of another', async () => {
    expect([...streams(await ofAccount(mine))].sort()).toEqual([
      `access-${mine}.20261127.1`,
      'application-a',
      'gate-a',
      'price-list-x',
    ]);
    // The last three of the other's are behind the last checkpoint.
    expect((await ofAccount(theirs)).filter(({ kind }) => kind === 'event')).toHaveLength(9);
  });

  it('is proven event by event', async () => {
    expect(await verify(await ofAccount(mine))).toMatchObject({ verified: 12, problem: null });
  });

  it.each<[string, object]>([
    ['payload', { data: '{"accountId":"333333333333"}' }],
    ['type', { type: 'Other' }],
    ['time', { recordedAt: '2026-11-27T10:00:00.000000Z' }],
    ['proof', { proof: undefined }],
    ['path', { proof: { checkpoint: 10, path: [] } }],
  ])('finds another %s', async (_name, change) => {
    const lines = withEvent(await ofAccount(mine), 5, change);
    expect((await verify(lines)).problem).toMatchObject({ globalSeq: 5 });
  });

  it('finds a hole in a stream', async () => {
    const lines = (await ofAccount(mine)).filter(
      (line) => line.kind !== 'event' || line.globalSeq !== 6,
    );
    expect((await verify(lines)).problem).toMatchObject({ globalSeq: 7, kind: 'missing' });
  });
});

describe('a proof', () => {
  const proofOf = (name: string) => exported((tx) => proofLines(tx, name));

  it('shows one event, and that it was signed', async () => {
    const lines = await proofOf('5');
    expect(lines.map(({ kind }) => kind)).toEqual(['log', 'checkpoint', 'event']);
    expect(await verify(lines)).toMatchObject({ verified: 1, problem: null });
    const [, , event] = lines;
    if (event?.kind !== 'event') throw new Error('no event');
    expect(await proofOf(event.eventId)).toMatchObject([{}, {}, { globalSeq: 5 }]);
    expect((await verify(withEvent(lines, 5, { meta: '{}' }))).problem).toMatchObject({
      globalSeq: 5,
    });
  });

  it('is there for signed events only', async () => {
    await expect(proofOf('22')).rejects.toThrow(/not signed yet/);
    await expect(proofOf('99')).rejects.toThrow(/no event 99/);
  });
});

it('reads packed files as well, and says where a file is none', async () => {
  const { zstdCompressSync } = await import('node:zlib');
  const path = join(log.folder, 'packed.ndjson.zst');
  writeFileSync(path, zstdCompressSync(Buffer.from((await all()).map(lineText).join(''))));
  expect(await verifyFiles([path], evidence)).toMatchObject({ verified: 23, problem: null });
  expect(() => parseLine('x')).toThrow(/not a line of a log/);
});
