/** Virtual MFA devices: CreateVirtualMFADevice and its like (IAM API reference). */
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  devicesByUser,
  everything,
  type Found,
  findByName,
  listByName,
  othersOf,
} from '../directory.ts';
import { newDeviceId } from '../identity/unique-ids.ts';
import {
  type EnabledDevice,
  isEnabled,
  type MFADevice,
  type MFADeviceCommand,
  placeOf,
  requireDevice,
  requireEnabledFor,
  serialNumberOf,
} from '../mfa-device/mfa-device.ts';
import { qrCodePng } from '../mfa-device/qr-code.ts';
import { newSeed, otpauthUri, stepsNow, stepsOfLostClock } from '../mfa-device/seed.ts';
import { mfaDevices } from '../tables.ts';
import { accountOf } from './account.ts';
import { type Actions, at, type Call, change } from './call.ts';
import { type Input, optionalText, tagsOf, text } from './input.ts';
import {
  onAnything,
  onMFADevice,
  onNew,
  onUser,
  onUserOrSelf,
  ownUserName,
  placeIn,
} from './needs.ts';
import { pageFrom, pageOf } from './paging.ts';
import { someTags, toDate, toUserSummary } from './shapes.ts';
import { findUser } from './users.ts';

/** @throws IamRefused when the account has no such device */
export async function findMFADevice(
  em: EntityManager,
  { caller: { accountId } }: Call,
  serialNumber: string,
): Promise<Found<MFADevice>> {
  const found = await findByName(em, 'mfa', accountId, placeIn(serialNumber, accountId));
  requireDevice(found?.state, serialNumber);
  return found as Found<MFADevice>;
}

/** Changes a device that is there. */
export const changeMFADevice = (
  call: Call,
  serialNumber: string,
  command: (tx: EntityManager, device: MFADevice) => Promise<MFADeviceCommand> | MFADeviceCommand,
): Promise<void> =>
  change(call, async (tx, handle) => {
    const { id, state } = await findMFADevice(tx, call, serialNumber);
    await handle(mfaDevices, id, await command(tx, state));
  });

const serialIn = (input: Input): string => text(input, 'SerialNumber');

/** Blobs are base64 in a response, and the seed is text before that. */
const toBootstrap = (seedText: string, uri: string): object => ({
  Base32StringSeed: Buffer.from(seedText, 'latin1').toString('base64'),
  QRCodePNG: qrCodePng(uri).toString('base64'),
});

const createVirtualMFADevice = (input: Input, call: Call): Promise<object> =>
  change(call, async (tx, handle) => {
    const { accountId } = call.caller;
    const virtualMFADeviceName = text(input, 'VirtualMFADeviceName');
    const path = optionalText(input, 'Path') ?? '/';
    const { seedText, seedSealed } = newSeed(call.masterKey);
    const creation = { accountId, virtualMFADeviceName, path, seedSealed, tags: tagsOf(input) };
    const others = await othersOf(tx, 'mfa', accountId, placeOf(creation));
    const command = { type: 'CreateVirtualMFADevice', creation, others, at: at(call) } as const;
    await handle(mfaDevices, newDeviceId(), command);
    const { alias = accountId } = await accountOf({ em: tx, caller: call.caller });
    return {
      VirtualMFADevice: {
        SerialNumber: serialNumberOf(creation),
        ...toBootstrap(seedText, otpauthUri(virtualMFADeviceName, alias, seedText)),
        ...someTags(creation.tags),
      },
    };
  });

async function deleteVirtualMFADevice(input: Input, call: Call): Promise<object> {
  await changeMFADevice(call, serialIn(input), () => ({ type: 'Delete', at: at(call) }));
  return {};
}

/** Which devices a listing is about (IAM API reference, AssignmentStatus). */
function isAsked(status: string, device: MFADevice): boolean {
  return status === 'Any' || isEnabled(device) === (status === 'Assigned');
}

/** Neither the seed nor tags are listed. */
function toVirtualMFADevice(device: MFADevice, { identities }: Call): object {
  const SerialNumber = serialNumberOf(device);
  if (!isEnabled(device)) return { SerialNumber };
  const { userId, at: enabledAt } = device.enabled;
  const user = identities.user(userId);
  return {
    SerialNumber,
    ...(user ? { User: toUserSummary(user) } : {}),
    EnableDate: toDate(enabledAt),
  };
}

