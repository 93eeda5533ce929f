/** Roles: CreateRole and its like (IAM API reference). */
import type { EntityManager } from '@mikro-orm/postgresql';
import { lastUseOf } from '../access/last-use.ts';
import { instanceProfilesOf, othersOf } from '../directory.ts';
import { arnOf } from '../identity/names.ts';
import { uniqueId } from '../identity/unique-ids.ts';
import { type Role, type RoleCommand, requireRole } from '../role/role.ts';
import { requireModifiable, requireOwnPath } from '../role/service-linked.ts';
import { roles } from '../tables.ts';
import { requireAttachable } from './attachable.ts';
import { finding, pageByName } from './by-name.ts';
import { type Actions, at, type Call, change } from './call.ts';
import { type Input, optionalNumber, optionalText, tagsOf, text } from './input.ts';
import { onNew, onPath, onRole } from './needs.ts';
import { toRole, toRoleSummary, toUsedRole } from './shapes.ts';

/** Seconds that a role's sessions may last where CreateRole does not say (IAM API reference). */
const usualSessionSeconds = 3_600;

/** @throws IamRefused when there is no such role */
export const findRole = finding('role');

/** Changes a role that is there; answers the role as it is then. */
export const changeRole = (
  call: Call,
  roleName: string,
  command: (tx: EntityManager, role: Role) => Promise<RoleCommand> | RoleCommand,
): Promise<Role> =>
  change(call, async (tx, handle) => {
    const { id, state } = await findRole(tx, call, roleName);
    const given = await command(tx, state);
    requireModifiable(state, given);
    const handled = await handle(roles, id, given);
    return handled.state.exists ? handled.state : state;
  });

/** Only what was asked for: CreateRole tells no usual duration, GetRole does. */
function toNewRole(role: Role, input: Input): object {
  const { MaxSessionDuration, ...rest } = toRole(role);
  return input['MaxSessionDuration'] === undefined ? rest : { ...rest, MaxSessionDuration };
}

const createRole = (input: Input, call: Call): Promise<object> =>
  change(call, async (tx, handle) => {
    const { accountId } = call.caller;
    const roleName = text(input, 'RoleName');
    const path = optionalText(input, 'Path') ?? '/';
    requireOwnPath(path);
    const boundary = optionalText(input, 'PermissionsBoundary') ?? null;
    if (boundary !== null) await requireAttachable(tx, accountId, boundary);
    const roleId = uniqueId('role');
    const creation = {
      accountId,
      roleName,
      roleId,
      path,
      arn: arnOf('role', accountId, path, roleName),
      assumeRolePolicyDocument: text(input, 'AssumeRolePolicyDocument'),
      description: optionalText(input, 'Description') ?? null,
      maxSessionDuration: optionalNumber(input, 'MaxSessionDuration') ?? usualSessionSeconds,
      permissionsBoundary: boundary,
      tags: tagsOf(input),
    };
    const others = await othersOf(tx, 'role', accountId, roleName);
    const command = { type: 'CreateRole', creation, others, at: at(call) } as const;
    const { state } = await handle(roles, roleId, command);
    return { Role: toNewRole(requireRole(state, roleName), input) };
  });

/** Its last use is that of a quarter of a second ago: IAM's own is hours behind, and nobody waits for the log. */
async function getRole(input: Input, call: Call): Promise<object> {
  const { state } = await findRole(call.em, call, text(input, 'RoleName'));
  const use = await lastUseOf(call.em, state.accountId, state.roleId);
  return { Role: toUsedRole(state, use) };
}

async function listRoles(input: Input, call: Call): Promise<object> {
  const { items, more } = await pageByName('role', input, call, ({ roleName }) => roleName);
  return { Roles: items.map(toRoleSummary), ...more };
}

const update = (input: Input, call: Call): Promise<Role> =>
  changeRole(call, text(input, 'RoleName'), () => ({
    type: 'UpdateRole',
    description: optionalText(input, 'Description'),
    maxSessionDuration: optionalNumber(input, 'MaxSessionDuration'),
    at: at(call),
  }));

async function updateRole(input: Input, call: Call): Promise<object> {
  await update(input, call);
  return {};
}

const updateRoleDescription = async (input: Input, call: Call): Promise<object> => ({
  Role: toRole(await update(input, call)),
});

async function updateAssumeRolePolicy(input: Input, call: Call): Promise<object> {
  await changeRole(call, text(input, 'RoleName'), () => ({
    type: 'ChangeTrust',
    assumeRolePolicyDocument: text(input, 'PolicyDocument'),
    at: at(call),
  }));
  return {};
}

async function deleteRole(input: Input, call: Call): Promise<object> {
  await changeRole(call, text(input, 'RoleName'), async (tx, { accountId, roleId }) => ({
    type: 'DeleteRole',
    instanceProfiles: (await instanceProfilesOf(tx, accountId, roleId)).length,
    at: at(call),
  }));
  return {};
}

export const roleActions: Actions = {
  CreateRole: { needs: onNew('role', 'RoleName'), answer: createRole },
  GetRole: { needs: onRole, answer: getRole },
  ListRoles: { needs: onPath('role'), answer: listRoles },
  UpdateRole: { needs: onRole, answer: updateRole },
  UpdateRoleDescription: { needs: onRole, answer: updateRoleDescription },
  UpdateAssumeRolePolicy: { needs: onRole, answer: updateAssumeRolePolicy },
  DeleteRole: { needs: onRole, answer: deleteRole },
};
