/** A managed policy of an account: up to five versions, of which one counts. */
import type { IamTag, PolicyEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { IamRefused } from '../iam/iam-refused.ts';
import { arnOf, type Others, requirePlace } from '../identity/names.ts';
import { owned, unowned } from '../identity/owned-events.ts';
import { decideTags, evolveTags, requireTags, type TagCommand } from '../identity/tags.ts';
import { requirePolicy } from './document.ts';

type Creation = Omit<Extract<PolicyEvent, { type: 'PolicyCreated' }>['data'], 'at'>;

export type PolicyVersion = {
  /** `v1` */
  readonly versionId: string;
  readonly document: string;
  readonly createdAt: string;
};

export type ManagedPolicy = Omit<Creation, 'document'> & {
  readonly exists: true;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly tags: readonly IamTag[];
  /** Oldest first. */
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersionId: string;
  /** How many there ever were: numbers are never used again. */
  readonly numbered: number;
};
export type PolicyState = { readonly exists: false } | ManagedPolicy;

export type ManagedPolicyCommand =
  | {
      readonly type: 'CreatePolicy';
      readonly creation: Creation;
      readonly others: Others;
      readonly at: string;
    }
  | {
      readonly type: 'CreateVersion';
      readonly document: string;
      readonly setAsDefault: boolean;
      readonly at: string;
    }
  | { readonly type: 'SetDefaultVersion'; readonly versionId: string; readonly at: string }
  | { readonly type: 'DeleteVersion'; readonly versionId: string; readonly at: string }
  /** `attachments`: how many users, groups and roles carry it or are limited by it. */
  | { readonly type: 'DeletePolicy'; readonly attachments: number; readonly at: string }
  | TagCommand;

/** Versions that one policy may have. */
export const mostVersions = 5;

export const policyArn = ({
  accountId,
  path,
  policyName,
}: Pick<ManagedPolicy, 'accountId' | 'path' | 'policyName'>): string =>
  arnOf('policy', accountId, path, policyName);

/** @throws IamRefused when there is no such policy */
export function requireManagedPolicy(state: PolicyState | undefined, arn: string): ManagedPolicy {
  if (!state?.exists) throw new IamRefused('NoSuchEntity', `Policy ${arn} was not found.`);
  return state;
}

/** @throws IamRefused when the policy has no such version */
export function requireVersion(policy: ManagedPolicy, versionId: string): PolicyVersion {
  const version = policy.versions.find((candidate) => candidate.versionId === versionId);
  if (!version)
    throw new IamRefused(
      'NoSuchEntity',
      `Policy ${policyArn(policy)} version ${versionId} does not exist or is not attachable.`,
    );
  return version;
}

function createVersion(
  { document, setAsDefault, at }: Extract<ManagedPolicyCommand, { type: 'CreateVersion' }>,
  policy: ManagedPolicy,
): readonly PolicyEvent[] {
  if (policy.versions.length >= mostVersions)
    throw new IamRefused(
      'LimitExceeded',
      `A managed policy can have up to ${mostVersions} versions. Before you create a new version, you must delete an existing version.`,
    );
  requirePolicy(document, 'managed');
  const versionId = `v${policy.numbered + 1}`;
  return [
    { type: 'PolicyVersionCreated', data: { versionId, document, isDefault: setAsDefault, at } },
  ];
}

function deleteVersion(
  { versionId, at }: Extract<ManagedPolicyCommand, { type: 'DeleteVersion' }>,
  policy: ManagedPolicy,
): readonly PolicyEvent[] {
  requireVersion(policy, versionId);
  if (versionId === policy.defaultVersionId)
    throw new IamRefused('DeleteConflict', 'Cannot delete the default version of a policy.');
  return [{ type: 'PolicyVersionDeleted', data: { versionId, at } }];
}

function deletePolicy(
  { attachments, at }: Extract<ManagedPolicyCommand, { type: 'DeletePolicy' }>,
  { versions }: ManagedPolicy,
): readonly PolicyEvent[] {
  if (attachments > 0)
    throw new IamRefused('DeleteConflict', 'Cannot delete a policy attached to entities.');
  if (versions.length > 1)
    throw new IamRefused(
      'DeleteConflict',
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    );
  return [{ type: 'PolicyDeleted', data: { at } }];
}

function changePolicy(
  command: Exclude<ManagedPolicyCommand, { type: 'CreatePolicy' }>,
  policy: ManagedPolicy,
): readonly PolicyEvent[] {
  switch (command.type) {
    case 'CreateVersion':
      return createVersion(command, policy);
    case 'SetDefaultVersion': {
      const { versionId, at } = command;
      requireVersion(policy, versionId);
      return versionId === policy.defaultVersionId
        ? []
        : [{ type: 'PolicyDefaultVersionSet', data: { versionId, at } }];
    }
    case 'DeleteVersion':
      return deleteVersion(command, policy);
    case 'DeletePolicy':
      return deletePolicy(command, policy);
    default:
      return owned('Policy', decideTags(command, policy.tags));
  }
}

function decide(command: ManagedPolicyCommand, state: PolicyState): readonly PolicyEvent[] {
  if (command.type !== 'CreatePolicy')
    return changePolicy(command, requireManagedPolicy(state, 'that is asked for'));
  const { creation, others, at } = command;
  requirePlace('policy', creation.policyName, others);
  requireTags(creation.tags);
  requirePolicy(creation.document, 'managed');
  return [{ type: 'PolicyCreated', data: { ...creation, at } }];
}

const created = ({
  document,
  at,
  ...creation
}: Extract<PolicyEvent, { type: 'PolicyCreated' }>['data']): ManagedPolicy => ({
  exists: true,
  ...creation,
  createdAt: at,
  updatedAt: at,
  versions: [{ versionId: 'v1', document, createdAt: at }],
  defaultVersionId: 'v1',
  numbered: 1,
});

function evolve(state: PolicyState, event: PolicyEvent): PolicyState {
  if (event.type === 'PolicyCreated') return created(event.data);
  if (!state.exists) return state;
  switch (event.type) {
    case 'PolicyVersionCreated': {
      const { versionId, document, isDefault, at } = event.data;
      return {
        ...state,
        updatedAt: at,
        versions: [...state.versions, { versionId, document, createdAt: at }],
        defaultVersionId: isDefault ? versionId : state.defaultVersionId,
        numbered: state.numbered + 1,
      };
    }
    case 'PolicyDefaultVersionSet': {
      const { versionId, at } = event.data;
      return { ...state, defaultVersionId: versionId, updatedAt: at };
    }
    case 'PolicyVersionDeleted': {
      const { versionId, at } = event.data;
      const versions = state.versions.filter((version) => version.versionId !== versionId);
      return { ...state, versions, updatedAt: at };
    }
    case 'PolicyDeleted':
      return { exists: false };
    case 'PolicyTagged':
    case 'PolicyUntagged':
      return { ...state, tags: evolveTags(state.tags, unowned('Policy', event)) };
  }
}

export const policy: Decider<PolicyState, ManagedPolicyCommand, PolicyEvent> = {
  initial: { exists: false },
  decide,
  evolve,
};
