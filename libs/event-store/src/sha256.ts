/** SHA-256 in one go. */
import { hash } from 'node:crypto';

/** 32 bytes. By way of a string: a buffer from OpenSSL has memory of its own, which costs more than the hash. */
export const sha256 = (bytes: Uint8Array): Buffer =>
  Buffer.from(hash('sha256', bytes, 'binary'), 'binary');
