import { eventLine, lineText, parseLine } from './log-file.ts';

const event = {
  globalSeq: 7,
  stream: 'job-run-00f1',
  version: 2,
  eventId: '5c1f1f0e-0d4c-4c37-9a53-7a1a7f4f2a10',
  type: 'JobRunStarted',
  recordedAt: '2026-11-25T10:00:00.000001Z',
  data: '{"at" : "ä – 火\\n", "n": 1.0}',
  meta: '{}',
};

it('keeps the exact bytes of payloads', () => {
  const line = eventLine(event, 'a'.repeat(64), { checkpoint: 9, path: ['b'.repeat(64)] });
  const text = lineText(line);
  expect(text.split('\n')).toHaveLength(2);
  expect(parseLine(text)).toEqual(line);
});

it.each([
  ['no JSON', '{', /all of it/],
  ['no kind', '{"a":1}', /kind/],
  ['a hash that is none', lineText(eventLine(event, 'xyz')), /hash/],
  [
    'another format',
    '{"kind":"log","format":2,"first":1,"previousHash":"","selection":null}',
    /format/,
  ],
])('refuses %s', (_name, text, sentence) => {
  expect(() => parseLine(text)).toThrow(sentence);
});
