import { createRequire } from 'node:module';
import fc from 'fast-check';
import { encodeRecord, type RecordParts, writeUVarInt } from './kafkajs-encoding.ts';

const require = createRequire(import.meta.url);
const Encoder = require('kafkajs/src/protocol/encoder');
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
