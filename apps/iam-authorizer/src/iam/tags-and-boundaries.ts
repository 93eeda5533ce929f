/** Tags of users, roles, policies, instance profiles and MFA devices; permissions boundaries of users and roles. */
import type { IamTag } from '@firesteel/contracts/events';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { BoundaryCommand } from '../identity/boundary.ts';
import type { TagCommand } from '../identity/tags.ts';
import { requireAttachable, requireOwnPolicy } from './attachable.ts';
import { type Actions, at, type Call } from './call.ts';
import { type Input, tagsOf, text, texts } from './input.ts';
import { changeInstanceProfile, findInstanceProfile } from './instance-profiles.ts';
import { changeMFADevice, findMFADevice } from './mfa-devices.ts';
import { type Needs, onInstanceProfile, onMFADevice, onPolicy, onRole, onUser } from './needs.ts';
import { pageFrom, pageOf } from './paging.ts';
import { changePolicy } from './policies.ts';
import { changeRole, findRole } from './roles.ts';
import { toTags } from './shapes.ts';
import { changeUser, findUser } from './users.ts';

/** What the actions of one kind of tagged thing differ in. */
type Tagged = {
  readonly word: 'User' | 'Role' | 'Policy' | 'InstanceProfile' | 'MFADevice';
  readonly needs: Needs;
  readonly tags: (input: Input, call: Call) => Promise<readonly IamTag[]>;
  readonly change: (input: Input, call: Call, command: TagCommand) => Promise<unknown>;
};

const tagged: readonly Tagged[] = [
  {
    word: 'User',
    needs: onUser,
    tags: async (input, call) =>
      (await findUser(call.em, call, text(input, 'UserName'))).state.tags,
    change: (input, call, command) =>
      changeUser(call, text(input, 'UserName'), async () => command),
  },
  {
    word: 'Role',
    needs: onRole,
    tags: async (input, call) =>
      (await findRole(call.em, call, text(input, 'RoleName'))).state.tags,
    change: (input, call, command) => changeRole(call, text(input, 'RoleName'), () => command),
  },
  {
    word: 'Policy',
    needs: onPolicy,
    tags: async (input, call) =>
      (await requireOwnPolicy(call.em, call, text(input, 'PolicyArn'))).state.tags,
    change: (input, call, command) => changePolicy(call, text(input, 'PolicyArn'), () => command),
  },
  {
    word: 'InstanceProfile',
    needs: onInstanceProfile,
    tags: async (input, call) =>
      (await findInstanceProfile(call.em, call, text(input, 'InstanceProfileName'))).state.tags,
    change: (input, call, command) =>
      changeInstanceProfile(call, text(input, 'InstanceProfileName'), () => command),
  },
  {
    word: 'MFADevice',
    needs: onMFADevice,
    tags: async (input, call) =>
      (await findMFADevice(call.em, call, text(input, 'SerialNumber'))).state.tags,
    change: (input, call, command) =>
      changeMFADevice(call, text(input, 'SerialNumber'), () => command),
  },
];

const tagActionsOf = ({ word, needs, tags, change }: Tagged): Actions => ({
  [`Tag${word}`]: {
    needs,
    answer: async (input, call) => {
      await change(input, call, { type: 'Tag', tags: tagsOf(input), at: at(call) });
      return {};
    },
  },
  [`Untag${word}`]: {
    needs,
    answer: async (input, call) => {
      await change(input, call, { type: 'Untag', tagKeys: texts(input, 'TagKeys'), at: at(call) });
      return {};
    },
  },
  [`List${word}Tags`]: {
    needs,
    answer: async (input, call) => {
      const all = (await tags(input, call)).toSorted((one, other) =>
        one.key < other.key ? -1 : 1,
      );
      const { items, more } = pageFrom(all, pageOf(input), ({ key }) => key);
      return { Tags: toTags(items), ...more };
    },
  },
});

/** What the actions of one kind of bounded thing differ in. */
type Bounded = {
  readonly word: 'User' | 'Role';
  readonly needs: Needs;
  readonly change: (
    input: Input,
    call: Call,
    command: (tx: EntityManager) => Promise<BoundaryCommand>,
  ) => Promise<unknown>;
};

const bounded: readonly Bounded[] = [
  {
    word: 'User',
    needs: onUser,
    change: (input, call, command) => changeUser(call, text(input, 'UserName'), command),
  },
  {
    word: 'Role',
    needs: onRole,
    change: (input, call, command) => changeRole(call, text(input, 'RoleName'), command),
  },
];

const boundaryActionsOf = ({ word, needs, change }: Bounded): Actions => {
  const set = async (input: Input, call: Call, policyArn: string | null): Promise<object> => {
    await change(input, call, async (tx) => {
      if (policyArn !== null) await requireAttachable(tx, call.caller.accountId, policyArn);
      return { type: 'SetBoundary', policyArn, at: at(call) };
    });
    return {};
  };
  return {
    [`Put${word}PermissionsBoundary`]: {
      needs,
      answer: (input, call) => set(input, call, text(input, 'PermissionsBoundary')),
    },
    [`Delete${word}PermissionsBoundary`]: {
      needs,
      answer: (input, call) => set(input, call, null),
    },
  };
};

export const tagActions: Actions = Object.assign({}, ...tagged.map(tagActionsOf));
export const boundaryActions: Actions = Object.assign({}, ...bounded.map(boundaryActionsOf));
