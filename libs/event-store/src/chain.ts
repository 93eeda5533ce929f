/** The hash chain: every event's place and exact bytes, bound to everything before it. */
import { sha256 } from './sha256.ts';

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
const hashBytes = 32;

/** Every field as UTF-8 with its length before it (4 bytes, big-endian), after room for a hash. */
function frameOf(event: ChainedEvent): Buffer {
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

/** The event that has those bytes. */
export function eventOf(bytes: Buffer): ChainedEvent {
  const fields: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + 4;
    at = start + bytes.readUInt32BE(at);
    fields.push(bytes.toString('utf8', start, at));
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

function linkOfFrame(previous: Buffer, frame: Buffer): Link {
  previous.copy(frame);
  const link = sha256(frame);
  // RFC 6962's prefix of a leaf, right before the event's bytes.
  frame[hashBytes - 1] = 0;
  return { hash: link, leaf: sha256(frame.subarray(hashBytes - 1)) };
}

/** Both hashes of an event at once; see `chainHash` and `leafHash`. */
export const linkOf = (previous: Buffer, event: ChainedEvent): Link =>
  linkOfFrame(previous, frameOf(event));

/** The same from an event's bytes. */
export function linkOfBytes(previous: Buffer, bytes: Buffer): Link {
  const frame = Buffer.allocUnsafe(hashBytes + bytes.length);
  bytes.copy(frame, hashBytes);
  return linkOfFrame(previous, frame);
}

/**
 * SHA-256 over the previous hash and every field, each with its length before it, so that no two
 * different events have the same bytes (architecture §3).
 */
export function chainHash(previous: Buffer, event: ChainedEvent): Buffer {
  const frame = frameOf(event);
  previous.copy(frame);
  return sha256(frame);
}

/** A moment as the chain knows it: UTC with microseconds, in SQL. */
export const utcText = (expression: string): string =>
  `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const eventId = 'e.event_id::text';
const recordedAt = utcText('e.recorded_at');

/** The columns of `log.event` (aliased `e`) in the text form the chain needs; `global_seq` comes beside them. */
export const chainedColumns = `e.pos::text as pos, e.stream, e.version, ${eventId} as event_id, e.type,
  ${recordedAt} as recorded_at, e.data::text as data, e.meta::text as meta`;

/** The fields of an event's bytes that follow its place, as texts in their order. */
export const chainedFields = `e.stream, e.version::text, ${eventId}, e.type, ${recordedAt}, e.data::text, e.meta::text`;

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
