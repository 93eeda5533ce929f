/** COPY in its binary format, taken apart: places, and events in the bytes that the chain hashes. */

import { hashBytes } from '@firesteel/event-store/chain';

/** Signature, flags and the length of an extension that there is none of. */
const headerBytes = 19;

/** Where the fields of a row begin, each with its length before it, and where the last one ends. */
type Fields = readonly number[];

/** Finds the fields of the row that begins at a place; false when it is not all here, or is the trailer. */
function findFields(bytes: Buffer, at: number, count: number, found: number[]): boolean {
  let end = at + 2;
  if (end > bytes.length || bytes.readInt16BE(at) < 0) return false;
  for (let field = 0; field < count; field += 1) {
    found[field] = end;
    if (end + 4 > bytes.length) return false;
    end += 4 + Math.max(0, bytes.readInt32BE(end));
  }
  found[count] = end;
  return end <= bytes.length;
}

/**
 * Takes a COPY apart, however it was cut into chunks; answers the rows of each chunk.
 * @param rowOf makes a row of its fields, which are others after it has answered
 */
export async function* copiedRows<Row>(
  chunks: AsyncIterable<Buffer>,
  fieldCount: number,
  rowOf: (bytes: Buffer, fields: Fields) => Row,
): AsyncGenerator<readonly Row[], void> {
  const fields: number[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = begun ? 0 : headerBytes;
    const rows: Row[] = [];
    while (findFields(bytes, at, fieldCount, fields)) {
      rows.push(rowOf(bytes, fields));
      at = fields[fieldCount] ?? at;
    }
    begun ||= bytes.length >= headerBytes;
    rest = begun ? bytes.subarray(at) : bytes;
    yield rows;
  }
}

/** A `bigint`; exact as far as numbers are. */
const bigintAt = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at + 4) * 2 ** 32 + bytes.readUInt32BE(at + 8);

/** A place of the order without its event; the hash as latin1. */
export type Place = { readonly globalSeq: number; readonly pos: number; readonly hash: string };

export const placeFields = ['global_seq', 'pos', 'hash'];

export function placeOf(bytes: Buffer, fields: Fields): Place {
  const [seq = 0, pos = 0, hash = 0, end = 0] = fields;
  return {
    globalSeq: bigintAt(bytes, seq),
    pos: bigintAt(bytes, pos),
    hash: bytes.toString('latin1', hash + 4, end),
  };
}

/** Microseconds from 1970 to 2000, where PostgreSQL's time begins. */
const millenniumUs = 946_684_800_000_000;
/** The years 1 to 9999. */
const yearsUs = { first: -62_135_596_800_000_000, end: 253_402_300_800_000_000 };

let secondTold = Number.NaN;
let textOfSecond = '';

/** A `timestamptz` as the chain knows it (`utcText`): the same second is written once. No year of ours: no text of ours. */
export function momentText(sinceMillenniumUs: number): string {
  const atUs = sinceMillenniumUs + millenniumUs;
  if (!(atUs >= yearsUs.first && atUs < yearsUs.end)) return `${sinceMillenniumUs} us`;
  const second = Math.floor(atUs / 1e6);
  if (second !== secondTold) {
    secondTold = second;
    textOfSecond = new Date(second * 1_000).toISOString().slice(0, 20);
  }
  return `${textOfSecond}${String(atUs - second * 1e6).padStart(6, '0')}Z`;
}

/** Room before the rest of an event's bytes: for a hash, the length of its place, and that of at most 16 digits. */
const placeRoom = hashBytes + 20;

/** An event that knows no place: its bytes after `placeRoom`. */
export type Unplaced = { readonly pos: number; readonly frame: Buffer };

/** The time stands aside: to write it as text takes the server longer than all the rest. */
export const eventFields = [
  ...['pos', 'recorded_at'],
  ...['stream', 'version::text', 'event_id::text', 'type', 'data', 'meta'],
];

/** Texts lie in a row as they do in an event's bytes: before the time, and behind it. */
export function unplacedOf(bytes: Buffer, fields: Fields): Unplaced {
  const [pos = 0, at = 0, stream = 0, , , , data = 0, , end = 0] = fields;
  const time = momentText(bigintAt(bytes, at));
  const frame = Buffer.allocUnsafe(placeRoom + (end - stream) + 4 + time.length);
  let to = placeRoom + bytes.copy(frame, placeRoom, stream, data);
  to = frame.writeUInt32BE(time.length, to);
  to += frame.write(time, to, 'latin1');
  bytes.copy(frame, to, data, end);
  return { pos: bigintAt(bytes, pos), frame };
}

/** The frame of an event (`frameOf`) at its place. */
export function frameAt(globalSeq: number, { frame }: Unplaced): Buffer {
  const digits = String(globalSeq);
  const start = placeRoom - 4 - digits.length;
  frame.writeUInt32BE(digits.length, start);
  frame.write(digits, start + 4, 'latin1');
  return frame.subarray(start - hashBytes);
}
