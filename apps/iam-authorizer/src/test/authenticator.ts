/** An app on a telephone: it reads a seed as text, and shows the codes of a clock. */
import { codeOf, stepAt } from '../mfa-device/totp.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Base32 read by its definition (RFC 4648, 6), not by the code that wrote it. */
export function bytesOfBase32(text: string): Buffer {
  const bits = [...text]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The code that is shown now, or so many steps ahead of now. */
export const authenticator = (base32: string, now: () => Date): ((ahead: number) => string) => {
  const seed = bytesOfBase32(base32);
  return (ahead) => codeOf(seed, stepAt(now().getTime()) + ahead);
};
