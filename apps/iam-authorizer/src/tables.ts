/** The authorizer's aggregates, their tables, and what is read of those that are no names (see `directory.ts`). */
import type {
  AccessEvent,
  BucketPolicyEvent,
  FenceEvent,
  GroupEvent,
  InstanceProfileEvent,
  KeyEvent,
  MFADeviceEvent,
  PolicyEvent,
  PrincipalEvent,
  RoleEvent,
  UserEvent,
} from '@firesteel/contracts/events';
import { type Aggregate, load } from '@firesteel/event-store/aggregate';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type AccessCommand, type AccessTrail, access } from './access/access.ts';
import {
  type BucketPolicyCommand,
  type BucketPolicyState,
  bucketPolicy,
} from './bucket-policy/bucket-policy.ts';
import { type Fence, type FenceCommand, fence } from './fence/fence.ts';
import { type GroupCommand, type GroupState, group } from './group/group.ts';
import {
  type InstanceProfileCommand,
  type InstanceProfileState,
  instanceProfile,
} from './instance-profile/instance-profile.ts';
import { type KeyCommand, type KeyState, key } from './key/key.ts';
import {
  type MFADevice,
  type MFADeviceCommand,
  type MFADeviceState,
  mfaDevice,
  placeOf,
} from './mfa-device/mfa-device.ts';
import {
  type ManagedPolicy,
  type ManagedPolicyCommand,
  type PolicyState,
  policy,
  policyArn,
} from './policy/policy.ts';
import { type Principal, type PrincipalCommand, principal } from './principal/principal.ts';
import { type RoleCommand, type RoleState, role } from './role/role.ts';
import type { JobRunAttempt } from './session/session.ts';
import { type UserCommand, type UserState, user } from './user/user.ts';

export const PrincipalRow = defineEntity({
  name: 'PrincipalRow',
  tableName: 'principal',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<Principal>(),
    accessKeyId: p.text().fieldName('access_key_id').nullable(),
  },
});

export const KeyRow = defineEntity({
  name: 'KeyRow',
  tableName: 'access_key',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<KeyState>(),
    accountId: p.text().fieldName('account_id').nullable(),
    userId: p.text().fieldName('user_id').nullable(),
  },
});

/** What is found by its name in an account; null when it is deleted. */
const name = {
  id: p.text().primary(),
  version: p.integer(),
  accountId: p.text().fieldName('account_id').nullable(),
  nameKey: p.text().fieldName('name_key').nullable(),
};

export const UserRow = defineEntity({
  name: 'UserRow',
  tableName: 'iam_user',
  properties: { ...name, state: p.json<UserState>() },
});

export const GroupRow = defineEntity({
  name: 'GroupRow',
  tableName: 'iam_group',
  properties: { ...name, state: p.json<GroupState>() },
});

export const RoleRow = defineEntity({
  name: 'RoleRow',
  tableName: 'role',
  properties: { ...name, state: p.json<RoleState>() },
});

export const PolicyRow = defineEntity({
  name: 'PolicyRow',
  tableName: 'policy',
  properties: {
    ...name,
    state: p.json<PolicyState>(),
    arn: p.text().nullable(),
    defaultVersion: p.text().fieldName('default_version').nullable(),
  },
});

export const InstanceProfileRow = defineEntity({
  name: 'InstanceProfileRow',
  tableName: 'instance_profile',
  properties: { ...name, state: p.json<InstanceProfileState>() },
});

export const MFADeviceRow = defineEntity({
  name: 'MFADeviceRow',
  tableName: 'mfa_device',
  properties: { ...name, state: p.json<MFADeviceState>() },
});

export const BucketPolicyRow = defineEntity({
  name: 'BucketPolicyRow',
  tableName: 'bucket_policy',
  properties: { id: p.text().primary(), version: p.integer(), state: p.json<BucketPolicyState>() },
});

export const AccessRow = defineEntity({
  name: 'AccessRow',
  tableName: 'access',
  properties: { id: p.text().primary(), version: p.integer(), state: p.json<AccessTrail>() },
});

export const FenceRow = defineEntity({
  name: 'FenceRow',
  tableName: 'fence',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<Fence>(),
    fencedAt: p.text().fieldName('fenced_at'),
  },
});

export const entities = [
  PrincipalRow,
  KeyRow,
  UserRow,
  GroupRow,
  RoleRow,
  PolicyRow,
  InstanceProfileRow,
  MFADeviceRow,
  BucketPolicyRow,
  FenceRow,
  AccessRow,
];

/** Streams are `principal-<account>.root`. */
export const principals: Aggregate<Principal, PrincipalCommand, PrincipalEvent> & {
  readonly category: 'principal';
} = {
  category: 'principal',
  decider: principal,
  entity: PrincipalRow,
  columns: ({ keys }) => ({ access_key_id: keys[0]?.accessKeyId ?? null }),
};

