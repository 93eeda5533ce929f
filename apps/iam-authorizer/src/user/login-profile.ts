/** A user's password for a console (IAM user guide, id_credentials_passwords). There is none here to sign in to. */
import type { UserEvent } from '@firesteel/contracts/events';
import { IamRefused } from '../iam/iam-refused.ts';

export type LoginProfile = {
  readonly passwordHash: string;
  /** Hashes of passwords before this one, the latest first. */
  readonly earlierHashes: readonly string[];
  readonly passwordResetRequired: boolean;
  readonly createdAt: string;
  readonly passwordChangedAt: string;
};

/** Whoever sets a password has held it to the account's policy. */
export type LoginProfileCommand =
  | {
      readonly type: 'CreateLoginProfile';
      readonly passwordHash: string;
      readonly passwordResetRequired: boolean;
      readonly at: string;
    }
  /** What is undefined stays. */
  | {
      readonly type: 'UpdateLoginProfile';
      readonly passwordHash: string | undefined;
      readonly passwordResetRequired: boolean | undefined;
      readonly at: string;
    }
  | { readonly type: 'DeleteLoginProfile'; readonly at: string };

export type LoginProfileEvent = Extract<UserEvent, { readonly type: `UserLoginProfile${string}` }>;

/** The most that a password policy remembers (IAM user guide, id_credentials_passwords_account-policy). */
const mostRemembered = 24;

/** @throws IamRefused when the user has no password */
export function requireLoginProfile(
  profile: LoginProfile | undefined,
  userName: string,
): LoginProfile {
  if (!profile)
    throw new IamRefused('NoSuchEntity', `Login Profile for User ${userName} cannot be found.`);
  return profile;
}

/** @throws IamRefused when there is one already, or none to be changed */
export function decideLoginProfile(
  command: LoginProfileCommand,
  profile: LoginProfile | undefined,
  userName: string,
): readonly LoginProfileEvent[] {
  const { at } = command;
  if (command.type === 'CreateLoginProfile') {
    if (profile)
      throw new IamRefused(
        'EntityAlreadyExists',
        `Login Profile for user ${userName} already exists.`,
      );
    const { passwordHash, passwordResetRequired } = command;
    return [{ type: 'UserLoginProfileCreated', data: { passwordHash, passwordResetRequired, at } }];
  }
  const known = requireLoginProfile(profile, userName);
  if (command.type === 'DeleteLoginProfile')
    return [{ type: 'UserLoginProfileDeleted', data: { at } }];
  const { passwordHash, passwordResetRequired = known.passwordResetRequired } = command;
  if (passwordHash === undefined && passwordResetRequired === known.passwordResetRequired)
    return [];
  const changed = passwordHash === undefined ? {} : { passwordHash };
  return [{ type: 'UserLoginProfileUpdated', data: { ...changed, passwordResetRequired, at } }];
}

/** Undefined once it is deleted, its earlier passwords with it. */
export function evolveLoginProfile(
  profile: LoginProfile | undefined,
  event: LoginProfileEvent,
): LoginProfile | undefined {
  if (event.type === 'UserLoginProfileDeleted') return undefined;
  const { passwordHash, passwordResetRequired, at } = event.data;
  if (event.type === 'UserLoginProfileCreated')
    return {
      passwordHash: event.data.passwordHash,
      earlierHashes: [],
      passwordResetRequired,
      createdAt: at,
      passwordChangedAt: at,
    };
  if (!profile) return undefined;
  if (passwordHash === undefined) return { ...profile, passwordResetRequired };
  return {
    ...profile,
    passwordHash,
    earlierHashes: [profile.passwordHash, ...profile.earlierHashes].slice(0, mostRemembered - 1),
    passwordResetRequired,
    passwordChangedAt: at,
  };
}
