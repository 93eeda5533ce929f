/** SHA-256 in one go. */
import { hash } from 'node:crypto';

/** 32 bytes as 32 characters of latin1: where there is a hash for each event, a buffer's making would cost as much again. */
export const sha256Text = (bytes: Uint8Array): string => hash('sha256', bytes, 'binary');

/** 32 bytes. By way of a string: a buffer from OpenSSL has memory of its own, which costs more than the hash. */
export const sha256 = (bytes: Uint8Array): Buffer => Buffer.from(sha256Text(bytes), 'latin1');
