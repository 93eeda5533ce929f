import { serviceToken, verifyServiceToken } from './service-token.ts';

const key = Buffer.alloc(32, 1);
const now = 1_800_000_000_000;
const token = serviceToken(key, 'gateway', now);

it('names the service that made it', () => {
  expect(verifyServiceToken(key, token, now + 59_000)).toBe('gateway');
});

it.each<[string, string | undefined, number, Buffer]>([
  ['nothing', undefined, now, key],
  ['something else', 'Basic abc', now, key],
  ['too old a token', token, now + 61_000, key],
  ['a token of another key', token, now, Buffer.alloc(32, 2)],
  ['another service’s name', token.replace('gateway', 'billing'), now, key],
  ['a later expiry', token.replace(/\.(\d+)\./, (_, ms) => `.${Number(ms) + 1}.`), now, key],
])('refuses %s', (_name, authorization, at, verifier) => {
  expect(verifyServiceToken(verifier, authorization, at)).toBeUndefined();
});
