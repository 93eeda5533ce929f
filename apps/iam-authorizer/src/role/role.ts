/** A role: who may assume it, and the policies it carries (stored; evaluated by the policy engine later). */
import type { RoleEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';

type Creation = Omit<Extract<RoleEvent, { type: 'RoleCreated' }>['data'], 'at'>;

export type Role = Creation & {
  readonly exists: true;
  readonly createdAt: string;
  readonly policies: { readonly [name: string]: string };
};
export type RoleState = { readonly exists: false } | Role;

export type RoleCommand =
  | { readonly type: 'CreateRole'; readonly creation: Creation; readonly at: string }
  | {
      readonly type: 'PutRolePolicy';
      readonly roleName: string;
      readonly policyName: string;
      readonly policyDocument: string;
      readonly at: string;
    };

function isPolicy(document: string): boolean {
  try {
    const parsed: unknown = JSON.parse(document);
    return typeof parsed === 'object' && parsed !== null && 'Statement' in parsed;
  } catch {
    return false;
  }
}

/** @throws Refused in IAM's words when a document is no policy */
function requirePolicy(document: string): void {
  if (!isPolicy(document))
    throw new Refused('Invalid', 'MalformedPolicyDocument: Syntax errors in policy.');
}

/** @throws Refused when the role was never created */
export function requireRole(state: RoleState, roleName: string): Role {
  if (!state.exists)
    throw new Refused('NotFound', `The role with name ${roleName} cannot be found.`);
  return state;
}

function decide(command: RoleCommand, state: RoleState): readonly RoleEvent[] {
  switch (command.type) {
    case 'CreateRole': {
      const { creation, at } = command;
      if (state.exists)
        throw new Refused('Conflict', `Role with name ${creation.roleName} already exists.`);
      requirePolicy(creation.assumeRolePolicyDocument);
      return [{ type: 'RoleCreated', data: { ...creation, at } }];
    }
    case 'PutRolePolicy': {
      const { policyName, policyDocument, at } = command;
      const role = requireRole(state, command.roleName);
      requirePolicy(policyDocument);
      return role.policies[policyName] === policyDocument
        ? []
        : [{ type: 'RolePolicyPut', data: { policyName, policyDocument, at } }];
    }
  }
}

function evolve(state: RoleState, event: RoleEvent): RoleState {
  switch (event.type) {
    case 'RoleCreated': {
      const { at, ...creation } = event.data;
      return { exists: true, ...creation, createdAt: at, policies: {} };
    }
    case 'RolePolicyPut': {
      const { policyName, policyDocument } = event.data;
      return state.exists
        ? { ...state, policies: { ...state.policies, [policyName]: policyDocument } }
        : state;
    }
  }
}

export const role: Decider<RoleState, RoleCommand, RoleEvent> = {
  initial: { exists: false },
  decide,
  evolve,
};
