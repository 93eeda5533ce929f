/** An account's root user and its access key; users and their keys join it with the policy engine. */
import type { PrincipalEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';

export type AccessKey = {
  readonly accessKeyId: string;
  /** Sealed under the master key; never plain in an event or a table. */
  readonly secretSealed: string;
  readonly principal: string;
};

export type Principal = {
  readonly accountId: string | null;
  /** The keys that are good now. */
  readonly keys: readonly AccessKey[];
};

export type PrincipalCommand =
  /** Makes `key` the one good key of the account's root user; others are deactivated. */
  {
    readonly type: 'EnsureRoot';
    readonly accountId: string;
    readonly key: AccessKey;
    readonly at: string;
  };

const decide = (command: PrincipalCommand, state: Principal): readonly PrincipalEvent[] => {
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

const evolve = (state: Principal, event: PrincipalEvent): Principal => {
  switch (event.type) {
    case 'AccountRegistered':
      return { ...state, accountId: event.data.accountId };
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
