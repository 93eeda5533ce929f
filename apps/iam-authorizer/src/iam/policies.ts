/** Managed policies and their versions (IAM API reference, CreatePolicy and its like). */
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  everything,
  listByName,
  othersOf,
  policyUses,
  type Usage,
  type Uses,
  usersOfPolicy,
} from '../directory.ts';
import { uniqueId } from '../identity/unique-ids.ts';
import { awsManagedPolicies, awsManagedPolicy } from '../policy/aws-managed.ts';
import {
  type ManagedPolicy,
  type ManagedPolicyCommand,
  type PolicyVersion,
  policyArn,
  requireManagedPolicy,
  requireVersion,
} from '../policy/policy.ts';
import { policies } from '../tables.ts';
import { requireAnyPolicy, requireOwnPolicy } from './attachable.ts';
import { type Actions, at, type Call, change } from './call.ts';
import { IamRefused } from './iam-refused.ts';
import { flag, type Input, optionalText, tagsOf, text } from './input.ts';
import { onNew, onPath, onPolicy } from './needs.ts';
import { pageFrom, pageOf } from './paging.ts';
import {
  toAwsPolicySummary,
  toNewPolicy,
  toPolicy,
  toPolicySummary,
  toVersion,
  toVersionSummary,
} from './shapes.ts';

/** Changes a policy of the account's own; answers it as it is then. */
export const changePolicy = (
  call: Call,
  arn: string,
  command: (
    tx: EntityManager,
    policy: ManagedPolicy,
  ) => Promise<ManagedPolicyCommand> | ManagedPolicyCommand,
): Promise<ManagedPolicy> =>
  change(call, async (tx, handle) => {
    const { id, state } = await requireOwnPolicy(tx, call, arn);
    const handled = await handle(policies, id, await command(tx, state));
    return handled.state.exists ? handled.state : state;
  });

const createPolicy = (input: Input, call: Call): Promise<object> =>
  change(call, async (tx, handle) => {
    const { accountId } = call.caller;
    const policyName = text(input, 'PolicyName');
    const policyId = uniqueId('policy');
    const creation = {
      accountId,
      policyName,
      policyId,
      path: optionalText(input, 'Path') ?? '/',
      description: optionalText(input, 'Description') ?? null,
      document: text(input, 'PolicyDocument'),
      tags: tagsOf(input),
    };
    const others = await othersOf(tx, 'policy', accountId, policyName);
    const command = { type: 'CreatePolicy', creation, others, at: at(call) } as const;
    const { state } = await handle(policies, policyId, command);
    return { Policy: toNewPolicy(requireManagedPolicy(state, policyName)) };
  });

async function usesOf(em: EntityManager, { caller }: Call, arn: string): Promise<Uses> {
  return (await policyUses(em, caller.accountId)).get(arn) ?? { attachments: 0, boundaries: 0 };
}

async function getPolicy(input: Input, call: Call): Promise<object> {
  const arn = text(input, 'PolicyArn');
  const found = await requireAnyPolicy(call.em, call, arn);
  const uses = await usesOf(call.em, call, arn);
  return {
    Policy:
      'aws' in found
        ? { ...toAwsPolicySummary(found.aws, uses), Description: found.aws.description, Tags: [] }
        : toPolicy(found.own, uses),
  };
}

/** A policy in a listing. */
type Listed = {
  readonly key: string;
  readonly path: string;
  readonly uses: Uses;
  readonly shape: object;
};

const noUses: Uses = { attachments: 0, boundaries: 0 };

async function ownPolicies(
  { em, caller }: Call,
  uses: ReadonlyMap<string, Uses>,
): Promise<readonly Listed[]> {
  const found = await listByName(em, 'policy', caller.accountId, everything);
  return found.map((policy) => {
    const used = uses.get(policyArn(policy)) ?? noUses;
    const shape = toPolicySummary(policy, used);
    return { key: policy.policyName.toLowerCase(), path: policy.path, uses: used, shape };
  });
}

