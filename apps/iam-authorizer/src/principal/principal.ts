/** An account, and the root user's key that the installation keeps for it; other keys are aggregates of their own. */
import type { PrincipalEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';

export type AccessKey = {
  readonly accessKeyId: string;
  /** Sealed under the master key; never plain in an event or a table. */
  readonly secretSealed: string;
  readonly principal: string;
};

export type Principal = {
  /** Null before it is registered. */
  readonly accountId: string | null;
  /** What its operator calls it; left out where nobody has said. */
  readonly name?: string;
  /** The keys that are good now. */
  readonly keys: readonly AccessKey[];
};

export type PrincipalCommand =
  /** Makes `key` the one key that the installation keeps for the root user; others are deactivated. */
  | {
      readonly type: 'EnsureRoot';
      readonly accountId: string;
      readonly key: AccessKey;
      readonly at: string;
    }
  | {
      readonly type: 'RegisterAccount';
      readonly accountId: string;
      readonly name: string | undefined;
      readonly at: string;
    };

const register = (
  { accountId, name, at }: Extract<PrincipalCommand, { type: 'RegisterAccount' }>,
  state: Principal,
): readonly PrincipalEvent[] => {
  if (state.accountId !== null)
    throw new Refused('Conflict', `The account ${accountId} exists already.`);
  return [
    { type: 'AccountRegistered', data: { accountId, ...(name === undefined ? {} : { name }), at } },
  ];
};

const ensureRoot = (
  command: Extract<PrincipalCommand, { type: 'EnsureRoot' }>,
  state: Principal,
): readonly PrincipalEvent[] => {
  const { accountId, key, at } = command;
  // The same id with another secret is another key.
  const isThis = ({ accessKeyId, secretSealed }: AccessKey): boolean =>
    accessKeyId === key.accessKeyId && secretSealed === key.secretSealed;
  const known = state.keys.some(isThis);
  const others = state.keys.filter((candidate) => !isThis(candidate));
  return [
    ...(state.accountId === null
      ? [{ type: 'AccountRegistered' as const, data: { accountId, at } }]
      : []),
    ...others.map(({ accessKeyId }) => ({
      type: 'AccessKeyDeactivated' as const,
      data: { accessKeyId, at },
    })),
    ...(known ? [] : [{ type: 'AccessKeyCreated' as const, data: { accountId, ...key, at } }]),
  ];
};

const decide = (command: PrincipalCommand, state: Principal): readonly PrincipalEvent[] =>
  command.type === 'EnsureRoot' ? ensureRoot(command, state) : register(command, state);

const evolve = (state: Principal, event: PrincipalEvent): Principal => {
  switch (event.type) {
    case 'AccountRegistered': {
      const { accountId, name } = event.data;
      return { ...state, accountId, ...(name === undefined ? {} : { name }) };
    }
    case 'AccessKeyCreated': {
      const { accessKeyId, secretSealed, principal } = event.data;
      return { ...state, keys: [...state.keys, { accessKeyId, secretSealed, principal }] };
    }
    case 'AccessKeyDeactivated':
      return {
        ...state,
        keys: state.keys.filter(({ accessKeyId }) => accessKeyId !== event.data.accessKeyId),
      };
  }
};

export const principal: Decider<Principal, PrincipalCommand, PrincipalEvent> = {
  initial: { accountId: null, keys: [] },
  decide,
  evolve,
};

/** The root user's ARN. */
export const rootArn = (accountId: string): string => `arn:aws:iam::${accountId}:root`;
