import { createRequire } from 'node:module';
import fc from 'fast-check';
import { type BatchContext, decodeRecord } from './kafkajs-decoding.ts';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder');
const encode = require('kafkajs/src/protocol/recordBatch/record/v0');
const theirs = require('kafkajs/src/protocol/recordBatch/record/v0/decoder');

const text = fc.string({ unit: 'binary', maxLength: 40 });
/** kafkajs' own takes what every object has, such as `toString`, for headers that were there before. */
const name = text.filter((one) => !(one in {}));
const value = fc.oneof(text, fc.uint8Array({ maxLength: 3_000 }).map(Buffer.from));
const record = fc.record({
  offsetDelta: fc.nat(2 ** 30),
  timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  key: fc.option(value),
  value: fc.option(value),
  headers: fc.dictionary(name, fc.oneof(value, fc.array(value, { maxLength: 3 })), {
    noNullPrototype: true,
  }),
});
const context: fc.Arbitrary<BatchContext> = fc.record({
  firstOffset: fc.nat(2 ** 40).map(String),
  firstTimestamp: fc.nat(2 ** 42).map(String),
  maxTimestamp: fc.nat(2 ** 42).map(String),
  magicByte: fc.constant(2),
  isControlBatch: fc.boolean(),
  timestampType: fc.constantFrom(-1, 0, 1),
});

/** The record behind its length, which is what is written. */
const bodyOf = (parts: object) => new Decoder(new Decoder(encode(parts).buffer).readVarIntBytes());

it('reads what kafkajs reads', () =>
  fc.assert(
    fc.property(record, context, (parts, batch) => {
      const expected = theirs(bodyOf(parts), batch);
      const found = decodeRecord(bodyOf(parts), batch);
      const all = Object.keys(expected).map((name) => [name, Reflect.get(found, name)]);
      expect(Object.fromEntries(all)).toEqual(expected);
    }),
    { numRuns: 500 },
  ));

it('reads one header as text, without the others', () =>
  fc.assert(
    fc.property(fc.dictionary(text, text, { noNullPrototype: true }), text, (headers, other) => {
      const found = decodeRecord(bodyOf({ value: 'v', headers }));
      // Halves of surrogate pairs have no bytes of their own.
      for (const [name, one] of Object.entries(headers))
        expect(found.header(name)).toBe(String(Buffer.from(one)));
      expect(found.header(`${other}, which is none of them`)).toBeUndefined();
    }),
  ));

it('refuses a record that is cut off within a number', () => {
  const cut = new Decoder(Buffer.from([0, 0x80]));
  expect(() => decodeRecord(cut)).toThrow('the record ends within a number');
});
