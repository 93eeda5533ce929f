/** Several accounts: each has its root user, and knows nothing of the others. */

import { actions } from '../iam/actions.ts';
import {
  type AuthorizerUnderTest,
  accountId,
  root,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { type Keys, signed } from '../test/signing.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());

const create = (body: object, service = 'operator') =>
  authorizer.post('/v1/accounts', body, service);
async function account(id: string): Promise<Keys> {
  const { body } = await create({ accountId: id, name: `account ${id}` }).expect(200);
  return { accessKeyId: body.accessKeyId, secretAccessKey: body.secretAccessKey };
}

it('is made with a root key that is shown once', async () => {
  const { body } = await create({ accountId: '222222222222', name: 'research' }).expect(200);
  expect(body).toEqual({
    accountId: '222222222222',
    name: 'research',
    accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
    secretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
  });
  const keys = { accessKeyId: body.accessKeyId, secretAccessKey: body.secretAccessKey };
  expect(await authorizer.query(keys, 'sts', 'GetCallerIdentity')).toEqual({
    UserId: '222222222222',
    Account: '222222222222',
    Arn: 'arn:aws:iam::222222222222:root',
  });
  expect((await create({ accountId: '222222222222', name: 'again' })).status).toBe(409);
  expect((await create({ accountId, name: 'again' })).status).toBe(409);
});

it('gets a number of its own when none is asked for', async () => {
  const { body } = await create({ name: 'any' }).expect(200);
  expect(body.accountId).toMatch(/^[1-9]\d{11}$/);
  const { body: nameless } = await create({}).expect(200);
  expect(nameless.name).toBeNull();
  const { body: all } = await authorizer.get('/v1/accounts', 'operator').expect(200);
  expect(all.accounts).toContainEqual({ accountId: body.accountId, name: 'any' });
  expect(all.accounts).toContainEqual({ accountId, name: null });
});

it('has names of its own, and sees no others', async () => {
  const keys = await account('333333333333');
  const iam = (operation: string, input: object = {}, by: Keys = keys) =>
    authorizer.query(by, 'iam', operation, input);
  expect(await iam('GetRole', { RoleName: 'job' })).toMatchObject({ code: 'NoSuchEntity' });
  expect(await iam('ListRoles')).toMatchObject({ Roles: [] });
  await iam('CreateUser', { UserName: 'alice' });
  expect(await iam('GetUser', { UserName: 'alice' }, root)).toMatchObject({ code: 'NoSuchEntity' });
  await iam('CreateUser', { UserName: 'alice' }, root);
  expect(await iam('GetUser', { UserName: 'alice' })).toMatchObject({
    User: { Arn: 'arn:aws:iam::333333333333:user/alice' },
  });
  const foreign = 'arn:aws:iam::333333333333:policy/mine';
  await iam('CreatePolicy', {
    PolicyName: 'mine',
    PolicyDocument:
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  });
  expect(
    await iam('AttachUserPolicy', { UserName: 'alice', PolicyArn: foreign }, root),
  ).toMatchObject({
    code: 'NoSuchEntity',
  });
  expect(await iam('GetPolicy', { PolicyArn: foreign }, root)).toMatchObject({
    code: 'AccessDenied',
  });
  const { AccessKey } = (await iam('CreateAccessKey', { UserName: 'alice' })) as {
    AccessKey: { AccessKeyId: string };
  };
  const { AccessKeyId } = AccessKey;
  expect(await iam('GetAccessKeyLastUsed', { AccessKeyId }, root)).toMatchObject({
    code: 'NoSuchEntity',
  });
});

it('has the rights of its root user in its own account only', async () => {
  const keys = await account('444444444444');
  const get = (resource: string) =>
    authorizer.ask(signed(keys), { action: 'emr-serverless:GetApplication', resource });
  const application = (id: string) => `arn:aws:emr-serverless:us-east-1:${id}:/applications/00f1`;
  expect(await get(application(''))).toMatchObject({ allowed: true, accountId: '444444444444' });
  expect(authorizer.recorded.at(-1)).toMatchObject({ resource: application('444444444444') });
  expect(await get(application(accountId))).toMatchObject({ allowed: false });
  const passRole = { roleArn: `arn:aws:iam::${accountId}:role/job` };
  expect(await authorizer.ask(signed(keys), { resource: application(''), passRole })).toMatchObject(
    { message: 'Cross-account pass role is not allowed.' },
  );
});

it('lets users of other accounts assume its roles, when both sides agree', async () => {
  const keys = await account('555555555555');
  const PolicyDocument = (Action: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action, Resource: '*' },
    });
  const user = async (UserName: string, Action: string): Promise<Keys> => {
    await authorizer.query(keys, 'iam', 'CreateUser', { UserName });
    await authorizer.query(keys, 'iam', 'PutUserPolicy', {
      UserName,
      PolicyName: 'p',
      PolicyDocument: PolicyDocument(Action),
    });
    const { AccessKey } = await authorizer.query(keys, 'iam', 'CreateAccessKey', { UserName });
    const { AccessKeyId, SecretAccessKey } = AccessKey as Record<string, string>;
    return { accessKeyId: AccessKeyId ?? '', secretAccessKey: SecretAccessKey ?? '' };
  };
  await authorizer.query(root, 'iam', 'CreateRole', {
    RoleName: 'guest',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: '555555555555' }, Action: 'sts:AssumeRole' },
    }),
  });
  const assume = (by: Keys) =>
    authorizer.query(by, 'sts', 'AssumeRole', {
      RoleArn: `arn:aws:iam::${accountId}:role/guest`,
      RoleSessionName: 'visit',
    });
  expect(await assume(await user('visitor', 'sts:AssumeRole'))).toMatchObject({
    AssumedRoleUser: { Arn: `arn:aws:sts::${accountId}:assumed-role/guest/visit` },
  });
  expect(await assume(await user('stranger', 's3:*'))).toMatchObject({ code: 'AccessDenied' });
});

