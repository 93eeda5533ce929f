/** GetAccountAuthorizationDetails: users, groups, roles and policies of an account with all that they carry. */
import { lastUsesIn } from '../access/last-use.ts';
import { everything, groupsOf, listByName, policyUses, type Uses } from '../directory.ts';
import type { Group } from '../group/group.ts';
import type { CarriedPolicies } from '../identity/carried-policies.ts';
import { awsManagedPolicies } from '../policy/aws-managed.ts';
import { policyArn } from '../policy/policy.ts';
import type { Role } from '../role/role.ts';
import type { User } from '../user/user.ts';
import type { Actions, Call } from './call.ts';
import { type Input, texts } from './input.ts';
import { onAnything } from './needs.ts';
import { ordinal, pageFrom, pageOf } from './paging.ts';
import {
  toAttached,
  toAwsPolicySummary,
  toGroup,
  toInstanceProfileSummary,
  toPolicySummary,
  toUsedRole,
  toUser,
  toVersion,
} from './shapes.ts';

/** In which list of the answer something is. */
type List = 'UserDetailList' | 'GroupDetailList' | 'RoleDetailList' | 'Policies';
type Detail = { readonly list: List; readonly shape: object };

const inlineOf = ({ policies }: CarriedPolicies): readonly object[] =>
  Object.entries(policies).map(([PolicyName, PolicyDocument]) => ({ PolicyName, PolicyDocument }));

const attachedOf = ({ attached }: CarriedPolicies) => ({
  AttachedManagedPolicies: attached.map(toAttached),
});

async function userDetails({ em, caller }: Call): Promise<readonly object[]> {
  const users = await listByName(em, 'user', caller.accountId, everything);
  const groups = await groupsOf(em, [...new Set(users.flatMap((user) => user.groups))]);
  const names = new Map(groups.map(({ groupId, groupName }) => [groupId, groupName]));
  return users.map((user: User) => ({
    ...toUser(user),
    UserPolicyList: inlineOf(user),
    GroupList: user.groups.flatMap((groupId) => names.get(groupId) ?? []),
    ...attachedOf(user),
  }));
}

const groupDetails = async ({ em, caller }: Call): Promise<readonly object[]> =>
  (await listByName(em, 'group', caller.accountId, everything)).map((group: Group) => ({
    ...toGroup(group),
    GroupPolicyList: inlineOf(group),
    ...attachedOf(group),
  }));

async function roleDetails({ em, caller }: Call): Promise<readonly object[]> {
  const profiles = await listByName(em, 'instance-profile', caller.accountId, everything);
  const uses = await lastUsesIn(em, caller.accountId);
  return (await listByName(em, 'role', caller.accountId, everything)).map((role: Role) => ({
    ...toUsedRole(role, uses.get(role.roleId)),
    InstanceProfileList: profiles
      .filter(({ roleId }) => roleId === role.roleId)
      .map((profile) => toInstanceProfileSummary(profile, new Map([[role.roleId, role]]))),
    RolePolicyList: inlineOf(role),
    ...attachedOf(role),
  }));
}

const usesOf = ({ em, caller }: Call): Promise<ReadonlyMap<string, Uses>> =>
  policyUses(em, caller.accountId);

async function ownPolicies(call: Call): Promise<readonly object[]> {
  const uses = await usesOf(call);
  const policies = await listByName(call.em, 'policy', call.caller.accountId, everything);
  return policies.map((policy) => ({
    ...toPolicySummary(policy, uses.get(policyArn(policy))),
    PolicyVersionList: policy.versions.map((version) =>
      toVersion(version, policy.defaultVersionId),
    ),
  }));
}

async function awsPolicies(call: Call): Promise<readonly object[]> {
  const uses = await usesOf(call);
  return awsManagedPolicies.map((policy) => ({
    ...toAwsPolicySummary(policy, uses.get(policy.arn)),
    PolicyVersionList: [toVersion({ ...policy, createdAt: policy.updatedAt }, policy.versionId)],
  }));
}

/** What a filter names, and in which order it comes. */
const kinds = {
  User: { list: 'UserDetailList', read: userDetails },
  Group: { list: 'GroupDetailList', read: groupDetails },
  Role: { list: 'RoleDetailList', read: roleDetails },
  LocalManagedPolicy: { list: 'Policies', read: ownPolicies },
  AWSManagedPolicy: { list: 'Policies', read: awsPolicies },
} as const satisfies Record<
  string,
  { list: List; read: (call: Call) => Promise<readonly object[]> }
>;

async function getAccountAuthorizationDetails(input: Input, call: Call): Promise<object> {
  const filter = texts(input, 'Filter');
  const found: Detail[] = [];
  for (const [name, { list, read }] of Object.entries(kinds))
    if (filter.length === 0 || filter.includes(name))
      found.push(...(await read(call)).map((shape) => ({ list, shape })));
  const keyed = found.map((detail, index) => ({ ...detail, key: ordinal(index) }));
  const { items, more } = pageFrom(keyed, pageOf(input), ({ key }) => key);
  const of = (wanted: List): readonly object[] =>
    items.filter(({ list }) => list === wanted).map(({ shape }) => shape);
  return {
    UserDetailList: of('UserDetailList'),
    GroupDetailList: of('GroupDetailList'),
    RoleDetailList: of('RoleDetailList'),
    Policies: of('Policies'),
    ...more,
  };
}

export const authorizationDetailsActions: Actions = {
  GetAccountAuthorizationDetails: { needs: onAnything, answer: getAccountAuthorizationDetails },
};
