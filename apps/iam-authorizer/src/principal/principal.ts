/** An account with its alias and password policy, and the root user's key that the installation keeps for it; other keys are aggregates of their own. */
import type { PasswordPolicy, PrincipalEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';
import { IamRefused } from '../iam/iam-refused.ts';

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
  /** Left out where there is none. */
  readonly alias?: string;
  readonly passwordPolicy?: PasswordPolicy;
  /** When the last report of its credentials was asked for. */
  readonly credentialReportAt?: string;
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
    }
  /** `isTaken`: by whichever account of the installation. */
  | {
      readonly type: 'SetAlias';
      readonly alias: string;
      readonly isTaken: boolean;
      readonly at: string;
    }
  | { readonly type: 'DeleteAlias'; readonly alias: string; readonly at: string }
  | { readonly type: 'SetPasswordPolicy'; readonly policy: PasswordPolicy; readonly at: string }
  | { readonly type: 'DeletePasswordPolicy'; readonly at: string }
  | { readonly type: 'GenerateCredentialReport'; readonly at: string };

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

/** A new alias takes the place of the one before (IAM user guide, console_account-alias). */
const setAlias = (
  { alias, isTaken, at }: Extract<PrincipalCommand, { type: 'SetAlias' }>,
  state: Principal,
): readonly PrincipalEvent[] => {
  if (isTaken && alias !== state.alias)
    throw new IamRefused('EntityAlreadyExists', `The account alias ${alias} already exists.`);
  return alias === state.alias ? [] : [{ type: 'AccountAliasSet', data: { alias, at } }];
};

const deleteAlias = (
  { alias, at }: Extract<PrincipalCommand, { type: 'DeleteAlias' }>,
  state: Principal,
): readonly PrincipalEvent[] => {
  if (alias !== state.alias)
    throw new IamRefused('NoSuchEntity', `The account alias with name ${alias} cannot be found.`);
  return [{ type: 'AccountAliasSet', data: { alias: null, at } }];
};

const samePolicy = (one: PasswordPolicy, other: PasswordPolicy | undefined): boolean =>
  Object.entries(one).every(([rule, value]) => other?.[rule as keyof PasswordPolicy] === value);

const deletePasswordPolicy = (at: string, state: Principal): readonly PrincipalEvent[] => {
  if (state.passwordPolicy === undefined)
    throw new IamRefused(
      'NoSuchEntity',
      'The account policy with name PasswordPolicy cannot be found.',
    );
  return [{ type: 'PasswordPolicySet', data: { policy: null, at } }];
};

/** A report is good for four hours (IAM user guide, id_credentials_getting-report). */
const reportMs = 4 * 3_600_000;

/** Whether a report of then may be read at a time (ISO-8601), and none is generated in its place. */
export const isReportGood = (credentialReportAt: string, at: string): boolean =>
  Date.parse(at) < Date.parse(credentialReportAt) + reportMs;

const generateCredentialReport = (
  at: string,
  { credentialReportAt }: Principal,
): readonly PrincipalEvent[] =>
  credentialReportAt !== undefined && isReportGood(credentialReportAt, at)
    ? []
    : [{ type: 'CredentialReportGenerated', data: { at } }];

const decide = (command: PrincipalCommand, state: Principal): readonly PrincipalEvent[] => {
  switch (command.type) {
    case 'EnsureRoot':
      return ensureRoot(command, state);
    case 'RegisterAccount':
      return register(command, state);
    case 'SetAlias':
      return setAlias(command, state);
    case 'DeleteAlias':
      return deleteAlias(command, state);
    case 'SetPasswordPolicy': {
      const { policy, at } = command;
      return samePolicy(policy, state.passwordPolicy)
        ? []
        : [{ type: 'PasswordPolicySet', data: { policy, at } }];
    }
    case 'DeletePasswordPolicy':
      return deletePasswordPolicy(command.at, state);
    case 'GenerateCredentialReport':
      return generateCredentialReport(command.at, state);
  }
};

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
    case 'AccountAliasSet': {
      const { alias: _before, ...rest } = state;
      return event.data.alias === null ? rest : { ...rest, alias: event.data.alias };
    }
    case 'CredentialReportGenerated':
      return { ...state, credentialReportAt: event.data.at };
    case 'PasswordPolicySet': {
      const { passwordPolicy: _before, ...rest } = state;
      return event.data.policy === null ? rest : { ...rest, passwordPolicy: event.data.policy };
    }
  }
};

export const principal: Decider<Principal, PrincipalCommand, PrincipalEvent> = {
  initial: { accountId: null, keys: [] },
  decide,
  evolve,
};

/** The root user's ARN. */
export const rootArn = (accountId: string): string => `arn:aws:iam::${accountId}:root`;
