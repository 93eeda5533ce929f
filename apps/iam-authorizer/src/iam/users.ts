/** Users: CreateUser and its like (IAM API reference). */
import type { EntityManager } from '@mikro-orm/postgresql';
import { devicesByUser, findByName, groupsOf, keysOf, othersOf } from '../directory.ts';
import { requireGroup } from '../group/group.ts';
import { uniqueId } from '../identity/unique-ids.ts';
import { users } from '../tables.ts';
import { requireUser, type User, type UserCommand } from '../user/user.ts';
import { requireAttachable } from './attachable.ts';
import { finding, pageByName } from './by-name.ts';
import { type Action, type Actions, at, type Call, change } from './call.ts';
import { type Input, optionalText, tagsOf, text } from './input.ts';
import { onGroup, onNew, onPath, onUser, onUserOrSelf, ownUserName } from './needs.ts';
import { pageFrom, pageOf } from './paging.ts';
import { toGroup, toUser, toUserSummary } from './shapes.ts';

/** @throws IamRefused when there is no such user */
export const findUser = finding('user');

/** Changes a user that is there; answers the user as it is then. */
export const changeUser = (
  call: Call,
  userName: string,
  command: (tx: EntityManager, user: User) => Promise<UserCommand>,
): Promise<User> =>
  change(call, async (tx, handle) => {
    const { id, state } = await findUser(tx, call, userName);
    const handled = await handle(users, id, await command(tx, state));
    return handled.state.exists ? handled.state : state;
  });

const createUser = (input: Input, call: Call): Promise<object> =>
  change(call, async (tx, handle) => {
    const { accountId } = call.caller;
    const userName = text(input, 'UserName');
    const boundary = optionalText(input, 'PermissionsBoundary') ?? null;
    if (boundary !== null) await requireAttachable(tx, accountId, boundary);
    const userId = uniqueId('user');
    const creation = {
      accountId,
      userName,
      userId,
      path: optionalText(input, 'Path') ?? '/',
      permissionsBoundary: boundary,
      tags: tagsOf(input),
    };
    const others = await othersOf(tx, 'user', accountId, userName);
    const command = { type: 'CreateUser', creation, others, at: at(call) } as const;
    const { state } = await handle(users, userId, command);
    return { User: toUser(requireUser(state, userName)) };
  });

/** The root user has no name. */
const rootUser = ({ caller }: Call): object => ({
  User: { Path: '/', UserId: caller.accountId, Arn: caller.principal.arn },
});

async function getUser(input: Input, call: Call): Promise<object> {
  const name = optionalText(input, 'UserName') ?? ownUserName(call);
  if (name === null) return rootUser(call);
  return { User: toUser((await findUser(call.em, call, name)).state) };
}

async function listUsers(input: Input, call: Call): Promise<object> {
  const { items, more } = await pageByName('user', input, call, ({ userName }) => userName);
  return { Users: items.map(toUserSummary), ...more };
}

async function updateUser(input: Input, call: Call): Promise<object> {
  await changeUser(call, text(input, 'UserName'), async (tx, user) => {
    const userName = optionalText(input, 'NewUserName') ?? user.userName;
    const path = optionalText(input, 'NewPath') ?? user.path;
    const other = await findByName(tx, 'user', user.accountId, userName);
    const sameName = other !== undefined && other.state.userId !== user.userId;
    return { type: 'RenameUser', userName, path, sameName, at: at(call) };
  });
  return {};
}

async function deleteUser(input: Input, call: Call): Promise<object> {
  await changeUser(call, text(input, 'UserName'), async (tx, { accountId, userId }) => ({
    type: 'DeleteUser',
    accessKeys: (await keysOf(tx, accountId, userId)).length,
    mfaDevices: ((await devicesByUser(tx, accountId)).get(userId) ?? []).length,
    at: at(call),
  }));
  return {};
}

/** Puts a user in a group or takes it out. */
const membership =
  (type: 'AddToGroup' | 'RemoveFromGroup') =>
  async (input: Input, call: Call): Promise<object> => {
    const groupName = text(input, 'GroupName');
    await changeUser(call, text(input, 'UserName'), async (tx, { accountId }) => {
      const found = await findByName(tx, 'group', accountId, groupName);
      const { groupId } = requireGroup(found?.state, groupName);
      return { type, groupId, at: at(call) };
    });
    return {};
  };

async function listGroupsForUser(input: Input, call: Call): Promise<object> {
  const { state } = await findUser(call.em, call, text(input, 'UserName'));
  const groups = await groupsOf(call.em, state.groups);
  const { items, more } = pageFrom(groups, pageOf(input), ({ groupName }) =>
    groupName.toLowerCase(),
  );
  return { Groups: items.map(toGroup), ...more };
}

/** @throws IamRefused when `UserName` names nobody */
async function requireNamed(input: Input, call: Call): Promise<void> {
  const name = optionalText(input, 'UserName');
  if (name !== undefined) await findUser(call.em, call, name);
}

/** What users here never have; Terraform asks before it deletes one. */
const never = (member: string): Action => ({
  needs: onUserOrSelf,
  answer: async (input, call) => {
    await requireNamed(input, call);
    return { [member]: [], IsTruncated: false };
  },
});

export const userActions: Actions = {
  CreateUser: { needs: onNew('user', 'UserName'), answer: createUser },
  GetUser: { needs: onUserOrSelf, answer: getUser },
  ListUsers: { needs: onPath('user'), answer: listUsers },
  UpdateUser: { needs: onUser, answer: updateUser },
  DeleteUser: { needs: onUser, answer: deleteUser },
  AddUserToGroup: { needs: onGroup, answer: membership('AddToGroup') },
  RemoveUserFromGroup: { needs: onGroup, answer: membership('RemoveFromGroup') },
  ListGroupsForUser: { needs: onUser, answer: listGroupsForUser },
  ListSSHPublicKeys: never('SSHPublicKeys'),
  ListSigningCertificates: never('Certificates'),
  ListServiceSpecificCredentials: never('ServiceSpecificCredentials'),
};
