/**
 * How kafkajs 2.2.4 reads records, made cheaper: it makes a buffer of each header, copies what it has of them for each of
 * them, and adds numbers as objects. Every consumer reads every event of the log, a dozen headers each, most of them
 * to pass it by: what nobody asks for is not taken apart.
 */

/** A place in bytes; of kafkajs' decoder, what is used here. */
type Decoder = { readonly buffer: Buffer; offset: number };

/** What kafkajs knows of the batch that a record is in. */
export type BatchContext = {
  readonly firstOffset?: string;
  readonly firstTimestamp?: string;
  readonly magicByte?: number;
  readonly isControlBatch?: boolean;
  readonly timestampType?: number;
  readonly maxTimestamp?: string;
};

type Headers = Record<string, Buffer | null | (Buffer | null)[]>;

/** The type of timestamps that the broker gives, and not the producer. */
const logAppendTime = 1;

/** A signed number in groups of seven bits, the lowest first; exact as far as numbers are. */
function readVarNumber(decoder: Decoder): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = decoder.buffer[decoder.offset++];
    if (byte === undefined) throw new RangeError('the record ends within a number');
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** Passes bytes with their length before them; answers the length, negative for none. */
function passBytes(decoder: Decoder): number {
  const length = readVarNumber(decoder);
  if (length > 0) decoder.offset += length;
  return length;
}

function readBytes(decoder: Decoder): Buffer | null {
  const length = passBytes(decoder);
  return length < 0 ? null : decoder.buffer.subarray(decoder.offset - length, decoder.offset);
}

function readHeaders(decoder: Decoder): Headers {
  const headers = new Map<string, Headers[string]>();
  for (let left = readVarNumber(decoder); left > 0; left -= 1) {
    const name = String(readBytes(decoder));
    const value = readBytes(decoder);
    const before = headers.get(name);
    if (before === undefined) headers.set(name, value);
    else headers.set(name, Array.isArray(before) ? [...before, value] : [before, value]);
  }
  return Object.fromEntries(headers);
}

/** Names as bytes: few, and always the same. */
const knownNames = new Map<string, Buffer>();

function bytesOfName(name: string): Buffer {
  const bytes = knownNames.get(name) ?? Buffer.from(name);
  knownNames.set(name, bytes);
  return bytes;
}

/** A record of version 0, as kafkajs' own decoder gives it; key, value and headers are taken apart when they are asked for. */
export class DecodedRecord {
  readonly magicByte: number | undefined;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
  private readonly buffer: Buffer;
  private readonly keyAt: number;

  constructor(decoder: Decoder, batchContext: BatchContext) {
    const { timestampType, maxTimestamp } = batchContext;
    this.magicByte = batchContext.magicByte;
    this.attributes = decoder.buffer.readInt8(decoder.offset);
    decoder.offset += 1;
    const timestampDelta = readVarNumber(decoder);
    const offsetDelta = readVarNumber(decoder);
    this.timestamp =
      timestampType === logAppendTime && maxTimestamp
        ? maxTimestamp
        : String(Number(batchContext.firstTimestamp) + timestampDelta);
    this.offset = String(Number(batchContext.firstOffset) + offsetDelta);
    this.isControlRecord = batchContext.isControlBatch ?? false;
    this.batchContext = batchContext;
    this.buffer = decoder.buffer;
    this.keyAt = decoder.offset;
  }

  get key(): Buffer | null {
    return readBytes({ buffer: this.buffer, offset: this.keyAt });
  }

  get value(): Buffer | null {
    return readBytes(this.after(1));
  }

  get headers(): Headers {
    return readHeaders(this.after(2));
  }

  /** One header as text, the first of that name; undefined when there is none. */
  header(name: string): string | undefined {
    const wanted = bytesOfName(name);
    const at = this.after(2);
    for (let left = readVarNumber(at); left > 0; left -= 1) {
      const length = passBytes(at);
      const isWanted =
        length === wanted.length &&
        wanted.compare(this.buffer, at.offset - length, at.offset) === 0;
      const valueLength = passBytes(at);
      if (isWanted && valueLength >= 0)
        return this.buffer.toString('utf8', at.offset - valueLength, at.offset);
    }
    return undefined;
  }

  /** Behind the key, or the key and the value. */
  private after(fields: number): Decoder {
    const at = { buffer: this.buffer, offset: this.keyAt };
    for (let field = 0; field < fields; field += 1) passBytes(at);
    return at;
  }
}

/** In place of kafkajs' own. */
export const decodeRecord = (decoder: Decoder, batchContext: BatchContext = {}): DecodedRecord =>
  new DecodedRecord(decoder, batchContext);
