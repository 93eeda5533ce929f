import { type ChainedEvent, chainHash, eventBytes, genesis } from '@firesteel/event-store/chain';
import fc from 'fast-check';
import type { Placed } from './log-walk.ts';
import { placedRows } from './placed-rows.ts';

const event = (globalSeq: number): ChainedEvent => ({
  globalSeq,
  stream: `job-run-00f${globalSeq}`,
  version: 1,
  eventId: '5c1f1f0e-0d4c-4c37-9a53-7a1a7f4f2a10',
  type: 'JobRunSubmitted',
  recordedAt: '2026-11-25T10:00:00.000001Z',
  data: '{"name":"Größe"}',
  meta: '{}',
});
const int32 = (number: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
};
const count = Buffer.of(0, 9);
const absent = int32(-1);
const hashOf = (globalSeq: number): Buffer => chainHash(genesis, event(globalSeq));
const hash = (globalSeq: number): Buffer => Buffer.concat([int32(32), hashOf(globalSeq)]);

/** As PostgreSQL writes it: a signature, rows, a trailer. The third place has no event. */
const copy = Buffer.concat([
  Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
  Buffer.alloc(8),
  ...[1, 2].flatMap((seq) => [count, eventBytes(event(seq)), hash(seq)]),
  ...[count, int32(1), Buffer.from('3'), ...Array(7).fill(absent), hash(3)],
  Buffer.of(0xff, 0xff),
]);
const places: readonly Placed[] = [
  ...[1, 2].map((globalSeq) => ({
    globalSeq,
    hash: hashOf(globalSeq),
    bytes: eventBytes(event(globalSeq)),
  })),
  { globalSeq: 3, hash: hashOf(3), bytes: null },
];

it('takes a copy apart wherever it was cut', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.nat(copy.length)), async (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), copy.length];
      async function* chunks(): AsyncGenerator<Buffer, void> {
        for (const [index, edge] of edges.slice(1).entries())
          yield copy.subarray(edges[index], edge);
      }
      const rows: Placed[] = [];
      for await (const page of placedRows(chunks())) rows.push(...page);
      expect(rows).toEqual(places);
    }),
  ));
