/** A role: who may assume it, for how long, and the policies it carries. */
import type { RoleEvent } from '@firesteel/contracts/events';
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
import { requireNothingLeft } from '../identity/limits.ts';
import { noSuch, type Others, requirePlace } from '../identity/names.ts';
import { owned, unowned } from '../identity/owned-events.ts';
import { decideTags, evolveTags, requireTags, type TagCommand } from '../identity/tags.ts';
import { requirePolicy } from '../policy/document.ts';

type Creation = Omit<
  Extract<RoleEvent, { type: 'RoleCreated' }>['data'],
  'at' | 'permissionsBoundary'
> & { readonly permissionsBoundary: string | null };

export type Role = Creation &
  CarriedPolicies & {
    readonly exists: true;
    readonly createdAt: string;
  };
export type RoleState = { readonly exists: false } | Role;

export type RoleCommand =
  | {
      readonly type: 'CreateRole';
      readonly creation: Creation;
      readonly others: Others;
      readonly at: string;
    }
  /** What is undefined stays. */
  | {
      readonly type: 'UpdateRole';
      readonly description: string | undefined;
      readonly maxSessionDuration: number | undefined;
      readonly at: string;
    }
  | { readonly type: 'ChangeTrust'; readonly assumeRolePolicyDocument: string; readonly at: string }
  /** `instanceProfiles`: how many hand it out. */
  | { readonly type: 'DeleteRole'; readonly instanceProfiles: number; readonly at: string }
  | PolicyCommand
  | TagCommand
  | BoundaryCommand;

/** @throws IamRefused when there is no such role */
export function requireRole(state: RoleState | undefined, roleName: string): Role {
  if (!state?.exists) throw noSuch('role', roleName);
  return state;
}

function updateRole(
  { description, maxSessionDuration, at }: Extract<RoleCommand, { type: 'UpdateRole' }>,
  role: Role,
): readonly RoleEvent[] {
  const next = {
    description: description ?? role.description,
    maxSessionDuration: maxSessionDuration ?? role.maxSessionDuration,
  };
  const same =
    next.description === role.description && next.maxSessionDuration === role.maxSessionDuration;
  return same ? [] : [{ type: 'RoleUpdated', data: { ...next, at } }];
}

function changeTrust(
  { assumeRolePolicyDocument, at }: Extract<RoleCommand, { type: 'ChangeTrust' }>,
  role: Role,
): readonly RoleEvent[] {
  if (assumeRolePolicyDocument === role.assumeRolePolicyDocument) return [];
  requirePolicy(assumeRolePolicyDocument, 'trust');
  return [{ type: 'RoleTrustChanged', data: { assumeRolePolicyDocument, at } }];
}

function changeRole(
  command: Exclude<RoleCommand, { type: 'CreateRole' }>,
  role: Role,
): readonly RoleEvent[] {
  switch (command.type) {
    case 'UpdateRole':
      return updateRole(command, role);
    case 'ChangeTrust':
      return changeTrust(command, role);
    case 'DeleteRole':
      requireNothingLeft(command.instanceProfiles > 0, 'remove roles from instance profile');
      requireNoPolicies(role);
      return [{ type: 'RoleDeleted', data: { at: command.at } }];
    case 'Tag':
    case 'Untag':
      return owned('Role', decideTags(command, role.tags));
    case 'SetBoundary':
      return owned('Role', decideBoundary(command, role.permissionsBoundary));
    default:
      return owned('Role', decidePolicies({ kind: 'role', name: role.roleName }, command, role));
  }
}

function decide(command: RoleCommand, state: RoleState): readonly RoleEvent[] {
  if (command.type !== 'CreateRole')
    return changeRole(command, requireRole(state, 'that is asked for'));
  const { creation, others, at } = command;
  requirePlace('role', creation.roleName, others);
  requireTags(creation.tags);
  requirePolicy(creation.assumeRolePolicyDocument, 'trust');
  return [{ type: 'RoleCreated', data: { ...creation, at } }];
}

function evolve(state: RoleState, event: RoleEvent): RoleState {
  if (event.type === 'RoleCreated') {
    const { at, permissionsBoundary = null, ...creation } = event.data;
    return { exists: true, ...creation, permissionsBoundary, ...noPolicies, createdAt: at };
  }
  if (!state.exists) return state;
  switch (event.type) {
    case 'RoleUpdated': {
      const { description, maxSessionDuration } = event.data;
      return { ...state, description, maxSessionDuration };
    }
    case 'RoleTrustChanged':
      return { ...state, assumeRolePolicyDocument: event.data.assumeRolePolicyDocument };
    case 'RoleTagged':
    case 'RoleUntagged':
      return { ...state, tags: evolveTags(state.tags, unowned('Role', event)) };
    case 'RoleBoundarySet':
      return { ...state, permissionsBoundary: event.data.policyArn };
    case 'RoleDeleted':
      return { exists: false };
    case 'RolePolicyPut':
    case 'RolePolicyDeleted':
    case 'RolePolicyAttached':
    case 'RolePolicyDetached':
      return { ...state, ...evolvePolicies(state, unowned('Role', event)) };
  }
}

export const role: Decider<RoleState, RoleCommand, RoleEvent> = {
  initial: { exists: false },
  decide,
  evolve,
};