/** Streams are `key-<accessKeyId>`. */
export const keys: Aggregate<KeyState, KeyCommand, KeyEvent> & { readonly category: 'key' } = {
  category: 'key',
  decider: key,
  entity: KeyRow,
  columns: (state) => ({
    account_id: state.exists ? state.accountId : null,
    user_id: state.exists ? state.userId : null,
  }),
};

/** What names an entity in its account. Names are one whatever their case; a deleted one is free again. */
const namedBy =
  <State extends { readonly exists: true; readonly accountId: string }>(
    nameOf: (state: State) => string,
  ) =>
  (state: State | { readonly exists: false }) => ({
    account_id: state.exists ? state.accountId : null,
    name_key: state.exists ? nameOf(state).toLowerCase() : null,
  });

/** Streams are `user-<userId>`. */
export const users: Aggregate<UserState, UserCommand, UserEvent> & { readonly category: 'user' } = {
  category: 'user',
  decider: user,
  entity: UserRow,
  columns: namedBy(({ userName }) => userName),
};

/** Streams are `group-<groupId>`. */
export const groups: Aggregate<GroupState, GroupCommand, GroupEvent> & {
  readonly category: 'group';
} = {
  category: 'group',
  decider: group,
  entity: GroupRow,
  columns: namedBy(({ groupName }) => groupName),
};

/** Streams are `role-<roleId>`; those of earlier versions `role-<account>.<name>`. */
export const roles: Aggregate<RoleState, RoleCommand, RoleEvent> & { readonly category: 'role' } = {
  category: 'role',
  decider: role,
  entity: RoleRow,
  columns: namedBy(({ roleName }) => roleName),
};

const policyNameColumns = namedBy(({ policyName }: ManagedPolicy) => policyName);

/** Streams are `policy-<policyId>`. */
export const policies: Aggregate<PolicyState, ManagedPolicyCommand, PolicyEvent> & {
  readonly category: 'policy';
} = {
  category: 'policy',
  decider: policy,
  entity: PolicyRow,
  columns: (state) => ({
    ...policyNameColumns(state),
    arn: state.exists ? policyArn(state) : null,
    default_version: state.exists ? state.defaultVersionId : null,
  }),
};

/** Streams are `instance-profile-<instanceProfileId>`. */
export const instanceProfiles: Aggregate<
  InstanceProfileState,
  InstanceProfileCommand,
  InstanceProfileEvent
> & { readonly category: 'instance-profile' } = {
  category: 'instance-profile',
  decider: instanceProfile,
  entity: InstanceProfileRow,
  columns: namedBy(({ instanceProfileName }) => instanceProfileName),
};

/** Streams are `mfa-device-<id>`; the name is one of the path. */
export const mfaDevices: Aggregate<MFADeviceState, MFADeviceCommand, MFADeviceEvent> & {
  readonly category: 'mfa-device';
} = {
  category: 'mfa-device',
  decider: mfaDevice,
  entity: MFADeviceRow,
  columns: namedBy<MFADevice>(placeOf),
};

/** Streams are `bucket-policy-<bucket>`. */
export const bucketPolicies: Aggregate<
  BucketPolicyState,
  BucketPolicyCommand,
  BucketPolicyEvent
> & { readonly category: 'bucket-policy' } = {
  category: 'bucket-policy',
  decider: bucketPolicy,
  entity: BucketPolicyRow,
  columns: () => ({}),
};

/** Streams are `access-<account>.<yyyymmdd>.<life of the process>`. */
export const accessTrails: Aggregate<AccessTrail, AccessCommand, AccessEvent> = {
  category: 'access',
  decider: access,
  entity: AccessRow,
  columns: () => ({}),
};

/** Streams are `fence-<jobRunId>`. */
export const fences: Aggregate<Fence, FenceCommand, FenceEvent> = {
  category: 'fence',
  decider: fence,
  entity: FenceRow,
  columns: ({ fencedAt }) => ({ fenced_at: fencedAt }),
};

/** The fences that were raised since then (ISO-8601), for the start of the process. */
export async function fencesSince(em: EntityManager, since: string): Promise<readonly Fence[]> {
  const rows = await em.fork().find(FenceRow, { fencedAt: { $gte: since } });
  return rows.map(({ state }) => state);
}

/** Whether an attempt is fenced off, however long ago; read from the table. */
export async function isFenced(
  em: EntityManager,
  { jobRunId, attempt }: JobRunAttempt,
): Promise<boolean> {
  const { state } = await load(em, fences, jobRunId);
  return attempt < state.belowAttempt;
}
