/** The hash chain: every event's place and exact bytes, bound to everything before it. */
import { createHash } from 'node:crypto';

/** An event as the chain sees it: payloads are the exact text the log holds. */
export type ChainedEvent = {
  readonly globalSeq: number;
  readonly stream: string;
  readonly version: number;
  readonly eventId: string;
  readonly type: string;
  /** ISO-8601 UTC with microseconds, as the log prints it. */
  readonly recordedAt: string;
  readonly data: string;
  readonly meta: string;
};

/** What the first event's hash is chained to. */
export const genesis: Buffer = Buffer.alloc(32);

/**
 * SHA-256 over the previous hash and every field, each with its length before it, so that no two
 * different events have the same bytes (architecture §3).
 */
export function chainHash(previous: Buffer, event: ChainedEvent): Buffer {
  const hash = createHash('sha256').update(previous);
  for (const field of [
    String(event.globalSeq),
    event.stream,
    String(event.version),
    event.eventId,
    event.type,
    event.recordedAt,
    event.data,
    event.meta,
  ]) {
    const bytes = Buffer.from(field, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest();
}

/** The columns of `log.event` (aliased `e`) in the text form the chain needs; `global_seq` comes beside them. */
export const chainedColumns = `e.pos::text as pos, e.stream, e.version, e.event_id::text as event_id, e.type,
  to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded_at,
  e.data::text as data, e.meta::text as meta`;

/** A row with those columns. */
export type ChainedRow = {
  readonly pos: string;
  readonly stream: string;
  readonly version: number;
  readonly event_id: string;
  readonly type: string;
  readonly recorded_at: string;
  readonly data: string;
  readonly meta: string;
};

/** Gives a row its place. */
export const chained = (row: ChainedRow, globalSeq: number): ChainedEvent => ({
  globalSeq,
  stream: row.stream,
  version: row.version,
  eventId: row.event_id,
  type: row.type,
  recordedAt: row.recorded_at,
  data: row.data,
  meta: row.meta,
});
