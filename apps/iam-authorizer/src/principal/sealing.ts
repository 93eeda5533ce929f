/** Secrets at rest and inside tokens: AES-256-GCM under the installation's master key. */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;

/** Keys follow from the master key alone: each is worked out once, and is no buffer, of which Node would make a key each time. */
const derived = new WeakMap<Buffer, Map<string, KeyObject>>();

/** A key for one purpose, so that what was sealed for one is of no use for another. */
export function keyFor(masterKey: Buffer, purpose: string): KeyObject {
  const known = derived.get(masterKey) ?? new Map<string, KeyObject>();
  derived.set(masterKey, known);
  const key =
    known.get(purpose) ??
    createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, '', `firesteel ${purpose}`, 32)));
  known.set(purpose, key);
  return key;
}

/** Encrypts text; base64url of iv ‖ tag ‖ ciphertext. */
export function seal(key: KeyObject, plain: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
}

/** Decrypts what `seal` made; undefined when it was made with another key or changed since. */
export function unseal(key: KeyObject, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < ivBytes + tagBytes) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes));
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    const text = decipher.update(bytes.subarray(ivBytes + tagBytes));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
