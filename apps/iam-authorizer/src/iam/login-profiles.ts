/** Passwords of users (IAM API reference, CreateLoginProfile and its like). They open no console: there is none here. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { type LoginProfile, requireLoginProfile } from '../user/login-profile.ts';
import { isPasswordOf, passwordHashOf, requirePassword } from '../user/password.ts';
import type { User, UserCommand } from '../user/user.ts';
import { accountOf } from './account.ts';
import { type Actions, at, type Call } from './call.ts';
import { IamRefused } from './iam-refused.ts';
import { flag, type Input, optionalText, text } from './input.ts';
import { type Needs, onUser, onUserOrSelf, ownUserName } from './needs.ts';
import { toDate } from './shapes.ts';
import { changeUser, findUser } from './users.ts';

/** @throws IamRefused for the root user, whose password is not managed here */
function nameIn(input: Input, call: Call): string {
  const name = optionalText(input, 'UserName') ?? ownUserName(call);
  if (name === null) throw new IamRefused('ValidationError', 'Must specify userName.');
  return name;
}

const toLoginProfile = ({ userName }: User, profile: LoginProfile): object => ({
  LoginProfile: {
    UserName: userName,
    CreateDate: toDate(profile.createdAt),
    PasswordResetRequired: profile.passwordResetRequired,
  },
});

/** @throws IamRefused for one of the passwords that the account's policy remembers */
async function requireNew(
  password: string,
  { passwordHash, earlierHashes }: LoginProfile,
  remembered: number,
  { masterKey }: Call,
): Promise<void> {
  for (const hash of [passwordHash, ...earlierHashes].slice(0, remembered))
    if (await isPasswordOf(masterKey, hash, password))
      throw new IamRefused(
        'PasswordPolicyViolation',
        `Password should not be one of the last ${remembered} passwords`,
      );
}

/**
 * The hash of a password that the account's policy takes; where there is no policy, all are taken.
 * @throws IamRefused when it does not
 */
async function takenPassword(
  tx: EntityManager,
  password: string,
  profile: LoginProfile | undefined,
  call: Call,
): Promise<string> {
  const { passwordPolicy } = await accountOf({ em: tx, caller: call.caller });
  if (passwordPolicy) {
    requirePassword(password, passwordPolicy);
    if (profile) await requireNew(password, profile, passwordPolicy.passwordReusePrevention, call);
  }
  return passwordHashOf(call.masterKey, password);
}

async function createLoginProfile(input: Input, call: Call): Promise<object> {
  const password = text(input, 'Password');
  const name = nameIn(input, call);
  const user = await changeUser(call, name, async (tx) => ({
    type: 'CreateLoginProfile',
    passwordHash: await takenPassword(tx, password, undefined, call),
    passwordResetRequired: flag(input, 'PasswordResetRequired'),
    at: at(call),
  }));
  return toLoginProfile(user, requireLoginProfile(user.loginProfile, user.userName));
}

async function getLoginProfile(input: Input, call: Call): Promise<object> {
  const { state } = await findUser(call.em, call, nameIn(input, call));
  return toLoginProfile(state, requireLoginProfile(state.loginProfile, state.userName));
}

async function updateLoginProfile(input: Input, call: Call): Promise<object> {
  const password = optionalText(input, 'Password');
  const isResetAsked = input['PasswordResetRequired'] !== undefined;
  await changeUser(call, nameIn(input, call), async (tx, user): Promise<UserCommand> => {
    const profile = requireLoginProfile(user.loginProfile, user.userName);
    return {
      type: 'UpdateLoginProfile',
      passwordHash:
        password === undefined ? undefined : await takenPassword(tx, password, profile, call),
      passwordResetRequired: isResetAsked ? flag(input, 'PasswordResetRequired') : undefined,
      at: at(call),
    };
  });
  return {};
}

async function deleteLoginProfile(input: Input, call: Call): Promise<object> {
  await changeUser(call, nameIn(input, call), async () => ({
    type: 'DeleteLoginProfile',
    at: at(call),
  }));
  return {};
}

/** One's own, and only with the password before it. @throws IamRefused for who is no user, or does not know it */
async function changePassword(input: Input, call: Call): Promise<object> {
  const { principal } = call.caller;
  if (principal.kind !== 'user')
    throw new IamRefused('InvalidUserType', 'Only an IAM user can change its password.');
  await changeUser(call, nameIn({}, call), async (tx, user): Promise<UserCommand> => {
    const profile = requireLoginProfile(user.loginProfile, user.userName);
    if (!(await isPasswordOf(call.masterKey, profile.passwordHash, text(input, 'OldPassword'))))
      throw new IamRefused('AccessDenied', 'The old password was incorrect.');
    return {
      type: 'UpdateLoginProfile',
      passwordHash: await takenPassword(tx, text(input, 'NewPassword'), profile, call),
      passwordResetRequired: false,
      at: at(call),
    };
  });
  return {};
}

/** Whoever is no user is refused by the action itself. */
const onSelf: Needs = (_input, call) =>
  call.caller.principal.kind === 'user'
    ? onUserOrSelf({}, call)
    : Promise.resolve([{ resource: call.caller.principal.arn }]);

export const loginProfileActions: Actions = {
  CreateLoginProfile: { needs: onUserOrSelf, answer: createLoginProfile },
  GetLoginProfile: { needs: onUserOrSelf, answer: getLoginProfile },
  UpdateLoginProfile: { needs: onUser, answer: updateLoginProfile },
  DeleteLoginProfile: { needs: onUserOrSelf, answer: deleteLoginProfile },
  ChangePassword: { needs: onSelf, answer: changePassword },
};
