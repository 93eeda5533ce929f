import {
  type ChainedEvent,
  chained,
  chainHash,
  eventBytes,
  eventOf,
  frameOf,
  genesis,
  hashTextInFrame,
  leafInFrame,
  linkOf,
} from './chain.ts';
import { leafHash } from './merkle.ts';

const event: ChainedEvent = {
  globalSeq: 7,
  stream: 'job-run-00f1',
  version: 2,
  eventId: '5c1f1f0e-0d4c-4c37-9a53-7a1a7f4f2a10',
  type: 'JobRunStarted',
  recordedAt: '2026-11-25T10:00:00.000001Z',
  data: '{"at":"2026-11-25T10:00:00.000Z"}',
  meta: '{}',
};
const hex = (changed: Partial<ChainedEvent>, previous = genesis): string =>
  chainHash(previous, { ...event, ...changed }).toString('hex');

it('stays what it is: the hashes of a log that exists depend on it', () => {
  expect(hex({})).toBe('0e3798907e2b096338189edfda5cbab8d263e0753b71572669152e42474888f2');
});

it.each<[string, Partial<ChainedEvent>]>([
  ['place', { globalSeq: 8 }],
  ['stream', { stream: 'job-run-00f2' }],
  ['version', { version: 3 }],
  ['id', { eventId: '5c1f1f0e-0d4c-4c37-9a53-7a1a7f4f2a11' }],
  ['type', { type: 'JobRunFailed' }],
  ['time', { recordedAt: '2026-11-25T10:00:00.000002Z' }],
  ['data', { data: '{"at":"2026-11-25T10:00:00.001Z"}' }],
  ['data’s white space', { data: '{"at": "2026-11-25T10:00:00.000Z"}' }],
  ['meta', { meta: '{"requestId":"r"}' }],
])('changes with the %s', (_field, changed) => {
  expect(hex(changed)).not.toBe(hex({}));
});

it('changes with everything before it', () => {
  expect(hex({}, chainHash(genesis, { ...event, globalSeq: 6 }))).not.toBe(hex({}));
});

it.each<[string, Partial<ChainedEvent>, Partial<ChainedEvent>]>([
  ['data and meta', { data: '{}{', meta: '}' }, { data: '{}', meta: '{}' }],
  [
    'place, stream and version',
    { globalSeq: 1, stream: '1', version: 11 },
    { globalSeq: 11, stream: '1', version: 1 },
  ],
])('does not confuse where %s meet', (_fields, one, other) => {
  expect(hex(one)).not.toBe(hex(other));
});

it('takes the texts of a row as they are', () => {
  const { eventId: event_id, recordedAt: recorded_at, globalSeq, ...same } = event;
  expect(chained({ ...same, pos: '12', event_id, recorded_at }, globalSeq)).toEqual(event);
});

it('is in its bytes, whole', () => {
  const strange = { ...event, data: '{"name":"Größe \u0000"}', meta: '' };
  expect(eventOf(frameOf(strange))).toEqual(strange);
  expect(() => eventOf(frameOf(strange).subarray(14))).toThrow(RangeError);
});

it('is the same in a frame, and so is its leaf', () => {
  const link = linkOf(genesis, event);
  const frame = frameOf(event);
  const hash = hashTextInFrame(genesis.toString('latin1'), frame);
  expect(Buffer.from(hash, 'latin1')).toEqual(link.hash);
  expect(link.hash).toEqual(chainHash(genesis, event));
  expect([leafInFrame(frame), link.leaf]).toEqual(Array(2).fill(leafHash(eventBytes(event))));
});
