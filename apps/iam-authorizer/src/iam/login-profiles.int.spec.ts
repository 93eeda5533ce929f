/** Passwords of users on PostgreSQL, as the gateway asks for them. */
import {
  type AuthorizerUnderTest,
  accountId,
  noon,
  type QueryOutcome,
  root,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import type { Keys } from '../test/signing.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());

const iam = (operation: string, input: object = {}, keys: Keys = root): Promise<QueryOutcome> =>
  authorizer.query(keys, 'iam', operation, input);
const [first, second] = ['Correct-horse-1', 'Battery-staple-2'];
const created = noon.getTime() / 1_000;
const absent = (UserName: string) => ({
  code: 'NoSuchEntity',
  status: 404,
  message: `Login Profile for User ${UserName} cannot be found.`,
});

/** A user who may do anything with its own password, and its key. */
async function makeUser(UserName: string): Promise<Keys> {
  await iam('CreateUser', { UserName });
  await iam('PutUserPolicy', {
    UserName,
    PolicyName: 'own-password',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: ['iam:*LoginProfile', 'iam:ChangePassword'],
        Resource: `arn:aws:iam::${accountId}:user/\${aws:username}`,
      },
    }),
  });
  const { AccessKey } = await iam('CreateAccessKey', { UserName });
  const { AccessKeyId, SecretAccessKey } = AccessKey as Record<string, string>;
  return { accessKeyId: AccessKeyId ?? '', secretAccessKey: SecretAccessKey ?? '' };
}

it('are made, told of, changed and taken away, and keep their user', async () => {
  const UserName = 'alice';
  await iam('CreateUser', { UserName });
  expect(await iam('GetLoginProfile', { UserName })).toEqual(absent(UserName));
  const made = await iam('CreateLoginProfile', {
    UserName,
    Password: first,
    PasswordResetRequired: true,
  });
  expect(made).toEqual({
    LoginProfile: { UserName, CreateDate: created, PasswordResetRequired: true },
  });
  expect(await iam('GetLoginProfile', { UserName })).toEqual(made);
  expect(await iam('CreateLoginProfile', { UserName, Password: second })).toEqual({
    code: 'EntityAlreadyExists',
    status: 409,
    message: 'Login Profile for user alice already exists.',
  });
  expect(await iam('UpdateLoginProfile', { UserName, PasswordResetRequired: false })).toEqual({});
  expect(await iam('GetLoginProfile', { UserName })).toMatchObject({
    LoginProfile: { PasswordResetRequired: false },
  });
  expect(await iam('DeleteUser', { UserName })).toEqual({
    code: 'DeleteConflict',
    status: 409,
    message: 'Cannot delete entity, must delete login profile first.',
  });
  expect(await iam('DeleteLoginProfile', { UserName })).toEqual({});
  expect(await iam('DeleteLoginProfile', { UserName })).toEqual(absent(UserName));
  expect(await iam('UpdateLoginProfile', { UserName, Password: second })).toEqual(absent(UserName));
  expect(await iam('DeleteUser', { UserName })).toEqual({});
});

it('are held to the policy of the account, those before them too', async () => {
  const UserName = 'held';
  const keys = await makeUser(UserName);
  await iam('UpdateAccountPasswordPolicy', {
    MinimumPasswordLength: 8,
    RequireSymbols: true,
    PasswordReusePrevention: 2,
  });
  const create = (Password: string) => iam('CreateLoginProfile', { UserName, Password });
  expect(await create('short')).toEqual({
    code: 'PasswordPolicyViolation',
    status: 400,
    message: 'Password should have a minimum length of 8, Password should have at least one symbol',
  });
  expect(await create(first)).toHaveProperty('LoginProfile');
  const change = (OldPassword: string, NewPassword: string) =>
    iam('ChangePassword', { OldPassword, NewPassword }, keys);
  expect(await change(first, first)).toEqual({
    code: 'PasswordPolicyViolation',
    status: 400,
    message: 'Password should not be one of the last 2 passwords',
  });
  expect(await change(first, second)).toEqual({});
  expect(await change(second, first)).toMatchObject({ code: 'PasswordPolicyViolation' });
  expect(await change(second, 'A-third-one')).toEqual({});
  expect(await change('A-third-one', first)).toEqual({});
  await iam('DeleteAccountPasswordPolicy');
  expect(await change(first, 'x')).toEqual({});
});

it('are changed by those who know them, for themselves', async () => {
  const keys = await makeUser('bob');
  const change = (OldPassword: string, NewPassword: string, by: Keys = keys) =>
    iam('ChangePassword', { OldPassword, NewPassword }, by);
  expect(await change(first, second)).toEqual(absent('bob'));
  await iam('CreateLoginProfile', { Password: first, PasswordResetRequired: true }, keys);
  expect(await change(second, first)).toEqual({
    code: 'AccessDenied',
    status: 403,
    message: 'The old password was incorrect.',
  });
  expect(await change(first, second)).toEqual({});
  expect(await iam('GetLoginProfile', {}, keys)).toMatchObject({
    LoginProfile: { UserName: 'bob', PasswordResetRequired: false },
  });
  expect(await change(first, second)).toMatchObject({ code: 'AccessDenied' });
  expect(await change(first, second, root)).toMatchObject({ code: 'InvalidUserType', status: 400 });
  expect(await iam('GetLoginProfile', { UserName: 'held' }, keys)).toMatchObject({
    code: 'AccessDenied',
    message: expect.stringContaining('iam:GetLoginProfile'),
  });
  expect(await iam('CreateLoginProfile', { Password: first })).toMatchObject({
    code: 'ValidationError',
  });
});

it('are in no table, no event and no decision, not even by their hash', async () => {
  const UserName = 'secretive';
  await iam('CreateUser', { UserName });
  const Password = 'Nobody-reads-this-9';
  await iam('CreateLoginProfile', { UserName, Password });
  const { User } = (await iam('GetUser', { UserName })) as { User: { UserId: string } };
  const em = authorizer.orm.em.fork();
  const events = await em.execute<{ data: { passwordHash?: string } }[]>(
    'select data from log.read_stream(?, 0)',
    [`user-${User.UserId}`],
  );
  const hash = events.at(-1)?.data.passwordHash ?? '';
  expect(hash).not.toBe('');
  const shown = JSON.stringify([
    await iam('GetLoginProfile', { UserName }),
    await iam('GetUser', { UserName }),
    await iam('GetAccountAuthorizationDetails'),
    authorizer.recorded,
  ]);
  expect(shown).not.toContain(hash);
  const rows = await em.execute('select * from iam_user');
  expect(JSON.stringify([rows, events, shown])).not.toContain(Password);
});
