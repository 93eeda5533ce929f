/**
 * The resources that IAM's actions are authorised on, with the condition keys that go with them
 * (Service Authorization Reference, IAM). What is not there has the ARN it would have in the root path.
 */

import { requestTagContext, resourceTagContext } from '../decision/context.ts';
import type { Context } from '../decision/decide.ts';
import { findByName } from '../directory.ts';
import { groupArn } from '../group/group.ts';
import { arnOf, type EntityKind } from '../identity/names.ts';
import { tagRecord } from '../identity/tags.ts';
import { instanceProfileArn } from '../instance-profile/instance-profile.ts';
import { serialNumberOf } from '../mfa-device/mfa-device.ts';
import { policyArn } from '../policy/policy.ts';
import { userArn } from '../user/user.ts';
import type { Call, Need } from './call.ts';
import { IamRefused } from './iam-refused.ts';
import { type Input, optionalText, tagsOf, text, texts } from './input.ts';

export type Needs = (input: Input, call: Call) => Promise<readonly Need[]>;

/** Actions that are about nothing in particular. */
export const onAnything: Needs = async () => [{ resource: '*' }];

/** Listings are about all of a path: `arn:aws:iam::<account>:role/`. */
export const onPath =
  (kind: EntityKind): Needs =>
  async (input, { caller }) => [
    { resource: arnOf(kind, caller.accountId, optionalText(input, 'PathPrefix') ?? '/', '') },
  ];

const boundaryContext = (arn: string | null): Context =>
  arn === null ? {} : { 'iam:PermissionsBoundary': arn };

/** Both spellings: IAM's own key and the one of all services. */
const tagContext = (tags: Readonly<Record<string, string>>): Context => ({
  ...resourceTagContext(tags),
  ...Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`iam:ResourceTag/${key}`, value]),
  ),
});

/** What the request says: tags, the policy that is attached, the boundary that is set. */
function requestContext(input: Input): Context {
  const tags = tagRecord(tagsOf(input));
  const tagKeys = texts(input, 'TagKeys');
  const policy = optionalText(input, 'PolicyArn');
  return {
    ...(Object.keys(tags).length === 0 ? {} : requestTagContext(tags)),
    ...(tagKeys.length === 0 ? {} : { 'aws:TagKeys': tagKeys }),
    ...(policy === undefined ? {} : { 'iam:PolicyARN': policy }),
    ...boundaryContext(optionalText(input, 'PermissionsBoundary') ?? null),
  };
}

/** What is to be created: its ARN follows from the request. */
export const onNew =
  (kind: EntityKind, member: string): Needs =>
  async (input, { caller }) => [
    {
      resource: arnOf(
        kind,
        caller.accountId,
        optionalText(input, 'Path') ?? '/',
        text(input, member),
      ),
      context: requestContext(input),
    },
  ];

async function roleNeed(name: string, { em, caller: { accountId } }: Call): Promise<Need> {
  const role = (await findByName(em, 'role', accountId, name))?.state;
  return role
    ? {
        resource: role.arn,
        context: {
          ...tagContext(tagRecord(role.tags)),
          ...boundaryContext(role.permissionsBoundary),
        },
      }
    : { resource: arnOf('role', accountId, '/', name) };
}

async function userNeed(name: string, { em, caller: { accountId } }: Call): Promise<Need> {
  const user = (await findByName(em, 'user', accountId, name))?.state;
  return user
    ? {
        resource: userArn(user),
        context: {
          ...tagContext(tagRecord(user.tags)),
          ...boundaryContext(user.permissionsBoundary),
        },
      }
    : { resource: arnOf('user', accountId, '/', name) };
}

async function groupNeed(name: string, { em, caller: { accountId } }: Call): Promise<Need> {
  const group = (await findByName(em, 'group', accountId, name))?.state;
  return { resource: group ? groupArn(group) : arnOf('group', accountId, '/', name) };
}

async function instanceProfileNeed(name: string, { em, caller: { accountId } }: Call) {
  const profile = (await findByName(em, 'instance-profile', accountId, name))?.state;
  return profile
    ? { resource: instanceProfileArn(profile), context: tagContext(tagRecord(profile.tags)) }
    : { resource: arnOf('instance-profile', accountId, '/', name) };
}

const withRequest = (input: Input, { resource, context = {} }: Need): readonly Need[] => [
  { resource, context: { ...context, ...requestContext(input) } },
];

/** The role that `RoleName` names. */
export const onRole: Needs = async (input, call) =>
  withRequest(input, await roleNeed(text(input, 'RoleName'), call));

/** The instance profile that `InstanceProfileName` names. */
export const onInstanceProfile: Needs = async (input, call) =>
  withRequest(input, await instanceProfileNeed(text(input, 'InstanceProfileName'), call));

/**
 * Path and name of the device of a serial number: `/team/phone`. One of another account, or of no virtual
 * device, is the place of none.
 */
export function placeIn(serialNumber: string, accountId: string): string {
  const root = arnOf('mfa', accountId, '/', '');
  return serialNumber.startsWith(root) ? serialNumber.slice(root.length - 1) : serialNumber;
}

/** The virtual MFA device that `SerialNumber` names, of whatever account: its ARN says which. */
export const onMFADevice: Needs = async (input, { em, caller: { accountId } }) => {
  const serialNumber = text(input, 'SerialNumber');
  const device = (await findByName(em, 'mfa', accountId, placeIn(serialNumber, accountId)))?.state;
  if (device)
    return withRequest(input, {
      resource: serialNumberOf(device),
      context: tagContext(tagRecord(device.tags)),
    });
  const isArn = serialNumber.startsWith('arn:');
  const resource = isArn ? serialNumber : arnOf('mfa', accountId, '/', serialNumber);
  return withRequest(input, { resource });
};

/** The group that `GroupName` names. */
export const onGroup: Needs = async (input, call) =>
  withRequest(input, await groupNeed(text(input, 'GroupName'), call));

/** The user that `UserName` names. */
export const onUser: Needs = async (input, call) =>
  withRequest(input, await userNeed(text(input, 'UserName'), call));

/**
 * The name of the calling user; null for the root user.
 * @throws IamRefused for a session of a role, which is no user
 */
export function ownUserName({ caller: { principal } }: Call): string | null {
  if (principal.kind === 'root') return null;
  if (principal.kind !== 'user')
    throw new IamRefused(
      'ValidationError',
      'Must specify userName when calling with non-User credentials',
    );
  return principal.arn.slice(principal.arn.lastIndexOf('/') + 1);
}

/** The user that `UserName` names, else the caller (GetUser, access keys). */
export const onUserOrSelf: Needs = async (input, call) => {
  const name = optionalText(input, 'UserName');
  if (name !== undefined) return onUser(input, call);
  const own = ownUserName(call);
  return own === null
    ? [{ resource: call.caller.principal.arn }]
    : withRequest(input, await userNeed(own, call));
};

/** The managed policy that `PolicyArn` names, of whatever account: its ARN says which. */
export const onPolicy: Needs = async (input, { em, caller: { accountId } }) => {
  const arn = text(input, 'PolicyArn');
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const policy = (await findByName(em, 'policy', accountId, name))?.state;
  const tags = policy && policyArn(policy) === arn ? tagRecord(policy.tags) : {};
  const { 'iam:PolicyARN': _itself, ...request } = requestContext(input);
  return [{ resource: arn, context: { ...tagContext(tags), ...request } }];
};
