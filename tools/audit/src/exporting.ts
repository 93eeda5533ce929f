/** Pieces of the log as text that needs no database to be verified; `EXPORT.md` says what each line is. */
import {
  type ChainedRow,
  chained,
  chainedColumns,
  genesis,
  linkOf,
} from '@firesteel/event-store/chain';
import type { SignedCheckpoint } from '@firesteel/event-store/checkpoint';
import { checkpointLine, eventLine, type LogLine } from '@firesteel/event-store/log-file';
import { inclusionProofs } from '@firesteel/event-store/merkle';
import { readCheckpoints } from '@firesteel/ledger/checkpointer';
import type { EntityManager } from '@mikro-orm/postgresql';
import { pagedRows } from './snapshot.ts';

type Row = ChainedRow & { readonly global_seq: string; readonly hash: string };

/** Places from the first to the last, both included. */
export type Range = { readonly first: number; readonly last: number };

const rowsOf = (tx: EntityManager, { first, last }: Range): AsyncGenerator<Row, void> =>
  pagedRows<Row>(
    tx,
    'exported',
    `select s.global_seq::text as global_seq, encode(s.hash, 'hex') as hash, ${chainedColumns}
     from log.sequenced s join log.event e using (pos)
     where s.global_seq between ${first} and ${last} order by s.global_seq`,
  );

async function hashAt(tx: EntityManager, seq: number): Promise<string> {
  if (seq === 0) return genesis.toString('hex');
  const [row] = await tx.execute<{ hash: string }[]>(
    "select encode(hash, 'hex') as hash from log.sequenced where global_seq = ?",
    [seq],
  );
  if (!row) throw new Error(`There is no event ${seq}.`);
  return row.hash;
}

/** Every event of a range, and each checkpoint right behind its last event. */
export async function* rangeLines(tx: EntityManager, range: Range): AsyncGenerator<LogLine, void> {
  const checkpoints = new Map(
    (await readCheckpoints(tx, range.first - 1)).map((one) => [one.seq, one]),
  );
  const previousHash = await hashAt(tx, range.first - 1);
  yield { kind: 'log', format: 1, first: range.first, previousHash, selection: null };
  for await (const row of rowsOf(tx, range)) {
    const seq = Number(row.global_seq);
    yield eventLine(chained(row, seq), row.hash);
    const checkpoint = checkpoints.get(seq);
    if (checkpoint) yield checkpointLine(checkpoint);
  }
}

/** Some events of a checkpoint, each with its path to the signed root. */
async function* provenLines(
  tx: EntityManager,
  checkpoint: SignedCheckpoint,
  wanted: (row: Row) => boolean,
): AsyncGenerator<LogLine, void> {
  const leaves: Buffer[] = [];
  const chosen: Row[] = [];
  for await (const row of rowsOf(tx, { first: checkpoint.first, last: checkpoint.seq })) {
    leaves.push(linkOf(genesis, chained(row, Number(row.global_seq))).leaf);
    if (wanted(row)) chosen.push(row);
  }
  if (chosen.length === 0) return;
  yield checkpointLine(checkpoint);
  const proofOf = inclusionProofs(leaves);
  for (const row of chosen) {
    const seq = Number(row.global_seq);
    const path = proofOf(seq - checkpoint.first).map((node) => node.toString('hex'));
    yield eventLine(chained(row, seq), row.hash, { checkpoint: checkpoint.seq, path });
  }
}

/** Events of a range that are wanted and signed; those behind the last checkpoint cannot be proven yet. */
async function* selectionLines(
  tx: EntityManager,
  selection: string,
  range: Range,
  wanted: (row: Row) => boolean,
): AsyncGenerator<LogLine, void> {
  const previousHash = await hashAt(tx, range.first - 1);
  yield { kind: 'log', format: 1, first: range.first, previousHash, selection };
  const inRange = ({ global_seq }: Row): boolean =>
    Number(global_seq) >= range.first && Number(global_seq) <= range.last;
  for (const checkpoint of await readCheckpoints(tx, range.first - 1))
    if (checkpoint.first <= range.last)
      yield* provenLines(tx, checkpoint, (row) => inRange(row) && wanted(row));
}

/** Streams about something of an account that do not name it, by the stream that does. */
const sameAs = [
  ['gate-', 'application-'],
  ['fence-', 'job-run-'],
] as const;

/** Whether a stream is an account's, or everybody's as prices are. */
function belongs(stream: string, accountId: string, own: ReadonlySet<string>): boolean {
  if (own.has(stream) || stream.startsWith('price-list-')) return true;
  // Decisions of an account have streams of their own, and name it further inside.
  if (stream.startsWith(`access-${accountId}.`)) return true;
  return sameAs.some(
    ([from, to]) => stream.startsWith(from) && own.has(`${to}${stream.slice(from.length)}`),
  );
}

/** The events of one account with proofs, and the price lists its bills were made with. */
export async function* accountLines(
  tx: EntityManager,
  accountId: string,
  range: Range,
): AsyncGenerator<LogLine, void> {
  const rows = await tx.execute<{ stream: string }[]>(
    "select distinct stream from log.event where data->>'accountId' = ?",
    [accountId],
  );
  const own = new Set(rows.map(({ stream }) => stream));
  yield* selectionLines(tx, `account ${accountId}`, range, ({ stream }) =>
    belongs(stream, accountId, own),
  );
}

/**
 * One event with its proof, by its id or its place.
 * @throws Error when there is none, or no checkpoint covers it yet
 */
export async function* proofLines(tx: EntityManager, name: string): AsyncGenerator<LogLine, void> {
  const isPlace = /^[1-9]\d{0,14}$/.test(name);
  const [row] = await tx.execute<{ global_seq: string }[]>(
    `select s.global_seq from log.sequenced s join log.event e using (pos)
     where ${isPlace ? 's.global_seq = ?::bigint' : 'e.event_id::text = ?'}`,
    [name],
  );
  if (!row) throw new Error(`There is no event ${name}.`);
  const seq = Number(row.global_seq);
  const [checkpoint] = await readCheckpoints(tx, seq - 1);
  if (!checkpoint)
    throw new Error(`Event ${name} is not signed yet: the ledger signs every few minutes.`);
  yield* selectionLines(
    tx,
    `event ${name}`,
    { first: seq, last: seq },
    ({ global_seq }) => Number(global_seq) === seq,
  );
}
