import { parseManifest } from './manifest.ts';

const whole = {
  format: 1,
  at: '2026-11-27T10:00:00.000Z',
  accountId: '123456789012',
  head: { seq: 7, hash: 'ab' },
  incarnation: 'life',
  segments: { names: [], place: null },
};

it('reads what a backup says of itself', () => {
  expect(parseManifest(JSON.stringify(whole), 'copy')).toEqual(whole);
});

it.each<[string, string | undefined, RegExp]>([
  ['a folder without it', undefined, /copy holds no whole backup/],
  ['another format', JSON.stringify({ ...whole, format: 2 }), /does not read/],
  ['a head without its hash', JSON.stringify({ ...whole, head: { seq: 7 } }), /does not read/],
])('%s is refused', (_name, text, sentence) => {
  expect(() => parseManifest(text, 'copy')).toThrow(sentence);
});
