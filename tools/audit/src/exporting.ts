/** Pieces of the log as text that needs no database to be verified; `EXPORT.md` says what each line is. */
import {
  type ChainedRow,
  chained,
  chainedColumns,
  genesis,
  linkOf,
} from '@firesteel/event-store/chain';
import type { SignedCheckpoint } from '@firesteel/event-store/checkpoint';
import {
  checkpointLine,
  eventLine,
  type LogEvent,
  type LogLine,
} from '@firesteel/event-store/log-file';
import { inclusionProofs } from '@firesteel/event-store/merkle';
import { droppedEvents, lastDropped, readSegments } from '@firesteel/event-store/segment';
import { noStore, type SegmentStore } from '@firesteel/event-store/segment-store';
import { readCheckpoints } from '@firesteel/ledger/checkpointer';
import type { EntityManager } from '@mikro-orm/postgresql';
import { pagedRows } from './snapshot.ts';

/** Places from the first to the last, both included. */
export type Range = { readonly first: number; readonly last: number };

type Row = ChainedRow & { readonly global_seq: string; readonly hash: string };

/** Every event of a range with its hash: from segments as far as rows have left, then from the tables. */
async function* eventsOf(
  tx: EntityManager,
  store: SegmentStore,
  { first, last }: Range,
): AsyncGenerator<LogEvent, void> {
  const segments = await readSegments(tx);
  yield* droppedEvents(segments, store, { first, last });
  const rows = pagedRows<Row>(
    tx,
    'exported',
    `select s.global_seq::text as global_seq, encode(s.hash, 'hex') as hash, ${chainedColumns}
     from log.sequenced s join log.event e using (pos)
     where s.global_seq between ${Math.max(first, lastDropped(segments) + 1)} and ${last} order by s.global_seq`,
  );
  for await (const row of rows) yield eventLine(chained(row, Number(row.global_seq)), row.hash);
}

async function hashAt(tx: EntityManager, store: SegmentStore, seq: number): Promise<string> {
  if (seq === 0) return genesis.toString('hex');
  for await (const { hash } of eventsOf(tx, store, { first: seq, last: seq })) return hash;
  throw new Error(`There is no event ${seq}.`);
}

/** Every event of a range, and each checkpoint right behind its last event. */
export async function* rangeLines(
  tx: EntityManager,
  range: Range,
  store = noStore,
): AsyncGenerator<LogLine, void> {
  const checkpoints = new Map(
    (await readCheckpoints(tx, range.first - 1)).map((one) => [one.seq, one]),
  );
  const previousHash = await hashAt(tx, store, range.first - 1);
  yield { kind: 'log', format: 1, first: range.first, previousHash, selection: null };
  for await (const event of eventsOf(tx, store, range)) {
    yield event;
    const checkpoint = checkpoints.get(event.globalSeq);
    if (checkpoint) yield checkpointLine(checkpoint);
  }
}

/** Some events of a checkpoint, each with its path to the signed root. */
async function* provenLines(
  tx: EntityManager,
  store: SegmentStore,
  checkpoint: SignedCheckpoint,
  wanted: (event: LogEvent) => boolean,
): AsyncGenerator<LogLine, void> {
  const leaves: Buffer[] = [];
  const chosen: LogEvent[] = [];
  const range = { first: checkpoint.first, last: checkpoint.seq };
  for await (const event of eventsOf(tx, store, range)) {
    leaves.push(linkOf(genesis, event).leaf);
    if (wanted(event)) chosen.push(event);
  }
  if (chosen.length === 0) return;
  yield checkpointLine(checkpoint);
  const proofOf = inclusionProofs(leaves);
  for (const event of chosen) {
    const path = proofOf(event.globalSeq - checkpoint.first).map((node) => node.toString('hex'));
    yield { ...event, proof: { checkpoint: checkpoint.seq, path } };
  }
}

/** Events of a range that are wanted and signed; those behind the last checkpoint cannot be proven yet. */
async function* selectionLines(
  tx: EntityManager,
  store: SegmentStore,
  selection: string,
  range: Range,
  wanted: (event: LogEvent) => boolean,
): AsyncGenerator<LogLine, void> {
  const previousHash = await hashAt(tx, store, range.first - 1);
  yield { kind: 'log', format: 1, first: range.first, previousHash, selection };
  const inRange = ({ globalSeq }: LogEvent): boolean =>
    globalSeq >= range.first && globalSeq <= range.last;
  for (const checkpoint of await readCheckpoints(tx, range.first - 1))
    if (checkpoint.first <= range.last)
      yield* provenLines(tx, store, checkpoint, (event) => inRange(event) && wanted(event));
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

/** Streams whose events name an account. */
async function streamsNaming(
  tx: EntityManager,
  store: SegmentStore,
  accountId: string,
): Promise<Set<string>> {
  const rows = await tx.execute<{ stream: string }[]>(
    "select distinct stream from log.event where data->>'accountId' = ?",
    [accountId],
  );
  const own = new Set(rows.map(({ stream }) => stream));
  const segments = await readSegments(tx);
  const range = { first: 1, last: lastDropped(segments) };
  for await (const { stream, data } of droppedEvents(segments, store, range))
    if (data.includes(accountId) && JSON.parse(data).accountId === accountId) own.add(stream);
  return own;
}

/** The events of one account with proofs, and the price lists its bills were made with. */
export async function* accountLines(
  tx: EntityManager,
  accountId: string,
  range: Range,
  store = noStore,
): AsyncGenerator<LogLine, void> {
  const own = await streamsNaming(tx, store, accountId);
  yield* selectionLines(tx, store, `account ${accountId}`, range, ({ stream }) =>
    belongs(stream, accountId, own),
  );
}

/** The place of an event that is named by its id or its place; null when there is none. */
async function placeOfEvent(
  tx: EntityManager,
  store: SegmentStore,
  name: string,
): Promise<number | null> {
  const isPlace = /^[1-9]\d{0,14}$/.test(name);
  const [row] = await tx.execute<{ global_seq: string }[]>(
    `select s.global_seq from log.sequenced s join log.event e using (pos)
     where ${isPlace ? 's.global_seq = ?::bigint' : 'e.event_id::text = ?'}`,
    [name],
  );
  if (row) return Number(row.global_seq);
  const segments = await readSegments(tx);
  const last = lastDropped(segments);
  if (isPlace) return Number(name) <= last ? Number(name) : null;
  for await (const { eventId, globalSeq } of droppedEvents(segments, store, { first: 1, last }))
    if (eventId === name) return globalSeq;
  return null;
}

/**
 * One event with its proof, by its id or its place.
 * @throws Error when there is none, or no checkpoint covers it yet
 */
export async function* proofLines(
  tx: EntityManager,
  name: string,
  store = noStore,
): AsyncGenerator<LogLine, void> {
  const seq = await placeOfEvent(tx, store, name);
  if (seq === null) throw new Error(`There is no event ${name}.`);
  const [checkpoint] = await readCheckpoints(tx, seq - 1);
  if (!checkpoint)
    throw new Error(`Event ${name} is not signed yet: the ledger signs every few minutes.`);
  yield* selectionLines(
    tx,
    store,
    `event ${name}`,
    { first: seq, last: seq },
    ({ globalSeq }) => globalSeq === seq,
  );
}
