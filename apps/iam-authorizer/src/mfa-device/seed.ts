/** What the codes of a virtual MFA device follow from: shown once, sealed ever after. */
import { randomBytes } from 'node:crypto';
import { base32 } from '../identity/unique-ids.ts';
import { keyFor, seal, unseal } from '../principal/sealing.ts';
import { type MFADevice, tolerated } from './mfa-device.ts';
import { stepAt, stepsOf } from './totp.ts';

/** Bytes of a seed: 64 characters of base32, as AWS gives them. */
const seedBytes = 40;

/** Base32 of whole groups of five bytes, which need no padding. */
function base32Of(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => base32[Number.parseInt(five, 2)]).join('');
}

/** A seed: in base32 for the one who makes the device, sealed for the log. */
export function newSeed(masterKey: Buffer): {
  readonly seedText: string;
  readonly seedSealed: string;
} {
  const seed = randomBytes(seedBytes);
  const seedSealed = seal(keyFor(masterKey, 'mfa device'), seed.toString('base64'));
  return { seedText: base32Of(seed), seedSealed };
}

/** What an app on a telephone reads (IAM API reference, VirtualMFADevice: QRCodePNG). */
export const otpauthUri = (name: string, account: string, seedText: string): string =>
  `otpauth://totp/${encodeURIComponent(name)}@${encodeURIComponent(account)}?secret=${seedText}`;

/** Steps that a device's clock may have run away before it is synchronised again: an hour. */
const lostSteps = 120;

type Given = {
  readonly codes: readonly string[];
  readonly masterKey: Buffer;
  readonly now: Date;
};

const stepsNear = (
  { seedSealed }: MFADevice,
  { codes, masterKey }: Given,
  place: { readonly around: number; readonly reach: number },
): readonly number[] => {
  const seed = unseal(keyFor(masterKey, 'mfa device'), seedSealed);
  return seed === undefined ? [] : stepsOf(Buffer.from(seed, 'base64'), codes, place);
};

/** The steps of now, by the device's clock, whose codes were given one after another: the last step of each. */
export const stepsNow = (device: MFADevice, given: Given): readonly number[] =>
  stepsNear(device, given, {
    around: stepAt(given.now.getTime()) + device.drift,
    reach: tolerated,
  });

/** The same of an hour before and after, for a device whose clock is wrong. */
export const stepsOfLostClock = (device: MFADevice, given: Given): readonly number[] =>
  stepsNear(device, given, { around: stepAt(given.now.getTime()), reach: lostSteps });
