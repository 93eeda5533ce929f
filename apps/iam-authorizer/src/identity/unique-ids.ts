/** Ids and secrets as IAM makes them (IAM user guide, reference_identifiers). */
import { randomBytes } from 'node:crypto';

/** The letters of base32 (RFC 4648, 6). */
export const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const letters = (count: number): string =>
  [...randomBytes(count)].map((byte) => base32.charAt(byte % 32)).join('');

/** What is what, by the beginning of its id. */
const prefixOf = {
  user: 'AIDA',
  group: 'AGPA',
  role: 'AROA',
  policy: 'ANPA',
  'instance-profile': 'AIPA',
} as const;

/** `AROA` and 17 characters. */
export const uniqueId = (kind: keyof typeof prefixOf): string => `${prefixOf[kind]}${letters(17)}`;

/** `AKIA` and 16 characters. */
export const newAccessKeyId = (): string => `AKIA${letters(16)}`;

/** 40 characters of base64. */
export const newSecretAccessKey = (): string => randomBytes(30).toString('base64');

/** Names the stream of an MFA device, which IAM knows by its serial number alone. */
export const newDeviceId = (): string => letters(21);
