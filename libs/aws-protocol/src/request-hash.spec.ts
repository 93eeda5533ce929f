import { requestHashOf } from './request-hash.ts';

it('does not depend on the order of members, at any depth', () => {
  expect(requestHashOf({ a: 1, b: { c: [1, 2], d: null } })).toBe(
    requestHashOf({ b: { d: null, c: [1, 2] }, a: 1 }),
  );
});

it.each([
  ['another value', { a: 2 }],
  ['one member more', { a: 1, b: 1 }],
  ['another order of a list', { a: [2, 1] }],
])('tells %s apart', (_name, other) => {
  expect(requestHashOf(other)).not.toBe(
    requestHashOf('a' in other && Array.isArray(other.a) ? { a: [1, 2] } : { a: 1 }),
  );
});
