/** 7: the power goes, and with it every byte that was not synced to the disk. */
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, unless } from '../fault.ts';
import { copyFolder, folderFor, startImage, whileFrozen } from '../image.ts';
import { compare, openJournal, readJournalFile } from '../journal.ts';
import type { Stack } from '../stack.ts';
import { keepStarting, prepare } from '../workload.ts';

type Row = { readonly name: string; readonly at: number; readonly redo: string };

/** Where the write-ahead log was last synced, as a file and a place in it, and where the last checkpoint began. */
const synced = async (stack: Stack): Promise<Row> => {
  const [row] = await stack.sql<Row>(
    `select file_name as name, file_offset as at, (select redo_lsn::text from pg_control_checkpoint()) as redo
     from pg_walfile_name_offset(pg_current_wal_flush_lsn())`,
  );
  if (row === undefined) throw new Error('PostgreSQL does not say what it has synced');
  return row;
};

/** Nothing of the log survives that was not synced. */
function forget(walDir: string, { name, at }: Row): void {
  for (const file of readdirSync(walDir))
    if (/^[0-9A-F]{24}$/.test(file) && file > name) rmSync(join(walDir, file));
  const last = join(walDir, name);
  const rest = Buffer.alloc(statSync(last).size - at);
  const open = openSync(last, 'r+');
  writeSync(open, rest, 0, rest.length, at);
  closeSync(open);
}

const headOf = 'select max(global_seq)::text as seq from log.sequenced';
const hashAt = (seq: string): string =>
  `select encode(hash, 'hex') as hash from log.sequenced where global_seq = ${Number(seq)}`;

export const powerCut: Fault = {
  number: '7',
  name: 'power-cut',
  does: 'PostgreSQL’s disk as a power cut would leave it, in the middle of the load',
  passes:
    'what is recovered holds everything acknowledged before the cut and is a prefix of the log',
  method:
    'Data files as they were at the last checkpoint, and of the write-ahead log only what had been synced, the rest zeroed: the least that a disk which keeps its word can hold. The server starts on that copy; the installation goes on.',
  stack: 'any',
  seconds: 20,
  run: async ({ stack, seconds, say }) => {
    const place = await prepare(stack);
    const journalDir = mkdtempSync(join(tmpdir(), 'firesteel-journal-'));
    const file = join(journalDir, 'journal.ndjson');
    const folder = folderFor(stack);
    const data = join(stack.home, 'data', 'postgres');
    const copy = join(folder, 'postgres');
    await stack.sql('checkpoint');
    await whileFrozen(stack, () => copyFolder(data, copy));
    const { redo } = await synced(stack);
    const over = new AbortController();
    const journal = openJournal(file);
    const clients = Array.from({ length: 4 }, () =>
      keepStarting(stack, place, journal, { everyMs: 10, seconds: 0 }, over.signal),
    );
    await pause(seconds * 1_000);
    const told = readJournalFile(file);
    const cut = await synced(stack);
    await whileFrozen(stack, () => {
      rmSync(join(copy, 'pg_wal'), { recursive: true });
      copyFolder(join(data, 'pg_wal'), join(copy, 'pg_wal'));
    });
    over.abort();
    await Promise.all(clients);
    rmSync(journalDir, { recursive: true });
    forget(join(copy, 'pg_wal'), cut);
    say(`cut at ${cut.name} + ${cut.at}`);
    const image = await startImage(stack, folder);
    try {
      const rows = await image.sql<{ name: string; ids: string[] }>(
        `select data->>'name' as name, array_agg(data->>'jobRunId') as ids from log.event
         where type = 'JobRunSubmitted' and data->>'name' is not null group by 1`,
      );
      const { acknowledged, lost } = compare(told, new Map(rows.map((row) => [row.name, row.ids])));
      const [{ seq } = { seq: '0' }] = await image.sql<{ seq: string }>(headOf);
      const [[theirs], [ours]] = await Promise.all([
        image.sql<{ hash: string }>(hashAt(seq)),
        stack.sql<{ hash: string }>(hashAt(seq)),
      ]);
      return {
        measured: `${acknowledged} acknowledged before the cut, ${lost.length} lost; recovered up to event ${seq}, ${theirs?.hash === ours?.hash ? 'the same chain' : 'another chain'}`,
        problems: [
          ...unless(cut.redo === redo, 'a checkpoint came between: take fewer seconds'),
          ...lost.map((token) => `lost: ${token}`),
          ...unless(theirs !== undefined && theirs.hash === ours?.hash, 'not a prefix of the log'),
        ],
      };
    } finally {
      await image.stop();
    }
  },
};