it.each<[string, object, number]>([
  ['an empty name', { name: ' ' }, 400],
  ['a number that is none', { accountId: '12', name: 'x' }, 400],
])('is not made with %s', async (_name, body, status) => {
  await create(body).expect(status);
});

it('is for the operator to make', async () => {
  await create({ name: 'x' }, 'gateway').expect(403);
  await authorizer.get('/v1/accounts', 'gateway').expect(403);
});

describe('what another account has', () => {
  const theirs = '666666666666';
  const mine = '777777777777';
  const document =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
  const trust =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"666666666666"},"Action":"sts:AssumeRole"}}';
  /** Of the same length, so that nothing but what there is of them differs. */
  const [present, absent] = ['present', 'missing'];
  let keys: Keys;
  let task: unknown;
  let key: unknown;
  beforeAll(async () => {
    keys = await account(mine);
    await authorizer.query(keys, 'iam', 'GenerateCredentialReport');
    const owner = await account(theirs);
    const make = (operation: string, input: object) =>
      authorizer.query(owner, 'iam', operation, input);
    await make('CreateUser', { UserName: present });
    await make('CreateGroup', { GroupName: present });
    await make('CreateRole', { RoleName: present, AssumeRolePolicyDocument: trust });
    await make('CreateInstanceProfile', { InstanceProfileName: present });
    await make('CreateVirtualMFADevice', { VirtualMFADeviceName: present });
    await make('CreatePolicy', { PolicyName: present, PolicyDocument: document });
    await make('CreateAccountAlias', { AccountAlias: present });
    for (const [word, name] of [
      ['User', 'UserName'],
      ['Group', 'GroupName'],
      ['Role', 'RoleName'],
    ] as const)
      await make(`Put${word}Policy`, {
        [name]: present,
        PolicyName: present,
        PolicyDocument: document,
      });
    await make('CreateLoginProfile', { UserName: present, Password: 'a password' });
    const { AccessKey } = await make('CreateAccessKey', { UserName: present });
    key = (AccessKey as { AccessKeyId: string }).AccessKeyId;
    await make('CreateServiceLinkedRole', { AWSServiceName: 'ops.emr-serverless.amazonaws.com' });
    const RoleName = 'AWSServiceRoleForAmazonEMRServerless';
    task = (await make('DeleteServiceLinkedRole', { RoleName }))['DeletionTaskId'];
  });

  /** All that any action may ask for, of one name. */
  const inputOf = (name: string, isThere: boolean, account: string) => ({
    UserName: name,
    GroupName: name,
    RoleName: name,
    InstanceProfileName: name,
    SerialNumber: `arn:aws:iam::${account}:mfa/${name}`,
    AuthenticationCode1: '123456',
    AuthenticationCode2: '654321',
    TokenCode: '123456',
    PolicyName: name,
    AccountAlias: name,
    PolicyArn: `arn:aws:iam::${account}:policy/${name}`,
    PermissionsBoundary: `arn:aws:iam::${account}:policy/${name}`,
    PolicySourceArn: `arn:aws:iam::${account}:user/${name}`,
    PolicyArns: [{ arn: `arn:aws:iam::${account}:policy/${name}` }],
    Arn: `arn:aws:iam::${account}:user/${name}`,
    ServiceNamespaces: ['s3'],
    Name: 'session',
    Password: 'a password',
    OldPassword: 'a password',
    NewPassword: 'another one',
    RoleArn: `arn:aws:iam::${account}:role/${name}`,
    RoleSessionName: 'session',
    PolicyDocument: document,
    PolicyInputList: [document],
    ActionNames: ['s3:GetObject'],
    VersionId: 'v1',
    Status: 'Inactive',
    Tags: [{ Key: 'a', Value: 'b' }],
    TagKeys: ['a'],
    AccessKeyId: isThere ? key : `AKIA${'A'.repeat(16)}`,
    DeletionTaskId: isThere
      ? task
      : 'task/aws-service-role/ops.emr-serverless.amazonaws.com/AWSServiceRoleForAmazonEMRServerless/00000000-0000-4000-8000-000000000000',
  });
  const unnamed = (outcome: object): string =>
    JSON.stringify(outcome)
      .replaceAll(present, '<name>')
      .replaceAll(absent, '<name>')
      .replaceAll(String(key), '<key>')
      .replaceAll(`AKIA${'A'.repeat(16)}`, '<key>')
      .replaceAll(/task\/[^ ]*/g, '<task>');

  /** What is created for something that has to be there. */
  const ofSomething = ['CreateAccessKey', 'CreateLoginProfile', 'CreatePolicyVersion'];
  const named = [
    ...Object.keys(actions.iam).map((operation) => ['iam', operation] as const),
    ...['AssumeRole', 'GetAccessKeyInfo', 'GetFederationToken'].map(
      (operation) => ['sts', operation] as const,
    ),
  ].filter(
    ([, operation]) =>
      (!operation.startsWith('Create') || ofSomething.includes(operation)) &&
      !/AccountPassword/.test(operation),
  );

  it.each(named)('is not there for %s %s', async (service, operation) => {
    for (const account of [mine, theirs]) {
      const ask = (name: string, isThere: boolean) =>
        authorizer.query(keys, service, operation, inputOf(name, isThere, account));
      expect(unnamed(await ask(present, true))).toBe(unnamed(await ask(absent, false)));
    }
  });
});