const awsPolicies = (uses: ReadonlyMap<string, Uses>): readonly Listed[] =>
  awsManagedPolicies.map((policy) => {
    const used = uses.get(policy.arn) ?? noUses;
    const shape = toAwsPolicySummary(policy, used);
    // AWS' come after the account's own, whatever their names.
    return { key: `~${policy.policyName.toLowerCase()}`, path: policy.path, uses: used, shape };
  });

/** Which uses count, by `PolicyUsageFilter`. */
const isUsed = ({ attachments, boundaries }: Uses, filter: string | undefined): boolean => {
  if (filter === 'PermissionsPolicy') return attachments > 0;
  return filter === 'PermissionsBoundary' ? boundaries > 0 : attachments + boundaries > 0;
};

async function listPolicies(input: Input, call: Call): Promise<object> {
  const scope = optionalText(input, 'Scope') ?? 'All';
  const prefix = optionalText(input, 'PathPrefix') ?? '/';
  const filter = optionalText(input, 'PolicyUsageFilter');
  const onlyUsed = flag(input, 'OnlyAttached') || filter !== undefined;
  const uses = await policyUses(call.em, call.caller.accountId);
  const all = [
    ...(scope === 'AWS' ? [] : await ownPolicies(call, uses)),
    ...(scope === 'Local' ? [] : awsPolicies(uses)),
  ].filter(
    (policy) => policy.path.startsWith(prefix) && (!onlyUsed || isUsed(policy.uses, filter)),
  );
  const { items, more } = pageFrom(all, pageOf(input), ({ key }) => key);
  return { Policies: items.map(({ shape }) => shape), ...more };
}

async function deletePolicy(input: Input, call: Call): Promise<object> {
  const arn = text(input, 'PolicyArn');
  await changePolicy(call, arn, async (tx) => {
    const { attachments, boundaries } = await usesOf(tx, call, arn);
    return { type: 'DeletePolicy', attachments: attachments + boundaries, at: at(call) };
  });
  return {};
}

async function createPolicyVersion(input: Input, call: Call): Promise<object> {
  const policy = await changePolicy(call, text(input, 'PolicyArn'), () => ({
    type: 'CreateVersion',
    document: text(input, 'PolicyDocument'),
    setAsDefault: flag(input, 'SetAsDefault'),
    at: at(call),
  }));
  const version = policy.versions.at(-1) as PolicyVersion;
  return { PolicyVersion: toVersionSummary(version, policy.defaultVersionId) };
}

async function getPolicyVersion(input: Input, call: Call): Promise<object> {
  const arn = text(input, 'PolicyArn');
  const versionId = text(input, 'VersionId');
  const aws = awsManagedPolicy(arn);
  if (aws?.versionId === versionId)
    return { PolicyVersion: toVersion({ ...aws, createdAt: aws.updatedAt }, versionId) };
  if (aws)
    throw new IamRefused(
      'NoSuchEntity',
      `Policy ${arn} version ${versionId} does not exist or is not attachable.`,
    );
  const { state } = await requireOwnPolicy(call.em, call, arn);
  return { PolicyVersion: toVersion(requireVersion(state, versionId), state.defaultVersionId) };
}

async function listPolicyVersions(input: Input, call: Call): Promise<object> {
  const found = await requireAnyPolicy(call.em, call, text(input, 'PolicyArn'));
  if ('aws' in found) {
    const { versionId, updatedAt } = found.aws;
    const only = toVersionSummary({ versionId, createdAt: updatedAt }, versionId);
    return { Versions: [only], IsTruncated: false };
  }
  const { versions, defaultVersionId } = found.own;
  // Newest first; the marker is a place in that order.
  const ordered = versions.toReversed().map((version, index) => ({ version, place: `${index}` }));
  const { items, more } = pageFrom(ordered, pageOf(input), ({ place }) => place);
  return {
    Versions: items.map(({ version }) => toVersionSummary(version, defaultVersionId)),
    ...more,
  };
}

