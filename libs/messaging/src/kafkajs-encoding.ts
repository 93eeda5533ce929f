/**
 * How kafkajs 2.2.4 groups and writes messages, made cheaper: it copies a partition's list for each message, and has an
 * encoder of half a zeroed kilobyte for each header and a buffer for each number. With hundreds of CloudEvents in a
 * request, a dozen headers each, that was more than half of all that the ledger did.
 */
import { createRequire } from 'node:module';

type Value = Buffer | string | null | undefined;
const isList = (value: Value | readonly Value[]): value is readonly Value[] => Array.isArray(value);

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
  writeInt8(value: number): Encoder;
  writeUVarInt(value: number): Encoder;
  writeVarInt(value: number): Encoder;
  writeVarLong(value: number): Encoder;
  writeVarIntString(value: string): Encoder;
  writeVarIntBytes(value: Value): Encoder;
};
type EncoderClass = (new (initialSize: number) => Encoder) & { readonly prototype: Encoder };

const require = createRequire(import.meta.url);
const Encoder: EncoderClass = require('kafkajs/src/protocol/encoder');

/** Longer than any varint of 32 bits. */
const varIntBytes = 5;

/** What kafkajs asks of a record that it puts into a batch. */
export type EncodedRecord = Pick<Encoder, 'buf' | 'buffer'>;

/** Where every record is written first: its length comes before it, and is known after it. */
let draft = new Encoder(16_384);
/** A record that made the draft larger than this does not keep its memory. */
const longestDraftBytes = 1_048_576;

/** Records lie side by side: memory of its own for each would be most of the collector's work. */
const slabBytes = 262_144;
let slab = Buffer.alloc(0);

/** Where the length of a record is written. */
const lengthDraft = new Encoder(varIntBytes);

function takeRoom(bytes: number): Buffer {
  if (bytes > slabBytes / 4) return Buffer.allocUnsafeSlow(bytes);
  if (bytes > slab.length) slab = Buffer.allocUnsafeSlow(slabBytes);
  const room = slab.subarray(0, bytes);
  slab = slab.subarray(bytes);
  return room;
}

function writeHeaders(to: Encoder, headers: NonNullable<RecordParts['headers']>): void {
  let count = 0;
  for (const name in headers) count += isList(headers[name]) ? headers[name].length : 1;
  to.writeVarInt(count);
  for (const name in headers) {
    const given = headers[name];
    if (isList(given)) for (const one of given) to.writeVarIntString(name).writeVarIntBytes(one);
    else to.writeVarIntString(name).writeVarIntBytes(given);
  }
}

/** A number whose varint is the same whether it is written as one of 32 bits or of 64. */
const isInt32 = (value: number): boolean => (value | 0) === value;

function writeDraft(parts: RecordParts): Encoder {
  const { offsetDelta = 0, timestampDelta = 0, key, value, headers = {} } = parts;
  if (draft.buf.length > longestDraftBytes) draft = new Encoder(16_384);
  draft.offset = 0;
  draft
    .writeInt8(0)
    [isInt32(timestampDelta) ? 'writeVarInt' : 'writeVarLong'](timestampDelta)
    .writeVarInt(offsetDelta)
    .writeVarIntBytes(key)
    .writeVarIntBytes(value);
  writeHeaders(draft, headers);
  return draft;
}

/** A record of version 0; the same bytes as kafkajs' own. */
export function encodeRecord(parts: RecordParts): EncodedRecord {
  const { buf: body, offset: size } = writeDraft(parts);
  lengthDraft.offset = 0;
  lengthDraft.writeVarInt(size);
  const bytes = takeRoom(lengthDraft.offset + size);
  lengthDraft.buf.copy(bytes, 0, 0, lengthDraft.offset);
  body.copy(bytes, lengthDraft.offset, 0, size);
  return { buf: bytes, buffer: bytes };
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

const mixer = 0x5bd1e995;

/** The hash by which Kafka's clients choose a key's partition, with numbers of 32 bits instead of objects for each. */
export function murmur2(key: Buffer): number {
  let hash = 0x9747b28c ^ key.length;
  const whole = key.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    const mixed = Math.imul(key.readInt32LE(at), mixer);
    hash = Math.imul(hash, mixer) ^ Math.imul(mixed ^ (mixed >>> 24), mixer);
  }
  if (whole < key.length) hash = Math.imul(hash ^ key.readUIntLE(whole, key.length - whole), mixer);
  hash = Math.imul(hash ^ (hash >>> 13), mixer);
  return hash ^ (hash >>> 15);
}

/** What kafkajs knows of messages that it groups. */
type Grouping = {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly object[];
  readonly partitioner: (asked: {
    readonly topic: string;
    readonly partitionMetadata: readonly unknown[];
    readonly message: object;
  }) => number;
};

/** Messages by the partition they go to. kafkajs' own copies a partition's list for each message that it adds. */
export function groupMessagesPerPartition(grouping: Grouping): Record<number, object[]> {
  const { topic, partitionMetadata, messages, partitioner } = grouping;
  const groups: Record<number, object[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message });
    const group = groups[partition];
    if (group) group.push(message);
    else groups[partition] = [message];
  }
  return groups;
}

/** Makes an encoder of kafkajs' write numbers so. */
export const writeNumbersQuickly = (): void => {
  Encoder.prototype.writeUVarInt = writeUVarInt;
};
