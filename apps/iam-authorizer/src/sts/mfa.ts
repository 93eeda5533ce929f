/** `SerialNumber` and `TokenCode` of AssumeRole and GetSessionToken (STS API reference). */
import { findByName } from '../directory.ts';
import { at, type Call, change } from '../iam/call.ts';
import { IamRefused } from '../iam/iam-refused.ts';
import { type Input, optionalText } from '../iam/input.ts';
import { placeIn } from '../iam/needs.ts';
import { isEnabled, wrongCode } from '../mfa-device/mfa-device.ts';
import { stepsNow } from '../mfa-device/seed.ts';
import { mfaDevices } from '../tables.ts';

const notTheirs = (): IamRefused =>
  new IamRefused(
    'AccessDenied',
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  );

/** What was given; undefined when nothing was. @throws IamRefused for the one without the other */
function givenIn(input: Input): { readonly serial: string; readonly code: string } | undefined {
  const serial = optionalText(input, 'SerialNumber');
  const code = optionalText(input, 'TokenCode');
  if (serial !== undefined && code !== undefined) return { serial, code };
  if (serial === undefined && code === undefined) return undefined;
  throw new IamRefused(
    'AccessDenied',
    'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
  );
}

/**
 * Holds the caller to the code of its device, which is used up by that whatever comes of the call: whoever has seen
 * it cannot use it. Without a code nothing is asked.
 * @throws IamRefused for a device that is not the caller's, a wrong code, and one that was used before
 */
export async function requireRightCode(input: Input, call: Call): Promise<void> {
  const given = givenIn(input);
  if (given === undefined) return;
  const { accountId, principal } = call.caller;
  if (principal.kind !== 'user' || principal.userId === null) throw notTheirs();
  const { userId } = principal;
  // A wrong code is written down, too, so the refusal comes after the change.
  const isRight = await change(call, async (tx, handle) => {
    const found = await findByName(tx, 'mfa', accountId, placeIn(given.serial, accountId));
    if (!found || !isEnabled(found.state) || found.state.enabled.userId !== userId)
      throw notTheirs();
    const { masterKey, now } = call;
    const steps = stepsNow(found.state, { codes: [given.code], masterKey, now });
    const command = { type: 'UseCode', userId, steps, at: at(call) } as const;
    const { events } = await handle(mfaDevices, found.id, command);
    return events.every(({ type }) => type === 'MFADeviceCodeAccepted');
  });
  if (!isRight) throw wrongCode();
}

/** When the caller was authenticated by a code, once an action is answered: its needs have looked at it. */
export const authenticatedAtMs = (input: Input, { now }: Call): number | null =>
  optionalText(input, 'SerialNumber') === undefined ? null : now.getTime();
