/** An instance profile: hands one role to machines (IAM user guide, id_roles_use_switch-role-ec2_instance-profiles). */
import type { InstanceProfileEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { IamRefused } from '../iam/iam-refused.ts';
import { requireNothingLeft, requireQuota } from '../identity/limits.ts';
import { arnOf, noSuch, type Others, requirePlace } from '../identity/names.ts';
import { owned, unowned } from '../identity/owned-events.ts';
import { decideTags, evolveTags, requireTags, type TagCommand } from '../identity/tags.ts';

type Creation = Omit<
  Extract<InstanceProfileEvent, { type: 'InstanceProfileCreated' }>['data'],
  'at'
>;

export type InstanceProfile = Creation & {
  readonly exists: true;
  readonly createdAt: string;
  /** Unique id; null while it hands out none. */
  readonly roleId: string | null;
};
export type InstanceProfileState = { readonly exists: false } | InstanceProfile;

export type InstanceProfileCommand =
  | {
      readonly type: 'CreateInstanceProfile';
      readonly creation: Creation;
      readonly others: Others;
      readonly at: string;
    }
  | { readonly type: 'AddRole'; readonly roleId: string; readonly at: string }
  | {
      readonly type: 'RemoveRole';
      readonly roleName: string;
      readonly roleId: string;
      readonly at: string;
    }
  | { readonly type: 'DeleteInstanceProfile'; readonly at: string }
  | TagCommand;

/** @throws IamRefused when there is no such instance profile */
export function requireInstanceProfile(
  state: InstanceProfileState | undefined,
  name: string,
): InstanceProfile {
  if (!state?.exists)
    throw new IamRefused('NoSuchEntity', `Instance Profile ${name} cannot be found.`);
  return state;
}

export const instanceProfileArn = ({
  accountId,
  path,
  instanceProfileName,
}: InstanceProfile): string => arnOf('instance-profile', accountId, path, instanceProfileName);

function addRole(
  { roleId, at }: Extract<InstanceProfileCommand, { type: 'AddRole' }>,
  profile: InstanceProfile,
): readonly InstanceProfileEvent[] {
  requireQuota('InstanceSessionsPerInstanceProfile', 1, profile.roleId === null ? 0 : 1);
  return [{ type: 'InstanceProfileRoleAdded', data: { roleId, at } }];
}

function removeRole(
  { roleName, roleId, at }: Extract<InstanceProfileCommand, { type: 'RemoveRole' }>,
  profile: InstanceProfile,
): readonly InstanceProfileEvent[] {
  if (profile.roleId !== roleId) throw noSuch('role', roleName);
  return [{ type: 'InstanceProfileRoleRemoved', data: { roleId, at } }];
}

function deleteProfile(profile: InstanceProfile, at: string): readonly InstanceProfileEvent[] {
  requireNothingLeft(profile.roleId !== null, 'remove roles from instance profile');
  return [{ type: 'InstanceProfileDeleted', data: { at } }];
}

function changeProfile(
  command: Exclude<InstanceProfileCommand, { type: 'CreateInstanceProfile' }>,
  profile: InstanceProfile,
): readonly InstanceProfileEvent[] {
  switch (command.type) {
    case 'AddRole':
      return addRole(command, profile);
    case 'RemoveRole':
      return removeRole(command, profile);
    case 'DeleteInstanceProfile':
      return deleteProfile(profile, command.at);
    default:
      return owned('InstanceProfile', decideTags(command, profile.tags));
  }
}

function decide(
  command: InstanceProfileCommand,
  state: InstanceProfileState,
): readonly InstanceProfileEvent[] {
  if (command.type !== 'CreateInstanceProfile')
    return changeProfile(command, requireInstanceProfile(state, 'that is asked for'));
  const { creation, others, at } = command;
  requirePlace('instance-profile', creation.instanceProfileName, others);
  requireTags(creation.tags);
  return [{ type: 'InstanceProfileCreated', data: { ...creation, at } }];
}

function evolve(state: InstanceProfileState, event: InstanceProfileEvent): InstanceProfileState {
  if (event.type === 'InstanceProfileCreated') {
    const { at, ...creation } = event.data;
    return { exists: true, ...creation, createdAt: at, roleId: null };
  }
  if (!state.exists) return state;
  switch (event.type) {
    case 'InstanceProfileRoleAdded':
      return { ...state, roleId: event.data.roleId };
    case 'InstanceProfileRoleRemoved':
      return { ...state, roleId: null };
    case 'InstanceProfileDeleted':
      return { exists: false };
    case 'InstanceProfileTagged':
    case 'InstanceProfileUntagged':
      return { ...state, tags: evolveTags(state.tags, unowned('InstanceProfile', event)) };
  }
}

export const instanceProfile: Decider<
  InstanceProfileState,
  InstanceProfileCommand,
  InstanceProfileEvent
> = { initial: { exists: false }, decide, evolve };
