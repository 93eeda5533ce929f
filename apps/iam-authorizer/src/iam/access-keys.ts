/** Access keys of users, and of the root user (IAM API reference, CreateAccessKey and its like). */
import { load } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { lastUseOf } from '../access/last-use.ts';
import { findById, findByName, keysOf } from '../directory.ts';
import { newAccessKeyId, newSecretAccessKey } from '../identity/unique-ids.ts';
import { type Key, type KeyCommand, type KeyStatus, noSuchKey } from '../key/key.ts';
import { keyFor, seal } from '../principal/sealing.ts';
import { keys, principals } from '../tables.ts';
import { requireUser, userArn } from '../user/user.ts';
import { type Actions, at, type Call, change, type Need } from './call.ts';
import { IamRefused } from './iam-refused.ts';
import { type Input, optionalText, text } from './input.ts';
import { onUserOrSelf, ownUserName } from './needs.ts';
import { pageFrom, pageOf } from './paging.ts';
import { toDate } from './shapes.ts';

/** Whose keys are meant: null for both is the root user. */
type Owner = { readonly userName: string | null; readonly userId: string | null };

async function ownerOf(em: EntityManager, input: Input, call: Call): Promise<Owner> {
  const userName = optionalText(input, 'UserName') ?? ownUserName(call);
  if (userName === null) return { userName: null, userId: null };
  const found = await findByName(em, 'user', call.caller.accountId, userName);
  const user = requireUser(found?.state, userName);
  return { userName: user.userName, userId: user.userId };
}

/** What is shown of a key. The root user has no name, but the model wants one. */
type Shown = {
  readonly accessKeyId: string;
  readonly status: KeyStatus;
  readonly createdAt: string;
};

const toMetadata =
  ({ userName }: Owner) =>
  ({ accessKeyId, status, createdAt }: Shown): object => ({
    ...(userName === null ? {} : { UserName: userName }),
    AccessKeyId: accessKeyId,
    Status: status,
    CreateDate: toDate(createdAt),
  });

/** The root user's keys that the installation keeps in its secrets folder; other users have none. */
async function installedKeys(
  em: EntityManager,
  { caller: { accountId } }: Call,
  { userId }: Owner,
): Promise<readonly string[]> {
  if (userId !== null) return [];
  const { state } = await load(em, principals, `${accountId}.root`);
  return state.keys.map(({ accessKeyId }) => accessKeyId);
}

const createAccessKey = (input: Input, call: Call): Promise<object> =>
  change(call, async (tx, handle) => {
    const { accountId } = call.caller;
    const owner = await ownerOf(tx, input, call);
    const made = await keysOf(tx, accountId, owner.userId);
    const installed = await installedKeys(tx, call, owner);
    const accessKeyId = newAccessKeyId();
    const secretAccessKey = newSecretAccessKey();
    const secretSealed = seal(keyFor(call.masterKey, 'access key'), secretAccessKey);
    const issue = { accessKeyId, accountId, userId: owner.userId, secretSealed };
    const count = made.length + installed.length;
    const command = { type: 'IssueKey', issue, keys: count, at: at(call) } as const;
    await handle(keys, accessKeyId, command);
    const shown = { accessKeyId, status: 'Active', createdAt: at(call) } as const;
    return { AccessKey: { ...toMetadata(owner)(shown), SecretAccessKey: secretAccessKey } };
  });

async function listAccessKeys(input: Input, call: Call): Promise<object> {
  const owner = await ownerOf(call.em, input, call);
  const installed = (await installedKeys(call.em, call, owner)).map((accessKeyId) => ({
    accessKeyId,
    status: 'Active' as const,
    createdAt: at(call),
  }));
  const made = await keysOf(call.em, call.caller.accountId, owner.userId);
  const all = [...installed, ...made].toSorted((one, other) =>
    one.accessKeyId < other.accessKeyId ? -1 : 1,
  );
  const { items, more } = pageFrom(all, pageOf(input), ({ accessKeyId }) => accessKeyId);
  return { AccessKeyMetadata: items.map(toMetadata(owner)), ...more };
}

