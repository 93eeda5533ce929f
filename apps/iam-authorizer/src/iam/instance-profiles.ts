/** Instance profiles: CreateInstanceProfile and its like (IAM API reference). */
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Found, findByName, instanceProfilesOf, othersOf, rolesById } from '../directory.ts';
import { uniqueId } from '../identity/unique-ids.ts';
import {
  type InstanceProfile,
  type InstanceProfileCommand,
  requireInstanceProfile,
} from '../instance-profile/instance-profile.ts';
import { instanceProfiles } from '../tables.ts';
import { pageByName } from './by-name.ts';
import { type Actions, at, type Call, change } from './call.ts';
import { type Input, optionalText, tagsOf, text } from './input.ts';
import { type Needs, onInstanceProfile, onNew, onPath, onRole } from './needs.ts';
import { pageFrom, pageOf } from './paging.ts';
import { findRole } from './roles.ts';
import { toInstanceProfile, toInstanceProfileSummary } from './shapes.ts';

/** Who is handed the role. */
const machines = 'ec2.amazonaws.com';

/** @throws IamRefused when there is no such instance profile */
export async function findInstanceProfile(
  em: EntityManager,
  { caller }: Call,
  name: string,
): Promise<Found<InstanceProfile>> {
  const found = await findByName(em, 'instance-profile', caller.accountId, name);
  requireInstanceProfile(found?.state, name);
  return found as Found<InstanceProfile>;
}

/** Changes an instance profile that is there. */
export const changeInstanceProfile = (
  call: Call,
  name: string,
  command: (tx: EntityManager) => Promise<InstanceProfileCommand> | InstanceProfileCommand,
): Promise<void> =>
  change(call, async (tx, handle) => {
    const { id } = await findInstanceProfile(tx, call, name);
    await handle(instanceProfiles, id, await command(tx));
  });

const nameIn = (input: Input): string => text(input, 'InstanceProfileName');

const createInstanceProfile = (input: Input, call: Call): Promise<object> =>
  change(call, async (tx, handle) => {
    const { accountId } = call.caller;
    const instanceProfileName = nameIn(input);
    const instanceProfileId = uniqueId('instance-profile');
    const path = optionalText(input, 'Path') ?? '/';
    const command = {
      type: 'CreateInstanceProfile',
      creation: { accountId, instanceProfileName, instanceProfileId, path, tags: tagsOf(input) },
      others: await othersOf(tx, 'instance-profile', accountId, instanceProfileName),
      at: at(call),
    } as const;
    const { state } = await handle(instanceProfiles, instanceProfileId, command);
    const created = requireInstanceProfile(state, instanceProfileName);
    return { InstanceProfile: toInstanceProfile(created, new Map()) };
  });

async function getInstanceProfile(input: Input, call: Call): Promise<object> {
  const { state } = await findInstanceProfile(call.em, call, nameIn(input));
  const roles = await rolesById(call.em, call.caller.accountId);
  return { InstanceProfile: toInstanceProfile(state, roles) };
}

async function listInstanceProfiles(input: Input, call: Call): Promise<object> {
  const { items, more } = await pageByName(
    'instance-profile',
    input,
    call,
    ({ instanceProfileName }) => instanceProfileName,
  );
  const roles = await rolesById(call.em, call.caller.accountId);
  return { InstanceProfiles: items.map((each) => toInstanceProfileSummary(each, roles)), ...more };
}

const nameKey = ({ instanceProfileName }: InstanceProfile): string =>
  instanceProfileName.toLowerCase();

async function listInstanceProfilesForRole(input: Input, call: Call): Promise<object> {
  const { accountId } = call.caller;
  const { state } = await findRole(call.em, call, text(input, 'RoleName'));
  const found = await instanceProfilesOf(call.em, accountId, state.roleId);
  const { items, more } = pageFrom(found, pageOf(input), nameKey);
  const roles = new Map([[state.roleId, state]]);
  return { InstanceProfiles: items.map((each) => toInstanceProfileSummary(each, roles)), ...more };
}

async function deleteInstanceProfile(input: Input, call: Call): Promise<object> {
  await changeInstanceProfile(call, nameIn(input), () => ({
    type: 'DeleteInstanceProfile',
    at: at(call),
  }));
  return {};
}

async function addRole(input: Input, call: Call): Promise<object> {
  await changeInstanceProfile(call, nameIn(input), async (tx) => {
    const { state } = await findRole(tx, call, text(input, 'RoleName'));
    return { type: 'AddRole', roleId: state.roleId, at: at(call) };
  });
  return {};
}

async function removeRole(input: Input, call: Call): Promise<object> {
  const roleName = text(input, 'RoleName');
  await changeInstanceProfile(call, nameIn(input), async (tx) => {
    const { state } = await findRole(tx, call, roleName);
    return { type: 'RemoveRole', roleName, roleId: state.roleId, at: at(call) };
  });
  return {};
}

/** Handing out a role is passing it (Service Authorization Reference, AddRoleToInstanceProfile). */
const onAddedRole: Needs = async (input, call) => {
  const passed = await onRole(input, call);
  return [
    ...(await onInstanceProfile(input, call)),
    ...passed.map(({ resource, context }) => ({
      action: 'iam:PassRole',
      resource,
      context: { ...context, 'iam:PassedToService': machines },
    })),
  ];
};

export const instanceProfileActions: Actions = {
  CreateInstanceProfile: {
    needs: onNew('instance-profile', 'InstanceProfileName'),
    answer: createInstanceProfile,
  },
  GetInstanceProfile: { needs: onInstanceProfile, answer: getInstanceProfile },
  ListInstanceProfiles: { needs: onPath('instance-profile'), answer: listInstanceProfiles },
  ListInstanceProfilesForRole: { needs: onRole, answer: listInstanceProfilesForRole },
  DeleteInstanceProfile: { needs: onInstanceProfile, answer: deleteInstanceProfile },
  AddRoleToInstanceProfile: { needs: onAddedRole, answer: addRole },
  RemoveRoleFromInstanceProfile: { needs: onInstanceProfile, answer: removeRole },
};