/** Commands about one version. */
const onVersion =
  (type: 'SetDefaultVersion' | 'DeleteVersion') =>
  async (input: Input, call: Call): Promise<object> => {
    const versionId = text(input, 'VersionId');
    await changePolicy(call, text(input, 'PolicyArn'), () => ({ type, versionId, at: at(call) }));
    return {};
  };

/** A user, group or role that uses a policy. */
type Entity = {
  readonly kind: 'user' | 'group' | 'role';
  readonly key: string;
  readonly path: string;
  readonly shape: object;
};

async function entitiesOf(
  { em, caller: { accountId } }: Call,
  arn: string,
  usage: Usage,
): Promise<readonly Entity[]> {
  const groups = await usersOfPolicy(em, 'group', accountId, arn, usage);
  const roles = await usersOfPolicy(em, 'role', accountId, arn, usage);
  const users = await usersOfPolicy(em, 'user', accountId, arn, usage);
  return [
    ...groups.map(({ groupName: GroupName, groupId: GroupId, path }) => ({
      kind: 'group' as const,
      key: `group ${GroupName.toLowerCase()}`,
      path,
      shape: { GroupName, GroupId },
    })),
    ...roles.map(({ roleName: RoleName, roleId: RoleId, path }) => ({
      kind: 'role' as const,
      key: `role ${RoleName.toLowerCase()}`,
      path,
      shape: { RoleName, RoleId },
    })),
    ...users.map(({ userName: UserName, userId: UserId, path }) => ({
      kind: 'user' as const,
      key: `user ${UserName.toLowerCase()}`,
      path,
      shape: { UserName, UserId },
    })),
  ];
}

const filterKinds: Readonly<Record<string, Entity['kind']>> = {
  User: 'user',
  Group: 'group',
  Role: 'role',
};

async function listEntitiesForPolicy(input: Input, call: Call): Promise<object> {
  const arn = text(input, 'PolicyArn');
  await requireAnyPolicy(call.em, call, arn);
  // Kinds of policies, which the model allows too, leave nobody out.
  const only = filterKinds[optionalText(input, 'EntityFilter') ?? ''];
  const prefix = optionalText(input, 'PathPrefix') ?? '/';
  const usage: Usage =
    optionalText(input, 'PolicyUsageFilter') === 'PermissionsBoundary' ? 'boundary' : 'attached';
  const all = (await entitiesOf(call, arn, usage)).filter(
    ({ kind, path }) => path.startsWith(prefix) && (only === undefined || only === kind),
  );
  const { items, more } = pageFrom(all, pageOf(input), ({ key }) => key);
  const of = (wanted: Entity['kind']): object[] =>
    items.filter(({ kind }) => kind === wanted).map(({ shape }) => shape);
  return { PolicyGroups: of('group'), PolicyUsers: of('user'), PolicyRoles: of('role'), ...more };
}

export const policyActions: Actions = {
  CreatePolicy: { needs: onNew('policy', 'PolicyName'), answer: createPolicy },
  GetPolicy: { needs: onPolicy, answer: getPolicy },
  ListPolicies: { needs: onPath('policy'), answer: listPolicies },
  DeletePolicy: { needs: onPolicy, answer: deletePolicy },
  CreatePolicyVersion: { needs: onPolicy, answer: createPolicyVersion },
  GetPolicyVersion: { needs: onPolicy, answer: getPolicyVersion },
  ListPolicyVersions: { needs: onPolicy, answer: listPolicyVersions },
  SetDefaultPolicyVersion: { needs: onPolicy, answer: onVersion('SetDefaultVersion') },
  DeletePolicyVersion: { needs: onPolicy, answer: onVersion('DeleteVersion') },
  ListEntitiesForPolicy: { needs: onPolicy, answer: listEntitiesForPolicy },
};
