import { generateKeyPairSync } from 'node:crypto';
import {
  checkpointHash,
  checkpointText,
  isGenuine,
  keyIdOf,
  noCheckpoint,
  type SignedCheckpoint,
  signCheckpoint,
} from './checkpoint.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signed = signCheckpoint(
  {
    first: 1,
    seq: 9,
    chainHash: 'aa'.repeat(32),
    merkleRoot: 'bb'.repeat(32),
    previous: noCheckpoint,
    at: '2026-11-27T00:00:00.000Z',
    incarnation: 'life',
    keyId: keyIdOf(privateKey),
  },
  privateKey,
);

it('is genuine as it was signed, for the key that signed it', () => {
  expect(isGenuine(signed, publicKey)).toBe(true);
  expect(isGenuine(signed, generateKeyPairSync('ed25519').publicKey)).toBe(false);
});

it.each<[keyof SignedCheckpoint, string | number]>([
  ['first', 2],
  ['seq', 10],
  ['chainHash', 'ab'.repeat(32)],
  ['merkleRoot', 'ab'.repeat(32)],
  ['previous', 'ab'.repeat(32)],
  ['at', '2026-11-27T00:00:00.001Z'],
  ['incarnation', 'another'],
  ['keyId', '0'.repeat(16)],
  ['signature', Buffer.alloc(64).toString('base64')],
  ['signature', ''],
])('is forged with another %s', (member, value) => {
  expect(isGenuine({ ...signed, [member]: value }, publicKey)).toBe(false);
});

it('has a text that any language can write, and a hash of it', () => {
  expect(checkpointText(signed)).toBe(
    `firesteel checkpoint 1\n1\n9\n${'aa'.repeat(32)}\n${'bb'.repeat(32)}\n${noCheckpoint}\n2026-11-27T00:00:00.000Z\nlife\n${keyIdOf(publicKey)}\n`,
  );
  expect(checkpointHash(signed)).toMatch(/^[0-9a-f]{64}$/);
  expect(checkpointHash({ ...signed, seq: 10 })).not.toBe(checkpointHash(signed));
});
