import type { TopicEnd } from '@firesteel/messaging/producer';
import fc from 'fast-check';
import { inPortions, publishable, resumeAfter } from './relay.ts';

const end = (globalSeq: number, incarnation = 'life'): TopicEnd => ({ globalSeq, incarnation });

it.each<[string, number, TopicEnd | undefined, number]>([
  ['nothing was ever published', 0, undefined, 0],
  ['topic and checkpoint agree', 7, end(7), 7],
  ['the brokers lost a tail', 7, end(5), 5],
  ['the ledger died before its checkpoint', 5, end(7), 5],
  ['the topic is empty, whatever the checkpoint says', 7, undefined, 0],
  ['the topic is of another life of the log', 7, end(7, 'before the restore'), 0],
  ['another life went further', 3, end(900, 'before the restore'), 0],
])('goes on when %s', (_name, published, topicEnd, after) => {
  expect(resumeAfter(published, topicEnd, 'life')).toBe(after);
});

it('publishes an event with its payloads parsed and the life of its log', () => {
  const event = {
    globalSeq: 1,
    stream: 'gate-00f1',
    version: 1,
    eventId: 'id',
    type: 'GateOpened',
    recordedAt: '2026-11-25T10:00:00.000001Z',
  };
  expect(
    publishable({ ...event, data: '{"a": [1, null]}', meta: '{"requestId":"r"}' }, 'life'),
  ).toEqual({ ...event, data: { a: [1, null] }, meta: { requestId: 'r' }, incarnation: 'life' });
});

it('asks the broker for everything once and in its order, and for no more at once than it takes', () => {
  const text = fc
    .tuple(fc.constantFrom('a', '火'), fc.integer({ min: 1, max: 400_000 }))
    .map(([letter, length]) => letter.repeat(length));
  const events = fc.array(fc.record({ data: text, meta: fc.constant('{}') }), { maxLength: 12 });
  const bytesOf = (portion: readonly { data: string }[]): number =>
    portion.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);
  fc.assert(
    fc.property(events, (all) => {
      const portions = inPortions(all);
      expect(portions.flat()).toEqual(all);
      for (const portion of portions)
        expect(portion.length === 1 || bytesOf(portion) < 524_288).toBe(true);
      // Two that are next to each other were too much for one.
      portions.slice(1).forEach((portion, index) => {
        const both = [...(portions[index] ?? []), ...portion.slice(0, 1)];
        expect(bytesOf(both) + 602 * both.length).toBeGreaterThan(524_288);
      });
    }),
    { numRuns: 50 },
  );
});
