import { Refused } from '@firesteel/decider/refused';
import { pageToken, placeOf } from './page-token.ts';

const encoded = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

it.each<[string, string]>([
  ['2026-11-25T10:00:00.000Z', '00f1cbsc6anuij25'],
  ['', ''],
  ['ä – 火', 'a"b\\c'],
])('brings the place (%s, %s) back', (sortKey, id) => {
  const token = pageToken([sortKey, id]);
  expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
  expect(placeOf(token)).toEqual([sortKey, id]);
});

it('begins at the beginning without a token', () => {
  expect(placeOf(undefined)).toBeNull();
});

it.each([
  ['nothing', ''],
  ['no base64', '!!!'],
  ['no JSON', Buffer.from('{').toString('base64url')],
  ['null', encoded(null)],
  ['one part', encoded(['a'])],
  ['three parts', encoded(['a', 'b', 'c'])],
  ['numbers', encoded([1, 2])],
  ['an object', encoded({ 0: 'a', 1: 'b' })],
  ['half a token', pageToken(['2026', 'id']).slice(0, 7)],
])('refuses %s', (_name, token) => {
  expect(() => placeOf(token)).toThrow(new Refused('Invalid', 'The nextToken is not valid.'));
});
