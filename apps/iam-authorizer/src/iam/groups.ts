/** Groups: CreateGroup and its like (IAM API reference). */
import type { EntityManager } from '@mikro-orm/postgresql';
import { findByName, membersOf, othersOf } from '../directory.ts';
import { type Group, type GroupCommand, requireGroup } from '../group/group.ts';
import { uniqueId } from '../identity/unique-ids.ts';
import { groups } from '../tables.ts';
import { finding, pageByName } from './by-name.ts';
import { type Actions, at, type Call, change } from './call.ts';
import { type Input, optionalText, text } from './input.ts';
import { onGroup, onNew, onPath } from './needs.ts';
import { pageFrom, pageOf } from './paging.ts';
import { toGroup, toUserSummary } from './shapes.ts';

/** @throws IamRefused when there is no such group */
export const findGroup = finding('group');

/** Changes a group that is there. */
export const changeGroup = (
  call: Call,
  groupName: string,
  command: (tx: EntityManager, group: Group) => Promise<GroupCommand>,
): Promise<void> =>
  change(call, async (tx, handle) => {
    const { id, state } = await findGroup(tx, call, groupName);
    await handle(groups, id, await command(tx, state));
  });

const createGroup = (input: Input, call: Call): Promise<object> =>
  change(call, async (tx, handle) => {
    const { accountId } = call.caller;
    const groupName = text(input, 'GroupName');
    const groupId = uniqueId('group');
    const path = optionalText(input, 'Path') ?? '/';
    const command = {
      type: 'CreateGroup',
      creation: { accountId, groupName, groupId, path },
      others: await othersOf(tx, 'group', accountId, groupName),
      at: at(call),
    } as const;
    const { state } = await handle(groups, groupId, command);
    return { Group: toGroup(requireGroup(state, groupName)) };
  });

async function getGroup(input: Input, call: Call): Promise<object> {
  const { state } = await findGroup(call.em, call, text(input, 'GroupName'));
  const members = await membersOf(call.em, state.groupId);
  const { items, more } = pageFrom(members, pageOf(input), ({ userName }) =>
    userName.toLowerCase(),
  );
  return { Group: toGroup(state), Users: items.map(toUserSummary), ...more };
}

async function listGroups(input: Input, call: Call): Promise<object> {
  const { items, more } = await pageByName('group', input, call, ({ groupName }) => groupName);
  return { Groups: items.map(toGroup), ...more };
}

async function updateGroup(input: Input, call: Call): Promise<object> {
  await changeGroup(call, text(input, 'GroupName'), async (tx, group) => {
    const groupName = optionalText(input, 'NewGroupName') ?? group.groupName;
    const path = optionalText(input, 'NewPath') ?? group.path;
    const other = await findByName(tx, 'group', group.accountId, groupName);
    const sameName = other !== undefined && other.state.groupId !== group.groupId;
    return { type: 'RenameGroup', groupName, path, sameName, at: at(call) };
  });
  return {};
}

async function deleteGroup(input: Input, call: Call): Promise<object> {
  await changeGroup(call, text(input, 'GroupName'), async (tx, { groupId }) => ({
    type: 'DeleteGroup',
    members: (await membersOf(tx, groupId)).length,
    at: at(call),
  }));
  return {};
}

export const groupActions: Actions = {
  CreateGroup: { needs: onNew('group', 'GroupName'), answer: createGroup },
  GetGroup: { needs: onGroup, answer: getGroup },
  ListGroups: { needs: onPath('group'), answer: listGroups },
  UpdateGroup: { needs: onGroup, answer: updateGroup },
  DeleteGroup: { needs: onGroup, answer: deleteGroup },
};
