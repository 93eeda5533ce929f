/**
 * How kafkajs 2.2.4 writes records, made cheaper: it has a zeroed half kilobyte and an encoder for each header, and
 * a buffer for each number. With the dozen headers of a CloudEvent that was more than half of all that the ledger did.
 */
import { createRequire } from 'node:module';

type Value = Buffer | string | null | undefined;

/** What one record is made of. */
export type RecordParts = {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key?: Value;
  readonly value?: Value;
  readonly headers?: Readonly<Record<string, Value | readonly Value[]>>;
};

/** The members of kafkajs' encoder that are used here. */
type Encoder = {
  buf: Buffer;
  offset: number;
  readonly buffer: Buffer;
  ensureAvailable(bytes: number): void;
  size(): number;
  writeInt8(value: number): Encoder;
  writeUVarInt(value: number): Encoder;
  writeVarInt(value: number): Encoder;
  writeVarLong(value: number): Encoder;
  writeVarIntString(value: string): Encoder;
  writeVarIntBytes(value: Value): Encoder;
  writeEncoder(other: Encoder): Encoder;
};
type EncoderClass = (new (initialSize: number) => Encoder) & { readonly prototype: Encoder };

const require = createRequire(import.meta.url);
const Encoder: EncoderClass = require('kafkajs/src/protocol/encoder');
const recordModule = require.resolve('kafkajs/src/protocol/recordBatch/record/v0');

/** Longer than any varint of 32 bits. */
const varIntBytes = 5;
/** What an event's headers take besides its data. */
const headersBytes = 1_000;

/** A record of version 0 in one encoder; the same bytes as kafkajs' own. */
export function encodeRecord(parts: RecordParts): Encoder {
  const { offsetDelta = 0, timestampDelta = 0, key, value, headers = {} } = parts;
  const pairs = Object.entries(headers).flatMap(([name, one]) =>
    Array.isArray(one) ? one.map((each): [string, Value] => [name, each]) : [[name, one as Value]],
  ) as [string, Value][];
  const body = new Encoder((value?.length ?? 0) + headersBytes)
    .writeInt8(0)
    .writeVarLong(timestampDelta)
    .writeVarInt(offsetDelta)
    .writeVarIntBytes(key)
    .writeVarIntBytes(value)
    .writeVarInt(pairs.length);
  for (const [name, one] of pairs) body.writeVarIntString(name).writeVarIntBytes(one);
  return new Encoder(body.size() + varIntBytes).writeVarInt(body.size()).writeEncoder(body);
}

/** A number of 32 bits in groups of seven, the lowest first, written where it belongs. */
export function writeUVarInt(this: Encoder, value: number): Encoder {
  this.ensureAvailable(varIntBytes);
  let rest = value;
  while ((rest & ~0x7f) !== 0) {
    this.buf[this.offset++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  this.buf[this.offset++] = rest;
  return this;
}

/** Makes kafkajs write records so, in this process; to be called before it sends its first. */
export function encodeQuickly(): void {
  Encoder.prototype.writeUVarInt = writeUVarInt;
  require(recordModule);
  const loaded = require.cache[recordModule];
  if (loaded !== undefined) loaded.exports = encodeRecord;
}
