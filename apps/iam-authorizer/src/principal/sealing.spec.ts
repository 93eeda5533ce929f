import type { KeyObject } from 'node:crypto';
import { keyFor, seal, unseal } from './sealing.ts';

const masterKey = Buffer.alloc(32, 1);
const key = keyFor(masterKey, 'access key');

it.each(['', 'hunter2', 'ä – 火', 'x'.repeat(10_000)])('opens what it sealed', (plain) => {
  expect(unseal(key, seal(key, plain))).toBe(plain);
});

it('seals the same text differently each time, and never shows it', () => {
  const [one, other] = [seal(key, 'hunter2'), seal(key, 'hunter2')];
  expect(one).not.toBe(other);
  expect(Buffer.from(one, 'base64url').includes('hunter2')).toBe(false);
});

it.each<[string, KeyObject]>([
  ['another installation', keyFor(Buffer.alloc(32, 2), 'access key')],
  ['another purpose', keyFor(masterKey, 'session token')],
])('opens nothing with the key of %s', (_name, other) => {
  expect(unseal(other, seal(key, 'hunter2'))).toBeUndefined();
});

it('opens nothing that was changed, whichever byte it was', () => {
  const bytes = Buffer.from(seal(key, 'hunter2'), 'base64url');
  const opened = [...bytes.keys()].map((index) => {
    const changed = Buffer.from(bytes);
    changed.writeUInt8((bytes.readUInt8(index) + 1) % 256, index);
    return unseal(key, changed.toString('base64url'));
  });
  expect(new Set(opened)).toEqual(new Set([undefined]));
});

it.each(['', 'short', '!!!', 'A'.repeat(36), 'A'.repeat(100)])('opens nothing of %p', (text) => {
  expect(unseal(key, text)).toBeUndefined();
});
