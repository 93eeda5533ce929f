import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { append } from '@firesteel/event-store';
import { checkpointHash, isGenuine, noCheckpoint } from '@firesteel/event-store/checkpoint';
import { openDatabase } from '@firesteel/event-store/database';
import { merkleRoot } from '@firesteel/event-store/merkle';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Fenced, sequenceBatch, takeOver } from '../sequence/sequencer.ts';
import { leavesPath, readCheckpointFile } from './checkpoint-file.ts';
import { filePlace, topicPlace } from './checkpoint-places.ts';
import { BrokenChain, EvidenceAhead, readCheckpoints, startCheckpointer } from './checkpointer.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const publicKey = createPublicKey(privateKey);
let database: TestDatabase;
let writer: MikroORM;
let ledger: MikroORM;
let folder: string;
let epoch: number;
let nowMs = Date.parse('2026-11-27T10:00:00.000Z');
let failures: unknown[];
let topic: [number, string][];
const file = (): string => join(folder, 'checkpoints.ndjson');

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-checkpoints-'));
  failures = [];
  topic = [];
  database = await startTestDatabase();
  const open = (role: string) =>
    openDatabase({ url: database.urlOf(role), entities: [], migrations: [], poolSize: 1 });
  writer = await open('application_registry');
  ledger = await open('ledger');
  epoch = await takeOver(ledger.em);
});
afterEach(async () => {
  for (const orm of [writer, ledger]) await orm.close();
  await database.stop();
  rmSync(folder, { recursive: true });
});

const start = () =>
  startCheckpointer({
    em: ledger.em,
    epoch,
    incarnation: 'life',
    privateKey,
    everyEvents: 4,
    everyMs: 60_000,
    places: [
      filePlace(file()),
      topicPlace(ledger.em, {
        publishCheckpoint: async (seq, line) => {
          topic.push([seq, line]);
        },
      }),
    ],
    now: () => new Date(nowMs),
    failed: (error) => failures.push(error),
  });
/** Appends so many events and gives them their places. */
async function happen(count: number, stream = 'application-a', version = 0) {
  const facts = Array.from({ length: count }, (_, n) => ({ type: 'Happened', data: { n } }));
  await writer.em.fork().transactional((tx) => append(tx, stream, version, facts));
  return sequenceBatch(ledger.em, epoch);
}
const seqs = (all: readonly { readonly seq: number }[]): number[] => all.map(({ seq }) => seq);

it('signs every so many events, after a while, and at a stop; each names the one before', async () => {
  const checkpointer = await start();
  await checkpointer.took(await happen(9));
  await checkpointer.look();
  expect(seqs(await readCheckpoints(ledger.em))).toEqual([4, 8]);
  nowMs += 60_000;
  await checkpointer.look();
  await checkpointer.look();
  await checkpointer.took(await happen(1, 'application-b'));
  await checkpointer.stop();
  const all = await readCheckpoints(ledger.em);
  expect(seqs(all)).toEqual([4, 8, 9, 10]);
  expect(all.map(({ previous }) => previous)).toEqual([
    noCheckpoint,
    ...all.slice(0, -1).map(checkpointHash),
  ]);
  expect(all.every((one) => isGenuine(one, publicKey))).toBe(true);
  expect(failures).toEqual([]);
});

it('leaves them in a file with the leaves that they sign, and on a topic', async () => {
  const checkpointer = await start();
  await checkpointer.took(await happen(9));
  await checkpointer.stop();
  const all = await readCheckpoints(ledger.em);
  expect(await readCheckpointFile(file())).toEqual(all);
  expect(topic.map(([seq]) => seq)).toEqual([4, 8, 9]);
  const bytes = readFileSync(leavesPath(file()));
  for (const { first, seq, merkleRoot: root } of all) {
    const leaves = Array.from({ length: seq - first + 1 }, (_, at) =>
      bytes.subarray((first - 1 + at) * 32, (first + at) * 32),
    );
    expect(merkleRoot(leaves).toString('hex')).toBe(root);
  }
  for (const path of [file(), leavesPath(file())]) expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('goes on after a kill: what was sequenced and not signed is signed, what a place lacks is brought', async () => {
  const before = await start();
  await before.took(await happen(5));
  appendFileSync(file(), '{"kind":"checkpoint","first":5,');
  await happen(4, 'application-b');
  const after = await start();
  await after.stop();
  expect(seqs(await readCheckpointFile(file()))).toEqual([4, 8, 9]);
  rmSync(file());
  await start();
  expect(seqs(await readCheckpointFile(file()))).toEqual([4, 8, 9]);
  expect(failures).toEqual([]);
});

it('signs nothing that the chain does not vouch for', async () => {
  await happen(6);
  const admin = await openDatabase({
    url: database.adminUrl,
    entities: [],
    migrations: [],
    poolSize: 1,
  });
  await admin.em.execute('set session_replication_role = replica');
  await admin.em.execute(`update log.event set data = '{"n":99}' where pos = 3`);
  await admin.close();
  const checkpointer = await start();
  await checkpointer.took(await happen(5, 'application-b'));
  await checkpointer.stop();
  expect(failures).toEqual([new BrokenChain(3)]);
  expect(await readCheckpoints(ledger.em)).toEqual([]);
});

it('adds nothing to a file that knows more than the log', async () => {
  const checkpointer = await start();
  await checkpointer.took(await happen(9));
  await checkpointer.stop();
  const kept = readFileSync(file(), 'utf8');
  const admin = await openDatabase({
    url: database.adminUrl,
    entities: [],
    migrations: [],
    poolSize: 1,
  });
  await admin.em.execute('set session_replication_role = replica');
  for (const statement of [
    'delete from log.event where pos > 5',
    'delete from log.sequenced where global_seq > 5',
    'delete from log.checkpoint where seq > 4',
    'delete from log.published',
  ])
    await admin.em.execute(statement);
  await admin.close();
  const again = await start();
  await again.stop();
  expect(failures).toContainEqual(new EvidenceAhead(9, 4));
  expect(readFileSync(file(), 'utf8')).toBe(kept);
});

it('is fenced as its ledger is', async () => {
  const checkpointer = await start();
  const links = await happen(4);
  await takeOver(ledger.em);
  await expect(checkpointer.took(links)).rejects.toThrow(Fenced);
});
