import { keyFor, unseal } from '../principal/sealing.ts';
import { bytesOfBase32 } from '../test/authenticator.ts';
import { mfaDevice } from './mfa-device.ts';
import { newSeed, otpauthUri, stepsNow, stepsOfLostClock } from './seed.ts';
import { codeOf, stepAt } from './totp.ts';

const masterKey = Buffer.alloc(32, 1);
const now = new Date('2026-11-28T10:00:10.000Z');
const { seedText, seedSealed } = newSeed(masterKey);
const seed = Buffer.from(unseal(keyFor(masterKey, 'mfa device'), seedSealed) ?? '', 'base64');
const state = mfaDevice.evolve(mfaDevice.initial, {
  type: 'MFADeviceCreated',
  data: {
    accountId: '123456789012',
    virtualMFADeviceName: 'phone',
    path: '/',
    seedSealed,
    tags: [],
    at: now.toISOString(),
  },
});
if (!state.exists) throw new Error('The device was not made.');
const device = state;
const step = stepAt(now.getTime());
const given = (...codes: string[]) => ({ codes, masterKey, now });

it('is 64 characters of base32 for its owner, and the same sealed', () => {
  expect(seedText).toMatch(/^[A-Z2-7]{64}$/);
  expect(bytesOfBase32(seedText).equals(seed)).toBe(true);
});

it('is told to an app as it reads it', () => {
  expect(otpauthUri('my phone', '123456789012', 'AAAA')).toBe(
    'otpauth://totp/my%20phone@123456789012?secret=AAAA',
  );
});

it('opens with the code of now, and of a step to either side', () => {
  const found = [-2, -1, 0, 1, 2].map((off) => stepsNow(device, given(codeOf(seed, step + off))));
  expect(found).toEqual([[], [step - 1], [step], [step + 1], []]);
});

it('follows a clock that is known to be ahead', () => {
  const fast = { ...device, drift: 20 };
  expect(stepsNow(fast, given(codeOf(seed, step + 21)))).toEqual([step + 21]);
  expect(stepsNow(fast, given(codeOf(seed, step)))).toEqual([]);
});

it('finds a clock that is an hour off', () => {
  const pair = (last: number) => given(codeOf(seed, last - 1), codeOf(seed, last));
  expect(stepsOfLostClock(device, pair(step - 120))).toEqual([step - 120]);
  expect(stepsOfLostClock(device, pair(step + 121))).toEqual([]);
});

it('opens with nothing under another master key', () => {
  const other = { ...given(codeOf(seed, step)), masterKey: Buffer.alloc(32, 2) };
  expect(stepsNow(device, other)).toEqual([]);
});
