/** The policies that users, groups and roles carry: one set of actions for each of the three. */
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type CarriedPolicies,
  type Holder,
  type PolicyCommand,
  requireInlinePolicy,
} from '../identity/carried-policies.ts';
import { requireAttachable } from './attachable.ts';
import { type Actions, at, type Call } from './call.ts';
import { changeGroup, findGroup } from './groups.ts';
import { type Input, optionalText, text } from './input.ts';
import { type Needs, onGroup, onRole, onUser } from './needs.ts';
import { ordinal, pageFrom, pageOf } from './paging.ts';
import { changeRole, findRole } from './roles.ts';
import { toAttached } from './shapes.ts';
import { changeUser, findUser } from './users.ts';

/** What the actions of one kind of holder differ in. */
type Kind = {
  readonly kind: Holder['kind'];
  /** `Role`, in the names of actions. */
  readonly word: 'User' | 'Group' | 'Role';
  readonly needs: Needs;
  readonly find: (
    em: EntityManager,
    call: Call,
    name: string,
  ) => Promise<{ readonly state: CarriedPolicies }>;
  readonly change: (
    call: Call,
    name: string,
    command: (tx: EntityManager) => Promise<PolicyCommand>,
  ) => Promise<unknown>;
};

const kinds: readonly Kind[] = [
  { kind: 'user', word: 'User', needs: onUser, find: findUser, change: changeUser },
  { kind: 'group', word: 'Group', needs: onGroup, find: findGroup, change: changeGroup },
  { kind: 'role', word: 'Role', needs: onRole, find: findRole, change: changeRole },
];

const putPolicy =
  ({ word, change }: Kind) =>
  async (input: Input, call: Call): Promise<object> => {
    await change(call, text(input, `${word}Name`), async () => ({
      type: 'PutPolicy',
      policyName: text(input, 'PolicyName'),
      policyDocument: text(input, 'PolicyDocument'),
      at: at(call),
    }));
    return {};
  };

const getPolicy =
  ({ kind, word, find }: Kind) =>
  async (input: Input, call: Call): Promise<object> => {
    const name = text(input, `${word}Name`);
    const policyName = text(input, 'PolicyName');
    const { state } = await find(call.em, call, name);
    return {
      [`${word}Name`]: name,
      PolicyName: policyName,
      PolicyDocument: requireInlinePolicy(state, { kind, name }, policyName),
    };
  };

const deletePolicy =
  ({ word, change }: Kind) =>
  async (input: Input, call: Call): Promise<object> => {
    const policyName = text(input, 'PolicyName');
    await change(call, text(input, `${word}Name`), async () => ({
      type: 'DeletePolicy',
      policyName,
      at: at(call),
    }));
    return {};
  };

const listPolicies =
  ({ word, find }: Kind) =>
  async (input: Input, call: Call): Promise<object> => {
    const { state } = await find(call.em, call, text(input, `${word}Name`));
    const names = Object.keys(state.policies).toSorted();
    const { items, more } = pageFrom(names, pageOf(input), (name) => name);
    return { PolicyNames: items, ...more };
  };

const attachPolicy =
  ({ word, change }: Kind) =>
  async (input: Input, call: Call): Promise<object> => {
    const policyArn = text(input, 'PolicyArn');
    await change(call, text(input, `${word}Name`), async (tx) => {
      await requireAttachable(tx, call.caller.accountId, policyArn);
      return { type: 'AttachPolicy', policyArn, at: at(call) };
    });
    return {};
  };

const detachPolicy =
  ({ word, change }: Kind) =>
  async (input: Input, call: Call): Promise<object> => {
    const policyArn = text(input, 'PolicyArn');
    await change(call, text(input, `${word}Name`), async () => ({
      type: 'DetachPolicy',
      policyArn,
      at: at(call),
    }));
    return {};
  };

/** Where in its ARN a policy's path is: `arn:aws:iam::<account>:policy/<path><name>`. */
const pathOf = (arn: string): string =>
  arn.slice(arn.indexOf(':policy/') + ':policy'.length, arn.lastIndexOf('/') + 1);

const listAttached =
  ({ word, find }: Kind) =>
  async (input: Input, call: Call): Promise<object> => {
    const { state } = await find(call.em, call, text(input, `${word}Name`));
    const prefix = optionalText(input, 'PathPrefix') ?? '/';
    const all = state.attached
      .filter((arn) => pathOf(arn).startsWith(prefix))
      .map((arn, index) => ({ arn, key: ordinal(index) }));
    const { items, more } = pageFrom(all, pageOf(input), ({ key }) => key);
    return {
      AttachedPolicies: items.map(({ arn }) => toAttached(arn)),
      ...more,
    };
  };

const actionsOf = (kind: Kind): Actions => {
  const { word, needs } = kind;
  return {
    [`Put${word}Policy`]: { needs, answer: putPolicy(kind) },
    [`Get${word}Policy`]: { needs, answer: getPolicy(kind) },
    [`Delete${word}Policy`]: { needs, answer: deletePolicy(kind) },
    [`List${word}Policies`]: { needs, answer: listPolicies(kind) },
    [`Attach${word}Policy`]: { needs, answer: attachPolicy(kind) },
    [`Detach${word}Policy`]: { needs, answer: detachPolicy(kind) },
    [`ListAttached${word}Policies`]: { needs, answer: listAttached(kind) },
  };
};

export const carriedPolicyActions: Actions = Object.assign({}, ...kinds.map(actionsOf));
