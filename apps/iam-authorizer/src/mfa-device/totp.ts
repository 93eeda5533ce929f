/** Codes of a virtual MFA device: TOTP (RFC 6238) with SHA-1, steps of 30 seconds and six digits. */
import { createHmac, timingSafeEqual } from 'node:crypto';

const stepMs = 30_000;
const digits = 6;

/** The step of a time in milliseconds. */
export const stepAt = (ms: number): number => Math.floor(ms / stepMs);

/** The code of a step: HOTP (RFC 4226, 5.3) of its number. */
export function codeOf(seed: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac('sha1', seed).update(counter).digest();
  const offset = hash.readUInt8(hash.length - 1) & 0x0f;
  const truncated = hash.readUInt32BE(offset) & 0x7fff_ffff;
  return String(truncated % 10 ** digits).padStart(digits, '0');
}

/** Whether the code is that of the step; how long it takes does not tell how much of it is right. */
function isCodeOf(seed: Buffer, step: number, code: string): boolean {
  const [expected, given] = [Buffer.from(codeOf(seed, step)), Buffer.from(code)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** The steps at most so far from one of them whose codes these are, one code after another: the last step of each. */
export function stepsOf(
  seed: Buffer,
  codes: readonly string[],
  { around, reach }: { readonly around: number; readonly reach: number },
): readonly number[] {
  const candidates = Array.from({ length: 2 * reach + 1 }, (_, index) => around - reach + index);
  return candidates.filter((last) => {
    const first = last - codes.length + 1;
    return first >= 0 && codes.every((code, index) => isCodeOf(seed, first + index, code));
  });
}
