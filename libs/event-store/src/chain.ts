/** The hash chain: every event's place and exact bytes, bound to everything before it. */
import { sha256, sha256Text } from './sha256.ts';

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

/** Where an event's bytes begin in a frame: before them is room for the previous hash. */
export const hashBytes = 32;

/** Every field as UTF-8 with its length before it (4 bytes, big-endian), after room for a hash. */
export function frameOf(event: ChainedEvent): Buffer {
  const fields = [
    String(event.globalSeq),
    event.stream,
    String(event.version),
    event.eventId,
    event.type,
    event.recordedAt,
    event.data,
    event.meta,
  ];
  const sizes = fields.map((field) => Buffer.byteLength(field));
  const frame = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + 4 + size, hashBytes));
  let at = hashBytes;
  fields.forEach((field, index) => {
    at = frame.writeUInt32BE(sizes[index] ?? 0, at);
    at += frame.write(field, at);
  });
  return frame;
}

/** An event's bytes, different for different events: what the chain and the Merkle tree are made of. */
export const eventBytes = (event: ChainedEvent): Buffer => frameOf(event).subarray(hashBytes);

/** An event's place in the chain and in its checkpoint's Merkle tree. */
export type Link = { readonly hash: Buffer; readonly leaf: Buffer };

/** The event of a frame. */
export function eventOf(frame: Buffer): ChainedEvent {
  const fields: string[] = [];
  for (let at = hashBytes; at < frame.length; ) {
    const start = at + 4;
    at = start + frame.readUInt32BE(at);
    fields.push(frame.toString('utf8', start, at));
  }
  const [globalSeq, stream, version, eventId, type, recordedAt, data, meta] = fields;
  if (fields.length !== 8 || meta === undefined) throw new RangeError('these are no event’s bytes');
  return {
    globalSeq: Number(globalSeq),
    stream: String(stream),
    version: Number(version),
    eventId: String(eventId),
    type: String(type),
    recordedAt: String(recordedAt),
    data: String(data),
    meta,
  };
}

function hashInFrame(previous: Buffer, frame: Buffer): Buffer {
  previous.copy(frame);
  return sha256(frame);
}

/** The hash of a frame's event, chained to the one before, both as latin1; that one is written into the frame's room. */
export function hashTextInFrame(previous: string, frame: Buffer): string {
  frame.write(previous, 'latin1');
  return sha256Text(frame);
}

/** The leaf of a frame's event (`leafHash`), whose prefix by RFC 6962 is written right before its bytes. */
export function leafInFrame(frame: Buffer): Buffer {
  frame[hashBytes - 1] = 0;
  return sha256(frame.subarray(hashBytes - 1));
}

/** Both hashes of an event at once; see `chainHash` and `leafHash`. */
export function linkOf(previous: Buffer, event: ChainedEvent): Link {
  const frame = frameOf(event);
  return { hash: hashInFrame(previous, frame), leaf: leafInFrame(frame) };
}

/**
 * SHA-256 over the previous hash and every field, each with its length before it, so that no two
 * different events have the same bytes (architecture §3).
 */
export const chainHash = (previous: Buffer, event: ChainedEvent): Buffer =>
  hashInFrame(previous, frameOf(event));

/** A moment as the chain knows it: UTC with microseconds, in SQL. */
export const utcText = (expression: string): string =>
  `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const eventId = 'e.event_id::text';
const recordedAt = utcText('e.recorded_at');

/** The columns of `log.event` (aliased `e`) in the text form the chain needs; `global_seq` comes beside them. */
export const chainedColumns = `e.pos::text as pos, e.stream, e.version, ${eventId} as event_id, e.type,
  ${recordedAt} as recorded_at, e.data::text as data, e.meta::text as meta`;

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