const placeKey = (device: MFADevice): string => placeOf(device).toLowerCase();

async function listVirtualMFADevices(input: Input, call: Call): Promise<object> {
  const status = optionalText(input, 'AssignmentStatus') ?? 'Any';
  const all = await listByName(call.em, 'mfa', call.caller.accountId, everything);
  const asked = all.filter((device) => isAsked(status, device));
  const { items, more } = pageFrom(asked, pageOf(input), placeKey);
  return { VirtualMFADevices: items.map((device) => toVirtualMFADevice(device, call)), ...more };
}

/** Whose devices are meant: null is the root user, who has none here. */
type Owner = { readonly userName: string; readonly userId: string } | null;

async function ownerOf(em: EntityManager, input: Input, call: Call): Promise<Owner> {
  const name = optionalText(input, 'UserName') ?? ownUserName(call);
  return name === null ? null : (await findUser(em, call, name)).state;
}

const devicesOf = async (
  em: EntityManager,
  { caller }: Call,
  owner: Owner,
): Promise<readonly EnabledDevice[]> =>
  owner === null ? [] : ((await devicesByUser(em, caller.accountId)).get(owner.userId) ?? []);

const toMFADevice = (owner: Owner, device: EnabledDevice): object => ({
  ...(owner === null ? {} : { UserName: owner.userName }),
  SerialNumber: serialNumberOf(device),
  EnableDate: toDate(device.enabled.at),
});

async function listMFADevices(input: Input, call: Call): Promise<object> {
  const owner = await ownerOf(call.em, input, call);
  const { items, more } = pageFrom(await devicesOf(call.em, call, owner), pageOf(input), placeKey);
  return { MFADevices: items.map((device) => toMFADevice(owner, device)), ...more };
}

async function getMFADevice(input: Input, call: Call): Promise<object> {
  const owner = await ownerOf(call.em, input, call);
  const { state } = await findMFADevice(call.em, call, serialIn(input));
  return toMFADevice(owner, requireEnabledFor(state, owner?.userId ?? null));
}

/** Two codes, one right after the other, with what they are checked against. */
const pairIn = (input: Input, { masterKey, now }: Call) => ({
  codes: [text(input, 'AuthenticationCode1'), text(input, 'AuthenticationCode2')],
  masterKey,
  now,
});

async function enableMFADevice(input: Input, call: Call): Promise<object> {
  const pair = pairIn(input, call);
  await changeMFADevice(call, serialIn(input), async (tx, device) => {
    const { state: user } = await findUser(tx, call, text(input, 'UserName'));
    const devices = (await devicesOf(tx, call, user)).length;
    const steps = stepsNow(device, pair);
    return { type: 'Enable', userId: user.userId, steps, devices, at: at(call) };
  });
  return {};
}

async function resyncMFADevice(input: Input, call: Call): Promise<object> {
  const pair = pairIn(input, call);
  await changeMFADevice(call, serialIn(input), async (tx, device) => {
    const { state: user } = await findUser(tx, call, text(input, 'UserName'));
    const steps = stepsOfLostClock(device, pair);
    return { type: 'Resync', userId: user.userId, steps, at: at(call) };
  });
  return {};
}

async function deactivateMFADevice(input: Input, call: Call): Promise<object> {
  await changeMFADevice(call, serialIn(input), async (tx, device) => {
    const owner = await ownerOf(tx, input, call);
    const { enabled } = requireEnabledFor(device, owner?.userId ?? null);
    return { type: 'Deactivate', userId: enabled.userId, at: at(call) };
  });
  return {};
}

export const mfaDeviceActions: Actions = {
  CreateVirtualMFADevice: {
    needs: onNew('mfa', 'VirtualMFADeviceName'),
    answer: createVirtualMFADevice,
  },
  DeleteVirtualMFADevice: { needs: onMFADevice, answer: deleteVirtualMFADevice },
  ListVirtualMFADevices: { needs: onAnything, answer: listVirtualMFADevices },
  EnableMFADevice: { needs: onUser, answer: enableMFADevice },
  DeactivateMFADevice: { needs: onUserOrSelf, answer: deactivateMFADevice },
  ResyncMFADevice: { needs: onUser, answer: resyncMFADevice },
  ListMFADevices: { needs: onUserOrSelf, answer: listMFADevices },
  GetMFADevice: { needs: onUserOrSelf, answer: getMFADevice },
};