/** @throws IamRefused for the installation's key, which its secrets folder would bring back */
function requireNotInstalled(installed: readonly string[], accessKeyId: string): void {
  if (installed.includes(accessKeyId))
    throw new IamRefused(
      'UnmodifiableEntity',
      `The access key ${accessKeyId} is kept in the secrets folder of the installation and is changed there.`,
    );
}

/** Changes a key of the user that is meant. */
const changeKey = (input: Input, call: Call, command: KeyCommand): Promise<object> =>
  change(call, async (tx, handle) => {
    const owner = await ownerOf(tx, input, call);
    const accessKeyId = text(input, 'AccessKeyId');
    requireNotInstalled(await installedKeys(tx, call, owner), accessKeyId);
    const made = await keysOf(tx, call.caller.accountId, owner.userId);
    if (!made.some((key) => key.accessKeyId === accessKeyId)) throw noSuchKey(accessKeyId);
    await handle(keys, accessKeyId, command);
    return {};
  });

const isStatus = (status: string): status is KeyStatus =>
  status === 'Active' || status === 'Inactive';

function updateAccessKey(input: Input, call: Call): Promise<object> {
  const status = text(input, 'Status');
  if (!isStatus(status))
    throw new IamRefused('ValidationError', `The status ${status} cannot be set.`);
  return changeKey(input, call, { type: 'SetStatus', status, at: at(call) });
}

const deleteAccessKey = (input: Input, call: Call): Promise<object> =>
  changeKey(input, call, { type: 'DeleteKey', at: at(call) });

/** A key of the caller's account, undefined when it has none of that id. */
async function findKey(accessKeyId: string, { em, caller }: Call): Promise<Key | undefined> {
  const { state } = await load(em, keys, accessKeyId);
  return state.exists && state.accountId === caller.accountId ? state : undefined;
}

const userOfKey = async ({ userId }: Key, { em }: Call) =>
  userId === null ? undefined : findById(em, 'user', userId);

/** The user whose key it is; the caller may know no other account's. */
async function onKey(input: Input, call: Call): Promise<readonly Need[]> {
  const key = await findKey(text(input, 'AccessKeyId'), call);
  const user = key && (await userOfKey(key, call));
  return [{ resource: user ? userArn(user) : '*' }];
}

/** Dates of a key that was never used are left out (IAM API reference, AccessKeyLastUsed). */
async function getAccessKeyLastUsed(input: Input, call: Call): Promise<object> {
  const accessKeyId = text(input, 'AccessKeyId');
  const { accountId } = call.caller;
  const key = await findKey(accessKeyId, call);
  const installed = await installedKeys(call.em, call, { userName: null, userId: null });
  if (!key && !installed.includes(accessKeyId)) throw noSuchKey(accessKeyId);
  const user = key && (await userOfKey(key, call));
  await call.inLog();
  const use = await lastUseOf(call.em, accountId, accessKeyId);
  return {
    ...(user ? { UserName: user.userName } : {}),
    AccessKeyLastUsed: use
      ? { LastUsedDate: toDate(use.at), ServiceName: use.service, Region: use.region }
      : { ServiceName: 'N/A', Region: 'N/A' },
  };
}

export const accessKeyActions: Actions = {
  CreateAccessKey: { needs: onUserOrSelf, answer: createAccessKey },
  ListAccessKeys: { needs: onUserOrSelf, answer: listAccessKeys },
  UpdateAccessKey: { needs: onUserOrSelf, answer: updateAccessKey },
  DeleteAccessKey: { needs: onUserOrSelf, answer: deleteAccessKey },
  GetAccessKeyLastUsed: { needs: onKey, answer: getAccessKeyLastUsed },
};
