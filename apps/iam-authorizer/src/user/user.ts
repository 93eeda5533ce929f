/** An IAM user: its name, the policies it carries, the groups it is in. */
import type { UserEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { type BoundaryCommand, decideBoundary } from '../identity/boundary.ts';
import {
  type CarriedPolicies,
  decidePolicies,
  evolvePolicies,
  noPolicies,
  type PolicyCommand,
  requireNoPolicies,
} from '../identity/carried-policies.ts';
import { requireNothingLeft, requireQuota } from '../identity/limits.ts';
import { arnOf, noSuch, type Others, requireFreeName, requirePlace } from '../identity/names.ts';
import { owned, unowned } from '../identity/owned-events.ts';
import { decideTags, evolveTags, requireTags, type TagCommand } from '../identity/tags.ts';
import {
  decideLoginProfile,
  evolveLoginProfile,
  type LoginProfile,
  type LoginProfileCommand,
} from './login-profile.ts';

type Creation = Omit<Extract<UserEvent, { type: 'UserCreated' }>['data'], 'at'>;

export type User = Creation &
  CarriedPolicies & {
    readonly exists: true;
    readonly createdAt: string;
    /** Unique ids. */
    readonly groups: readonly string[];
    /** Left out where there is none. */
    readonly loginProfile?: LoginProfile;
  };
export type UserState = { readonly exists: false } | User;

export type UserCommand =
  | {
      readonly type: 'CreateUser';
      readonly creation: Creation;
      readonly others: Others;
      readonly at: string;
    }
  | {
      readonly type: 'RenameUser';
      readonly userName: string;
      readonly path: string;
      /** Whether another user has the name. */
      readonly sameName: boolean;
      readonly at: string;
    }
  | { readonly type: 'AddToGroup'; readonly groupId: string; readonly at: string }
  | { readonly type: 'RemoveFromGroup'; readonly groupId: string; readonly at: string }
  /** How many access keys the user still has, and MFA devices that are enabled for it. */
  | {
      readonly type: 'DeleteUser';
      readonly accessKeys: number;
      readonly mfaDevices: number;
      readonly at: string;
    }
  | PolicyCommand
  | TagCommand
  | BoundaryCommand
  | LoginProfileCommand;

/** Groups that one user may be in. */
const mostGroups = 10;

/** @throws IamRefused when there is no such user */
export function requireUser(state: UserState | undefined, userName: string): User {
  if (!state?.exists) throw noSuch('user', userName);
  return state;
}

export const userArn = ({ accountId, path, userName }: User): string =>
  arnOf('user', accountId, path, userName);

function addToGroup(user: User, groupId: string, at: string): readonly UserEvent[] {
  if (user.groups.includes(groupId)) return [];
  requireQuota('GroupsPerUser', mostGroups, user.groups.length);
  return [{ type: 'UserAddedToGroup', data: { groupId, at } }];
}

function deleteUser(
  { accessKeys, mfaDevices, at }: Extract<UserCommand, { type: 'DeleteUser' }>,
  user: User,
): readonly UserEvent[] {
  requireNothingLeft(user.loginProfile !== undefined, 'delete login profile');
  requireNoPolicies(user);
  requireNothingLeft(accessKeys > 0, 'delete access keys');
  requireNothingLeft(mfaDevices > 0, 'delete MFA device');
  requireNothingLeft(user.groups.length > 0, 'remove users from group');
  return [{ type: 'UserDeleted', data: { at } }];
}

function changeUser(
  command: Exclude<UserCommand, { type: 'CreateUser' }>,
  user: User,
): readonly UserEvent[] {
  const { at } = command;
  switch (command.type) {
    case 'RenameUser': {
      const { userName, path, sameName } = command;
      requireFreeName('user', userName, sameName);
      const same = userName === user.userName && path === user.path;
      return same ? [] : [{ type: 'UserRenamed', data: { userName, path, at } }];
    }
    case 'AddToGroup':
      return addToGroup(user, command.groupId, at);
    case 'RemoveFromGroup':
      return user.groups.includes(command.groupId)
        ? [{ type: 'UserRemovedFromGroup', data: { groupId: command.groupId, at } }]
        : [];
    case 'DeleteUser':
      return deleteUser(command, user);
    case 'Tag':
    case 'Untag':
      return owned('User', decideTags(command, user.tags));
    case 'SetBoundary':
      return owned('User', decideBoundary(command, user.permissionsBoundary));
    case 'CreateLoginProfile':
    case 'UpdateLoginProfile':
    case 'DeleteLoginProfile':
      return decideLoginProfile(command, user.loginProfile, user.userName);
    default:
      return owned('User', decidePolicies({ kind: 'user', name: user.userName }, command, user));
  }
}

function decide(command: UserCommand, state: UserState): readonly UserEvent[] {
  if (command.type !== 'CreateUser')
    return changeUser(command, requireUser(state, 'that is asked for'));
  const { creation, others, at } = command;
  requirePlace('user', creation.userName, others);
  requireTags(creation.tags);
  return [{ type: 'UserCreated', data: { ...creation, at } }];
}

function evolve(state: UserState, event: UserEvent): UserState {
  if (event.type === 'UserCreated') {
    const { at, ...creation } = event.data;
    return { exists: true, ...creation, ...noPolicies, createdAt: at, groups: [] };
  }
  if (!state.exists) return state;
  switch (event.type) {
    case 'UserRenamed': {
      const { userName, path } = event.data;
      return { ...state, userName, path };
    }
    case 'UserAddedToGroup':
      return { ...state, groups: [...state.groups, event.data.groupId] };
    case 'UserRemovedFromGroup':
      return { ...state, groups: state.groups.filter((id) => id !== event.data.groupId) };
    case 'UserTagged':
    case 'UserUntagged':
      return { ...state, tags: evolveTags(state.tags, unowned('User', event)) };
    case 'UserBoundarySet':
      return { ...state, permissionsBoundary: event.data.policyArn };
    case 'UserLoginProfileCreated':
    case 'UserLoginProfileUpdated':
    case 'UserLoginProfileDeleted': {
      const { loginProfile, ...rest } = state;
      const next = evolveLoginProfile(loginProfile, event);
      return next ? { ...rest, loginProfile: next } : rest;
    }
    case 'UserDeleted':
      return { exists: false };
    case 'UserPolicyPut':
    case 'UserPolicyDeleted':
    case 'UserPolicyAttached':
    case 'UserPolicyDetached':
      return { ...state, ...evolvePolicies(state, unowned('User', event)) };
  }
}

export const user: Decider<UserState, UserCommand, UserEvent> = {
  initial: { exists: false },
  decide,
  evolve,
};
