/** A group of IAM users: the policies that all of them carry. Who is in it is each user's own matter. */
import type { GroupEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import {
  type CarriedPolicies,
  decidePolicies,
  evolvePolicies,
  noPolicies,
  type PolicyCommand,
  requireNoPolicies,
} from '../identity/carried-policies.ts';
import { requireNothingLeft } from '../identity/limits.ts';
import { arnOf, noSuch, type Others, requireFreeName, requirePlace } from '../identity/names.ts';
import { owned, unowned } from '../identity/owned-events.ts';

type Creation = Omit<Extract<GroupEvent, { type: 'GroupCreated' }>['data'], 'at'>;

export type Group = Creation &
  CarriedPolicies & { readonly exists: true; readonly createdAt: string };
export type GroupState = { readonly exists: false } | Group;

export type GroupCommand =
  | {
      readonly type: 'CreateGroup';
      readonly creation: Creation;
      readonly others: Others;
      readonly at: string;
    }
  | {
      readonly type: 'RenameGroup';
      readonly groupName: string;
      readonly path: string;
      /** Whether another group has the name. */
      readonly sameName: boolean;
      readonly at: string;
    }
  /** `members`: how many users are in it. */
  | { readonly type: 'DeleteGroup'; readonly members: number; readonly at: string }
  | PolicyCommand;

/** @throws IamRefused when there is no such group */
export function requireGroup(state: GroupState | undefined, groupName: string): Group {
  if (!state?.exists) throw noSuch('group', groupName);
  return state;
}

export const groupArn = ({ accountId, path, groupName }: Group): string =>
  arnOf('group', accountId, path, groupName);

function changeGroup(
  command: Exclude<GroupCommand, { type: 'CreateGroup' }>,
  group: Group,
): readonly GroupEvent[] {
  const { at } = command;
  switch (command.type) {
    case 'RenameGroup': {
      const { groupName, path, sameName } = command;
      requireFreeName('group', groupName, sameName);
      const same = groupName === group.groupName && path === group.path;
      return same ? [] : [{ type: 'GroupRenamed', data: { groupName, path, at } }];
    }
    case 'DeleteGroup':
      requireNothingLeft(command.members > 0, 'remove users from group');
      requireNoPolicies(group);
      return [{ type: 'GroupDeleted', data: { at } }];
    default:
      return owned(
        'Group',
        decidePolicies({ kind: 'group', name: group.groupName }, command, group),
      );
  }
}

function decide(command: GroupCommand, state: GroupState): readonly GroupEvent[] {
  if (command.type !== 'CreateGroup')
    return changeGroup(command, requireGroup(state, 'that is asked for'));
  const { creation, others, at } = command;
  requirePlace('group', creation.groupName, others);
  return [{ type: 'GroupCreated', data: { ...creation, at } }];
}

function evolve(state: GroupState, event: GroupEvent): GroupState {
  if (event.type === 'GroupCreated') {
    const { at, ...creation } = event.data;
    return { exists: true, ...creation, ...noPolicies, createdAt: at };
  }
  if (!state.exists) return state;
  switch (event.type) {
    case 'GroupRenamed': {
      const { groupName, path } = event.data;
      return { ...state, groupName, path };
    }
    case 'GroupDeleted':
      return { exists: false };
    case 'GroupPolicyPut':
    case 'GroupPolicyDeleted':
    case 'GroupPolicyAttached':
    case 'GroupPolicyDetached':
      return { ...state, ...evolvePolicies(state, unowned('Group', event)) };
  }
}

export const group: Decider<GroupState, GroupCommand, GroupEvent> = {
  initial: { exists: false },
  decide,
  evolve,
};
