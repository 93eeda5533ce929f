import { type ChainedEvent, frameOf } from '@firesteel/event-store/chain';
import fc from 'fast-check';
import {
  copiedRows,
  eventFields,
  frameAt,
  momentText,
  placeFields,
  placeOf,
  unplacedOf,
} from './copied-rows.ts';

const event = (globalSeq: number): ChainedEvent => ({
  globalSeq,
  stream: `job-run-00f${globalSeq}`,
  version: 12,
  eventId: '5c1f1f0e-0d4c-4c37-9a53-7a1a7f4f2a10',
  type: 'JobRunSubmitted',
  recordedAt: '2026-11-25T10:00:00.000001Z',
  data: '{"name":"Größe"}',
  meta: '{}',
});
/** 2026-11-25T10:00:00.000001Z in microseconds since 2000. */
const sinceMillenniumUs = Date.UTC(2026, 10, 25, 10) * 1e3 + 1 - Date.UTC(2000) * 1e3;
const bigint = (number: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(number));
  return bytes;
};
const field = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** As PostgreSQL writes it: a signature, rows, a trailer. */
const copyOf = (rows: readonly (readonly Buffer[])[]): Buffer =>
  Buffer.concat([
    Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
    Buffer.alloc(8),
    ...rows.flatMap((fields) => [Buffer.of(0, fields.length), ...fields.map(field)]),
    Buffer.of(0xff, 0xff),
  ]);
const events = copyOf(
  [1, 2, 3].map((seq) => {
    const { stream, version, eventId, type, data, meta } = event(seq);
    const texts = [stream, String(version), eventId, type, data, meta];
    return [bigint(seq + 7), bigint(sinceMillenniumUs), ...texts.map((text) => Buffer.from(text))];
  }),
);
const places = copyOf(
  [1, 2, 3].map((seq) => [bigint(seq), bigint(2 ** 40), Buffer.alloc(32, seq)]),
);

/** Every row of a copy that comes in pieces. */
async function rowsOf<Row>(
  copy: Buffer,
  cuts: readonly number[],
  read: (chunks: AsyncIterable<Buffer>) => AsyncIterable<readonly Row[]>,
): Promise<Row[]> {
  const edges = [0, ...cuts.toSorted((a, b) => a - b), copy.length];
  async function* chunks(): AsyncGenerator<Buffer, void> {
    for (const [index, edge] of edges.slice(1).entries()) yield copy.subarray(edges[index], edge);
  }
  const rows: Row[] = [];
  for await (const page of read(chunks())) rows.push(...page);
  return rows;
}

it('makes the bytes that the chain hashes out of a row, wherever the copy was cut', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.nat(events.length)), async (cuts) => {
      const rows = await rowsOf(events, cuts, (chunks) =>
        copiedRows(chunks, eventFields.length, unplacedOf),
      );
      expect(rows.map(({ pos }) => pos)).toEqual([8, 9, 10]);
      for (const [index, row] of rows.entries()) {
        const due = frameOf(event(index + 1));
        due.fill(0, 0, 32);
        const frame = frameAt(index + 1, row);
        frame.fill(0, 0, 32);
        expect(frame).toEqual(due);
      }
    }),
  ));

it('reads places, wherever the copy was cut', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.nat(places.length)), async (cuts) => {
      const rows = await rowsOf(places, cuts, (chunks) =>
        copiedRows(chunks, placeFields.length, placeOf),
      );
      expect(rows).toEqual(
        [1, 2, 3].map((seq) => ({
          globalSeq: seq,
          pos: 2 ** 40,
          hash: String.fromCharCode(seq).repeat(32),
        })),
      );
    }),
  ));

it.each([
  [sinceMillenniumUs, '2026-11-25T10:00:00.000001Z'],
  [-1, '1999-12-31T23:59:59.999999Z'],
  [0, '2000-01-01T00:00:00.000000Z'],
  // `infinity`: no time at which anything was recorded.
  [2 ** 63, '9223372036854776000 us'],
])('writes %d microseconds since 2000 as the log does', (us, text) => {
  expect(momentText(us)).toBe(text);
});
