/**
 * The order as the database holds it, through COPY in its binary format: there a text is its length in four bytes
 * and its UTF-8, just as in an event's bytes, so a row is hashed where it lies.
 */
import { chainedFields } from '@firesteel/event-store/chain';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Placed } from './log-walk.ts';

/** Places from one on, each with the event's fields in the order of its bytes, and its hash. */
const copyFrom = (first: number): string => `copy (
  select s.global_seq::text, ${chainedFields}, s.hash
  from log.sequenced s left join log.event e on e.pos = s.pos
  where s.global_seq >= ${first} order by s.global_seq) to stdout (format binary)`;

/** Signature, flags and the length of an extension that there is none of. */
const headerBytes = 19;
const eventFields = 8;

/** A field's end, given where its length stands; null when the field is not all here. */
function fieldEnd(bytes: Buffer, at: number): number | null {
  if (at + 4 > bytes.length) return null;
  const end = at + 4 + Math.max(0, bytes.readInt32BE(at));
  return end > bytes.length ? null : end;
}

/** The row that begins at a place, and its end; null when it is not all here, or is the trailer. */
function rowAt(
  bytes: Buffer,
  at: number,
): { readonly placed: Placed; readonly end: number } | null {
  const start = at + 2;
  if (start > bytes.length || bytes.readInt16BE(at) < 0) return null;
  const seqEnd = fieldEnd(bytes, start);
  let end = seqEnd;
  for (let field = 1; end !== null && field < eventFields; field += 1) end = fieldEnd(bytes, end);
  const hashEnd = end === null ? null : fieldEnd(bytes, end);
  if (seqEnd === null || end === null || hashEnd === null) return null;
  const isThere = bytes.readInt32BE(seqEnd) >= 0;
  const placed = {
    globalSeq: Number(bytes.toString('latin1', start + 4, seqEnd)),
    hash: bytes.subarray(end + 4, hashEnd),
    bytes: isThere ? bytes.subarray(start, end) : null,
  };
  return { placed, end: hashEnd };
}

/** Takes a COPY apart, however it was cut into chunks; answers the rows of each chunk. */
export async function* placedRows(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<readonly Placed[], void> {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = begun ? 0 : headerBytes;
    const rows: Placed[] = [];
    for (let row = rowAt(bytes, at); row !== null; row = rowAt(bytes, at)) {
      rows.push(row.placed);
      at = row.end;
    }
    begun ||= bytes.length >= headerBytes;
    rest = begun ? bytes.subarray(at) : bytes;
    yield rows;
  }
}

/** Reads places from one on. The connection is of no use to others before the last was read. */
export async function* readPlaced(
  client: Client,
  first: number,
): AsyncGenerator<readonly Placed[], void> {
  // Place by place: the planner would rather sort the whole log before it gives the first.
  await client.query('set enable_sort = off; set max_parallel_workers_per_gather = 0');
  yield* placedRows(client.query(copyTo(copyFrom(first))));
}
