import { createRequire } from 'node:module';
import fc from 'fast-check';
import {
  encodeRecord,
  groupMessagesPerPartition,
  murmur2,
  type RecordParts,
  writeUVarInt,
} from './kafkajs-encoding.ts';

const require = createRequire(import.meta.url);
const Encoder = require('kafkajs/src/protocol/encoder');
const kafkajsGrouping = require('kafkajs/src/producer/groupMessagesPerPartition');
const kafkajsMurmur2 = require('kafkajs/src/producer/partitioners/default/murmur2');
const kafkajsRecord = require('kafkajs/src/protocol/recordBatch/record/v0');

const text = fc.string({ unit: 'binary', maxLength: 300 });
const value = fc.oneof(text, fc.uint8Array({ maxLength: 3_000 }).map(Buffer.from));
const record: fc.Arbitrary<RecordParts> = fc.record({
  offsetDelta: fc.nat(2 ** 30),
  timestampDelta: fc.nat(2 ** 31 - 1),
  key: fc.option(value),
  value: fc.option(value),
  headers: fc.dictionary(text, fc.oneof(value, fc.array(value, { maxLength: 3 })), {
    noNullPrototype: true,
  }),
});

it('writes the bytes that kafkajs writes', () =>
  fc.assert(
    fc.property(record, (parts) => {
      expect(encodeRecord(parts).buffer).toEqual(kafkajsRecord(parts).buffer);
    }),
  ));

it('writes numbers as kafkajs does', () =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 })), (numbers) => {
      const [theirs, ours] = [new Encoder(1), new Encoder(1)];
      for (const number of numbers) {
        theirs.writeUVarInt(number);
        writeUVarInt.call(ours, number);
      }
      expect(ours.buffer).toEqual(theirs.buffer);
    }),
  ));

it('groups messages as kafkajs does', () =>
  fc.assert(
    fc.property(fc.array(fc.nat(5)), fc.nat(1), (partitions, known) => {
      const grouping = {
        topic: 'a',
        partitionMetadata: Array(known).fill({}),
        messages: partitions.map((partition, key) => ({ key, partition })),
        partitioner: ({ message }: { message: object }) => Reflect.get(message, 'partition'),
      };
      expect(groupMessagesPerPartition(grouping)).toEqual(kafkajsGrouping(grouping));
    }),
  ));

it('a record that is longer than all before it, and one after it', () => {
  const long = { key: 'k', value: 'ä'.repeat(2_000_000), headers: { a: ['b', 'c'] } };
  for (const parts of [long, { key: 'k', value: 'short' }, long])
    expect(encodeRecord(parts).buffer.equals(kafkajsRecord(parts).buffer)).toBe(true);
});

it('hashes keys as kafkajs does', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }).map(Buffer.from), (key) => {
      expect(murmur2(key)).toBe(kafkajsMurmur2(key));
    }),
    { numRuns: 1_000 },
  ));
