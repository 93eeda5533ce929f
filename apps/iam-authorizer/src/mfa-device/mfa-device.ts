/** A virtual MFA device: whose it is, and which of its codes are used up (IAM user guide, id_credentials_mfa_enable_virtual). */
import type { MFADeviceEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { IamRefused } from '../iam/iam-refused.ts';
import { requireQuota } from '../identity/limits.ts';
import { arnOf, type Others, requirePlace } from '../identity/names.ts';
import { owned, unowned } from '../identity/owned-events.ts';
import { decideTags, evolveTags, requireTags, type TagCommand } from '../identity/tags.ts';
import { stepAt } from './totp.ts';

type Creation = Omit<Extract<MFADeviceEvent, { type: 'MFADeviceCreated' }>['data'], 'at'>;

export type MFADevice = Creation & {
  readonly exists: true;
  readonly createdAt: string;
  /** For whom, and since when; null while it is for nobody. */
  readonly enabled: { readonly userId: string; readonly at: string } | null;
  /** The latest step whose code was taken; none up to it is taken again. */
  readonly usedStep: number;
  /** How many steps its clock is ahead of ours. */
  readonly drift: number;
  /** Wrong codes since the last right one; `at`: the last of them. */
  readonly wrong: { readonly count: number; readonly at: string } | null;
};
export type MFADeviceState = { readonly exists: false } | MFADevice;

/** A device that is enabled for a user. */
export type EnabledDevice = MFADevice & { readonly enabled: NonNullable<MFADevice['enabled']> };

export type MFADeviceCommand =
  | {
      readonly type: 'CreateVirtualMFADevice';
      readonly creation: Creation;
      readonly others: Others;
      readonly at: string;
    }
  /** `steps`: those whose code the second one is, right after that of the first; `devices`: how many the user has. */
  | {
      readonly type: 'Enable';
      readonly userId: string;
      readonly steps: readonly number[];
      readonly devices: number;
      readonly at: string;
    }
  | {
      readonly type: 'Resync';
      readonly userId: string;
      readonly steps: readonly number[];
      readonly at: string;
    }
  /** `steps`: those whose code was given. */
  | {
      readonly type: 'UseCode';
      readonly userId: string;
      readonly steps: readonly number[];
      readonly at: string;
    }
  | { readonly type: 'Deactivate'; readonly userId: string; readonly at: string }
  | { readonly type: 'Delete'; readonly at: string }
  | TagCommand;

/** MFA devices that one user may have (IAM user guide, reference_iam-quotas). */
export const mostDevices = 8;

/** Whoever guesses has a million codes to try: after so many wrong ones in a row, one in so long is looked at. */
const mostWrong = 5;
const pauseMs = 30_000;

/** Steps that a device's clock may be off. */
export const tolerated = 1;

/** @throws IamRefused when there is no such device */
export function requireDevice(state: MFADeviceState | undefined, serialNumber: string): MFADevice {
  if (!state?.exists)
    throw new IamRefused(
      'NoSuchEntity',
      `VirtualMFADevice with serial number ${serialNumber} doesn't exist.`,
    );
  return state;
}

export const isEnabled = (device: MFADevice): device is EnabledDevice => device.enabled !== null;

/** @throws IamRefused for a device that is not the user's */
export function requireEnabledFor(device: MFADevice, userId: string | null): EnabledDevice {
  if (!isEnabled(device) || device.enabled.userId !== userId)
    throw new IamRefused('NoSuchEntity', 'MFA Device invalid for user.');
  return device;
}

/** What a code that opens nothing is called. */
export const wrongCode = (): IamRefused =>
  new IamRefused(
    'AccessDenied',
    'MultiFactorAuthentication failed with invalid MFA one time pass code.',
  );

/** `/<path>/<name>`: what its serial number ends with. */
export const placeOf = ({
  path,
  virtualMFADeviceName,
}: Pick<MFADevice, 'path' | 'virtualMFADeviceName'>): string => `${path}${virtualMFADeviceName}`;

/** Its ARN. */
export const serialNumberOf = (
  device: Pick<MFADevice, 'accountId' | 'path' | 'virtualMFADeviceName'>,
): string => arnOf('mfa', device.accountId, device.path, device.virtualMFADeviceName);

/**
 * A path may have more characters than a serial number.
 * @throws IamRefused for a device that nobody could name in a call
 */
function requireSerialNumber(creation: Creation): void {
  if (!/^[\w+=/:,.@-]{9,256}$/.test(serialNumberOf(creation)))
    throw new IamRefused(
      'ValidationError',
      'Path and VirtualMFADeviceName make no serial number: it has at most 256 characters of a-z, A-Z, 0-9 and _+=/:,.@-',
    );
}

/**
 * The last of two steps of which neither is used up.
 * @throws IamRefused when the codes are not those of such steps
 */
function freshPair(steps: readonly number[], usedStep: number): number {
  const step = steps.find((last) => last - 1 > usedStep);
  if (step === undefined)
    throw new IamRefused(
      'InvalidAuthenticationCode',
      'Authentication code for device is not valid.',
    );
  return step;
}

function enable(
  { userId, steps, devices, at }: Extract<MFADeviceCommand, { type: 'Enable' }>,
  device: MFADevice,
): readonly MFADeviceEvent[] {
  if (isEnabled(device))
    throw new IamRefused('EntityAlreadyExists', 'MFA Device is already in use.');
  requireQuota('MFADevicesPerUser', mostDevices, devices);
  const step = freshPair(steps, device.usedStep);
  return [{ type: 'MFADeviceEnabled', data: { userId, step, at } }];
}

function resync(
  { userId, steps, at }: Extract<MFADeviceCommand, { type: 'Resync' }>,
  device: MFADevice,
): readonly MFADeviceEvent[] {
  const { usedStep } = requireEnabledFor(device, userId);
  const step = freshPair(steps, usedStep);
  const ahead = step - stepAt(Date.parse(at));
  const drift = Math.abs(ahead) <= tolerated ? 0 : ahead;
  return [{ type: 'MFADeviceResynced', data: { step, drift, at } }];
}

/** A wrong code is a fact too. @throws IamRefused when no code is looked at */
function takeCode(
  { userId, steps, at }: Extract<MFADeviceCommand, { type: 'UseCode' }>,
  device: MFADevice,
): readonly MFADeviceEvent[] {
  const { usedStep, wrong } = requireEnabledFor(device, userId);
  const isPaused =
    wrong !== null && wrong.count >= mostWrong && Date.parse(at) < Date.parse(wrong.at) + pauseMs;
  if (isPaused) throw wrongCode();
  const step = steps.find((candidate) => candidate > usedStep);
  return step === undefined
    ? [{ type: 'MFADeviceCodeRefused', data: { at } }]
    : [{ type: 'MFADeviceCodeAccepted', data: { step, at } }];
}

function deleteDevice(device: MFADevice, at: string): readonly MFADeviceEvent[] {
  if (isEnabled(device))
    throw new IamRefused('DeleteConflict', 'MFA VirtualDevice in use. Must deactivate first.');
  return [{ type: 'MFADeviceDeleted', data: { at } }];
}

function changeDevice(
  command: Exclude<MFADeviceCommand, { type: 'CreateVirtualMFADevice' }>,
  device: MFADevice,
): readonly MFADeviceEvent[] {
  switch (command.type) {
    case 'Enable':
      return enable(command, device);
    case 'Resync':
      return resync(command, device);
    case 'UseCode':
      return takeCode(command, device);
    case 'Deactivate':
      requireEnabledFor(device, command.userId);
      return [{ type: 'MFADeviceDeactivated', data: { at: command.at } }];
    case 'Delete':
      return deleteDevice(device, command.at);
    default:
      return owned('MFADevice', decideTags(command, device.tags));
  }
}

function decide(command: MFADeviceCommand, state: MFADeviceState): readonly MFADeviceEvent[] {
  if (command.type !== 'CreateVirtualMFADevice')
    return changeDevice(command, requireDevice(state, 'that is asked for'));
  const { creation, others, at } = command;
  requireSerialNumber(creation);
  requirePlace('mfa', placeOf(creation), others);
  requireTags(creation.tags);
  return [{ type: 'MFADeviceCreated', data: { ...creation, at } }];
}

function evolve(state: MFADeviceState, event: MFADeviceEvent): MFADeviceState {
  if (event.type === 'MFADeviceCreated') {
    const { at, ...creation } = event.data;
    const unused = { enabled: null, usedStep: 0, drift: 0, wrong: null };
    return { exists: true, ...creation, ...unused, createdAt: at };
  }
  if (!state.exists) return state;
  switch (event.type) {
    case 'MFADeviceEnabled': {
      const { userId, step, at } = event.data;
      return { ...state, enabled: { userId, at }, usedStep: step, drift: 0, wrong: null };
    }
    case 'MFADeviceResynced': {
      const { step, drift } = event.data;
      return { ...state, usedStep: step, drift, wrong: null };
    }
    case 'MFADeviceCodeAccepted':
      return { ...state, usedStep: event.data.step, wrong: null };
    case 'MFADeviceCodeRefused':
      return { ...state, wrong: { count: (state.wrong?.count ?? 0) + 1, at: event.data.at } };
    case 'MFADeviceDeactivated':
      return { ...state, enabled: null };
    case 'MFADeviceDeleted':
      return { exists: false };
    case 'MFADeviceTagged':
    case 'MFADeviceUntagged':
      return { ...state, tags: evolveTags(state.tags, unowned('MFADevice', event)) };
  }
}

export const mfaDevice: Decider<MFADeviceState, MFADeviceCommand, MFADeviceEvent> = {
  initial: { exists: false },
  decide,
  evolve,
};
