/** STS on PostgreSQL: sessions of roles and users, and what limits them. */
import {
  type AuthorizerUnderTest,
  accountId,
  noon,
  type QueryOutcome,
  root,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { type Keys, signed } from '../test/signing.ts';

let authorizer: AuthorizerUnderTest;
let alice: Keys;
const own = (kind: string, name: string): string => `arn:aws:iam::${accountId}:${kind}/${name}`;
const iam = (operation: string, input: object = {}, keys: Keys = root): Promise<QueryOutcome> =>
  authorizer.query(keys, 'iam', operation, input);
const sts = (keys: Keys, operation: string, input: object = {}): Promise<QueryOutcome> =>
  authorizer.query(keys, 'sts', operation, input);
const document = (...Statement: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string | string[], Resource = '*', more: object = {}): object => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const trusting = (AWS: string, Action: string | string[] = 'sts:AssumeRole', more: object = {}) =>
  document({ Effect: 'Allow', Principal: { AWS }, Action, ...more });

const keysOf = (shape: unknown): Keys => {
  const { AccessKeyId, SecretAccessKey, SessionToken } = shape as Record<string, string>;
  return {
    accessKeyId: AccessKeyId ?? '',
    secretAccessKey: SecretAccessKey ?? '',
    ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
  };
};
async function makeUser(UserName: string, policy = document(allow('sts:*'))): Promise<Keys> {
  await iam('CreateUser', { UserName });
  await iam('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument: policy });
  return keysOf((await iam('CreateAccessKey', { UserName }))['AccessKey']);
}
async function makeRole(RoleName: string, trust: string, more: object = {}): Promise<string> {
  await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: trust, ...more });
  const PolicyDocument = document(allow('emr-serverless:*'), allow('s3:*'), allow('sts:*'));
  await iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument });
  return own('role', RoleName);
}
const assume = (keys: Keys, RoleArn: string, more: object = {}): Promise<QueryOutcome> =>
  sts(keys, 'AssumeRole', { RoleArn, RoleSessionName: 'session', ...more });
const session = async (keys: Keys, RoleArn: string, more: object = {}): Promise<Keys> =>
  keysOf((await assume(keys, RoleArn, more))['Credentials']);
const may = async (keys: Keys, action: string, resource = '*', context = {}): Promise<unknown> => {
  const service = action.split(':')[0] ?? '';
  const asked = { service, action, resource, context };
  const { allowed, message, code } = await authorizer.ask(signed(keys, service), asked);
  return allowed || message || code;
};
const list = 'emr-serverless:ListApplications';

beforeAll(async () => {
  authorizer = await startAuthorizer();
  alice = await makeUser('alice');
});
afterAll(() => authorizer.stop());
afterEach(() => authorizer.setClock(() => noon));

it.each([
  'nothing-valid-in-here',
  'arn::b:::something/test-role',
  'arn:a::::something/test-role',
  'arn:a:::something/test-role',
  'arn:a:a::aaaaaaaaaa:',
])('takes %s for no role', async (RoleArn) => {
  expect(await assume(alice, RoleArn)).toEqual({
    code: 'ValidationError',
    status: 400,
    message: `${RoleArn} is invalid`,
  });
});

it('says who somebody is, whatever their policies deny', async () => {
  const denied = await makeUser('denied', document({ Effect: 'Deny', Action: '*', Resource: '*' }));
  expect(await sts(denied, 'GetCallerIdentity')).toEqual({
    UserId: expect.stringMatching(/^AIDA/),
    Account: accountId,
    Arn: own('user', 'denied'),
  });
  expect(await sts(root, 'GetCallerIdentity')).toEqual({
    UserId: accountId,
    Account: accountId,
    Arn: `arn:aws:iam::${accountId}:root`,
  });
});

/** `RoleLastUsed`, once everything that was decided is in the log. */
async function lastUsed(RoleName: string, at: Date = noon): Promise<unknown> {
  await authorizer.get('/v1/access?limit=1', 'operator').expect(200);
  authorizer.setClock(() => at);
  const { Role } = await iam('GetRole', { RoleName });
  return (Role as { RoleLastUsed: unknown }).RoleLastUsed;
}

describe('the last use of a role', () => {
  const at = new Date(noon.getTime() + 60_000);
  const use = { LastUsedDate: at.getTime() / 1_000, Region: 'us-east-1' };

  it('is that of its sessions, and of no other role of its name', async () => {
    const trust = trusting(own('user', 'alice'));
    const keys = await session(alice, await makeRole('used', trust));
    expect(await lastUsed('used')).toEqual({});
    authorizer.setClock(() => at);
    expect(await may(keys, list)).toBe(true);
    expect(await lastUsed('used')).toEqual(use);
    const { RoleDetailList } = await iam('GetAccountAuthorizationDetails', { Filter: ['Role'] });
    expect(RoleDetailList).toContainEqual(
      expect.objectContaining({ RoleName: 'used', RoleLastUsed: use }),
    );
    expect(RoleDetailList).toContainEqual(
      expect.objectContaining({ RoleName: 'untrusting', RoleLastUsed: {} }),
    );
    const { Roles } = await iam('ListRoles');
    expect(JSON.stringify(Roles)).not.toContain('RoleLastUsed');
    await iam('DeleteRolePolicy', { RoleName: 'used', PolicyName: 'p' });
    await iam('DeleteRole', { RoleName: 'used' });
    await makeRole('used', trust);
    expect(await lastUsed('used')).toEqual({});
  });

  it('is that of a job run too', async () => {
    const keys = await authorizer.sessionOf('run', 1);
    expect(await lastUsed('job')).toEqual({});
    authorizer.setClock(() => at);
    expect(await may(keys, 's3:ListAllMyBuckets')).toBe(true);
    expect(await lastUsed('job')).toEqual(use);
  });
});

describe('AssumeRole', () => {
  it('gives a session of the role, until it ends', async () => {
    const role = await makeRole('plain', trusting(own('user', 'alice')));
    const answer = await assume(alice, role);
    expect(answer).toEqual({
      Credentials: {
        AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
        SecretAccessKey: expect.any(String),
        SessionToken: expect.any(String),
        Expiration: noon.getTime() / 1_000 + 3_600,
      },
      AssumedRoleUser: {
        AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:session$/),
        Arn: `arn:aws:sts::${accountId}:assumed-role/plain/session`,
      },
    });
    const keys = keysOf(answer['Credentials']);
    expect(await may(keys, list)).toBe(true);
    expect(await sts(keys, 'GetCallerIdentity')).toMatchObject({
      Arn: `arn:aws:sts::${accountId}:assumed-role/plain/session`,
    });
    authorizer.setClock(() => new Date(noon.getTime() + 3_600_000));
    expect(await sts(keys, 'GetCallerIdentity')).toMatchObject({ code: 'ExpiredToken' });
  });

  it.each<[string, () => Promise<string>, object, string]>([
    [
      'whom the role does not trust',
      () => makeRole('other', trusting(own('user', 'bob'))),
      {},
      'AccessDenied',
    ],
    ['of a role that is not there', async () => own('role', 'absent'), {}, 'AccessDenied'],
    ['of a role of another path', async () => own('role', 'path/plain'), {}, 'AccessDenied'],
    [
      'for longer than the role allows',
      () => makeRole('short', trusting(own('user', 'alice'))),
      { DurationSeconds: 3_601 },
      'ValidationError',
    ],
    [
      'with tags, which trust does not let in',
      () => makeRole('untagged', trusting(own('user', 'alice'))),
      { Tags: [{ Key: 'a', Value: 'b' }] },
      'AccessDenied',
    ],
    [
      'with a source identity, which trust does not let in',
      () => makeRole('unnamed', trusting(own('user', 'alice'))),
      { SourceIdentity: 'alice' },
      'AccessDenied',
    ],
    [
      'with a session policy that is none',
      () => makeRole('odd', trusting(own('user', 'alice'))),
      { Policy: '{' },
      'MalformedPolicyDocument',
    ],
    [
      'with a session policy that is not there',
      () => makeRole('odd2', trusting(own('user', 'alice'))),
      { PolicyArns: [{ arn: own('policy', 'absent') }] },
      'NoSuchEntity',
    ],
  ])('gives nothing to somebody %s', async (_name, roleOf, more, code) => {
    expect(await assume(alice, await roleOf(), more)).toMatchObject({ code });
  });

  it('gives nothing to the root user, nor to whose own policies say nothing of it', async () => {
    const role = await makeRole('account', trusting(accountId));
    expect(await assume(root, role)).toMatchObject({
      code: 'AccessDenied',
      message: 'Roles may not be assumed by root accounts.',
    });
    expect(authorizer.recorded.at(-1)).toMatchObject({
      action: 'sts:AssumeRole',
      allowed: false,
      decidedBy: 'AccessDenied',
    });
    expect(await assume(alice, role)).toHaveProperty('Credentials');
    const nobody = await makeUser('nobody', document(allow('s3:*')));
    expect(await assume(nobody, role)).toMatchObject({ code: 'AccessDenied' });
  });

  it('asks the trust policy’s conditions', async () => {
    const condition = { Condition: { StringEquals: { 'sts:ExternalId': 'secret-1' } } };
    const role = await makeRole(
      'guarded',
      trusting(own('user', 'alice'), 'sts:AssumeRole', condition),
    );
    expect(await assume(alice, role)).toMatchObject({ code: 'AccessDenied' });
    expect(await assume(alice, role, { ExternalId: 'other' })).toMatchObject({
      code: 'AccessDenied',
    });
    expect(await assume(alice, role, { ExternalId: 'secret-1' })).toHaveProperty('Credentials');
  });

  it('limits the session by the policies it is made with', async () => {
    const role = await makeRole('limited', trusting(own('user', 'alice')));
    const Policy = document(allow('s3:GetObject', 'arn:aws:s3:::bucket/mine/*'));
    const inline = await assume(alice, role, { Policy });
    expect(inline).toMatchObject({ PackedPolicySize: expect.any(Number) });
    const keys = keysOf(inline['Credentials']);
    expect(await may(keys, 's3:GetObject', 'arn:aws:s3:::bucket/mine/a')).toBe(true);
    expect(await may(keys, 's3:GetObject', 'arn:aws:s3:::bucket/yours/a')).toContain(
      'because no session policy allows the s3:GetObject action',
    );
    expect(await may(keys, list)).toContain('no session policy');

    await iam('CreatePolicy', { PolicyName: 'lists', PolicyDocument: document(allow(list)) });
    const arn = own('policy', 'lists');
    const managed = await session(alice, role, { PolicyArns: [{ arn }] });
    expect(await may(managed, list)).toBe(true);
    await iam('DeletePolicy', { PolicyArn: arn });
    expect(await may(managed, list)).toContain('no session policy');
  });

  it('passes tags and source identity on, as far as they are to go', async () => {
    const all = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];
    const first = await makeRole('first', trusting(own('user', 'alice'), all));
    const second = await makeRole('second', trusting(first, all));
    const tagged = await session(alice, first, {
      Tags: [
        { Key: 'team', Value: 'data' },
        { Key: 'stage', Value: 'test' },
      ],
      TransitiveTagKeys: ['team'],
      SourceIdentity: 'alice',
    });
    const next = await session(tagged, second);
    await iam('PutRolePolicy', {
      RoleName: 'second',
      PolicyName: 'p',
      PolicyDocument: document(
        allow(list, '*', { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'data' } } }),
        allow('s3:GetObject', '*', {
          Condition: { StringEquals: { 'aws:PrincipalTag/stage': 'test' } },
        }),
        allow('s3:PutObject', '*', {
          Condition: { StringEquals: { 'aws:SourceIdentity': 'alice' } },
        }),
      ),
    });
    expect(await may(next, list)).toBe(true);
    expect(await may(next, 's3:GetObject', 'arn:aws:s3:::b/k')).toContain('no identity-based');
    expect(await may(next, 's3:PutObject', 'arn:aws:s3:::b/k')).toBe(true);
    expect(await assume(tagged, second, { SourceIdentity: 'bob' })).toMatchObject({
      code: 'AccessDenied',
    });
    expect(await assume(tagged, second, { Tags: [{ Key: 'TEAM', Value: 'x' }] })).toEqual({
      code: 'InvalidParameterValue',
      status: 400,
      message:
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    });
    expect(await assume(tagged, second, { DurationSeconds: 3_601 })).toMatchObject({
      code: 'ValidationError',
      message: expect.stringContaining('role chaining'),
    });
    expect(await assume(alice, first, { TransitiveTagKeys: ['absent'] })).toMatchObject({
      code: 'InvalidParameterValue',
    });
    const twice = [
      { Key: 'a', Value: '1' },
      { Key: 'A', Value: '2' },
    ];
    expect(await assume(alice, first, { Tags: twice })).toMatchObject({
      code: 'InvalidParameterValue',
    });
  });

  it('gives sessions that end with their role, even when another takes its name', async () => {
    const trust = trusting(own('user', 'alice'));
    const role = await makeRole('brief', trust);
    const keys = await session(alice, role);
    expect(await may(keys, list)).toBe(true);
    await iam('DeleteRolePolicy', { RoleName: 'brief', PolicyName: 'p' });
    expect(await may(keys, list)).toContain('no identity-based policy');
    await iam('DeleteRole', { RoleName: 'brief' });
    const invalid = 'The security token included in the request is invalid.';
    expect(await may(keys, list)).toBe(invalid);
    await makeRole('brief', trust);
    expect(await may(keys, list)).toBe(invalid);
    expect(authorizer.recorded.at(-1)).toMatchObject({ decidedBy: 'the role or user is gone' });
    expect(await may(await session(alice, role), list)).toBe(true);
  });

  it('is revoked by time, as AWS does it', async () => {
    const role = await makeRole('revoked', trusting(own('user', 'alice')));
    const keys = await session(alice, role);
    const PolicyDocument = document({
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: {
        DateLessThan: { 'aws:TokenIssueTime': new Date(noon.getTime() + 1_000).toISOString() },
      },
    });
    await iam('PutRolePolicy', { RoleName: 'revoked', PolicyName: 'revoke', PolicyDocument });
    expect(await may(keys, list)).toContain('with an explicit deny');
    authorizer.setClock(() => new Date(noon.getTime() + 2_000));
    expect(await may(await session(alice, role), list)).toBe(true);
  });
});

describe('GetSessionToken', () => {
  it('gives a session of the user: with its policies, but for IAM', async () => {
    const user = await makeUser('sessions', document(allow([list, 'iam:*', 'sts:*'])));
    const keys = keysOf((await sts(user, 'GetSessionToken'))['Credentials']);
    expect(await may(keys, list)).toBe(true);
    expect(await sts(keys, 'GetCallerIdentity')).toMatchObject({ Arn: own('user', 'sessions') });
    expect(await iam('ListUsers', {}, keys)).toMatchObject({ code: 'InvalidClientTokenId' });
    expect(await sts(keys, 'GetSessionToken')).toEqual({
      code: 'AccessDenied',
      status: 403,
      message: 'Cannot call GetSessionToken with session credentials',
    });
    await iam('DeleteUserPolicy', { UserName: 'sessions', PolicyName: 'p' });
    expect(await may(keys, list)).toContain('no identity-based policy');
  });

  it('gives the root user an hour at most', async () => {
    const { Credentials } = await sts(root, 'GetSessionToken', { DurationSeconds: 43_200 });
    expect(Credentials).toMatchObject({ Expiration: noon.getTime() / 1_000 + 3_600 });
    expect(await may(keysOf(Credentials), list)).toBe(true);
  });
});

describe('GetFederationToken', () => {
  const federate = (by: Keys, more: object = {}): Promise<QueryOutcome> =>
    sts(by, 'GetFederationToken', { Name: 'bob', ...more });
  const federated = async (by: Keys, more: object = {}): Promise<Keys> =>
    keysOf((await federate(by, more))['Credentials']);
  const arn = `arn:aws:sts::${accountId}:federated-user/bob`;
  let user: Keys;
  beforeAll(async () => {
    user = await makeUser('federating', document(allow([list, 's3:*', 'iam:*', 'sts:*'])));
  });

  it('gives a session of a name in the user’s own', async () => {
    const answer = await federate(user, { Policy: document(allow('s3:*')) });
    expect(answer).toEqual({
      Credentials: expect.objectContaining({ Expiration: noon.getTime() / 1_000 + 43_200 }),
      FederatedUser: { FederatedUserId: `${accountId}:bob`, Arn: arn },
      PackedPolicySize: expect.any(Number),
    });
    expect(await sts(keysOf(answer['Credentials']), 'GetCallerIdentity')).toEqual({
      UserId: `${accountId}:bob`,
      Account: accountId,
      Arn: arn,
    });
    expect(authorizer.recorded.at(-1)).toMatchObject({ principal: arn });
  });

  it('allows what both the user’s policies and the session’s do, and nothing without the latter', async () => {
    const policies = { Policy: document(allow(['s3:GetObject', 'emr-serverless:*'])) };
    const keys = await federated(user, policies);
    expect(await may(keys, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(true);
    expect(await may(keys, 's3:PutObject', 'arn:aws:s3:::b/k')).toContain('no session policy');
    expect(await may(keys, 'emr-serverless:StartJobRun')).toContain('no identity-based policy');
    const PolicyArns = [{ arn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' }];
    expect(await may(await federated(user, { PolicyArns }), 's3:ListAllMyBuckets')).toBe(true);
    expect(await may(await federated(user), list)).toContain('no session policy');
    await iam('PutUserPolicy', {
      UserName: 'federating',
      PolicyName: 'no',
      PolicyDocument: document({ ...allow('s3:GetObject'), Effect: 'Deny' }),
    });
    expect(await may(keys, 's3:GetObject', 'arn:aws:s3:::b/k')).toContain('explicit deny');
    await iam('DeleteUserPolicy', { UserName: 'federating', PolicyName: 'no' });
  });

  it('has the tags of the request, those of the user where it has none', async () => {
    await iam('TagUser', {
      UserName: 'federating',
      Tags: [
        { Key: 'team', Value: 'data' },
        { Key: 'stage', Value: 'test' },
      ],
    });
    const where = (key: string, value: string) => ({
      Condition: { StringEquals: { [`aws:PrincipalTag/${key}`]: value } },
    });
    const as = (team: string, stage: string) => ({
      Tags: [{ Key: 'Team', Value: 'other' }],
      Policy: document(
        allow('s3:GetObject', '*', where('team', team)),
        allow('s3:PutObject', '*', where('stage', stage)),
      ),
    });
    const keys = await federated(user, as('other', 'test'));
    expect(await may(keys, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(true);
    expect(await may(keys, 's3:PutObject', 'arn:aws:s3:::b/k')).toBe(true);
    const untagged = await makeUser('untagging', document(allow('sts:GetFederationToken')));
    expect(await federate(untagged, as('other', 'test'))).toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining('sts:TagSession'),
    });
  });

  it('may not use IAM, nor STS but to ask who it is', async () => {
    const keys = await federated(user, { Policy: document(allow('*')) });
    expect(await iam('ListUsers', {}, keys)).toMatchObject({ code: 'InvalidClientTokenId' });
    const role = await makeRole('for-anybody', trusting(accountId));
    const denied = { code: 'AccessDenied', status: 403 };
    expect(await assume(keys, role)).toMatchObject(denied);
    expect(await federate(keys)).toMatchObject(denied);
    expect(await sts(keys, 'GetSessionToken')).toMatchObject(denied);
    const AccessKeyId = alice.accessKeyId;
    expect(await sts(keys, 'GetAccessKeyInfo', { AccessKeyId })).toMatchObject(denied);
  });

  it('ends with its user', async () => {
    const leaving = await makeUser('leaving');
    const keys = await federated(leaving, { Policy: document(allow('*')) });
    expect(await sts(keys, 'GetCallerIdentity')).toMatchObject({ Arn: arn });
    await iam('DeleteUserPolicy', { UserName: 'leaving', PolicyName: 'p' });
    await iam('DeleteAccessKey', { UserName: 'leaving', AccessKeyId: leaving.accessKeyId });
    await iam('DeleteUser', { UserName: 'leaving' });
    expect(await sts(keys, 'GetCallerIdentity')).toMatchObject({ code: 'InvalidClientTokenId' });
  });

  it('gives the root user’s for an hour, within the session’s policies', async () => {
    const { Credentials } = await federate(root, { Policy: document(allow('s3:*')) });
    expect(Credentials).toMatchObject({ Expiration: noon.getTime() / 1_000 + 3_600 });
    expect(await may(keysOf(Credentials), 's3:ListAllMyBuckets')).toBe(true);
    expect(await may(keysOf(Credentials), list)).toContain('no session policy');
    expect(await may(await federated(root), list)).toContain('no session policy');
  });

  it.each<[string, object, string]>([
    ['a policy that is none', { Policy: '{' }, 'MalformedPolicyDocument'],
    ['a policy that is not there', { PolicyArns: [{ arn: own('policy', 'no') }] }, 'NoSuchEntity'],
    [
      'a tag twice',
      {
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'A', Value: '2' },
        ],
      },
      'InvalidParameterValue',
    ],
  ])('refuses %s', async (_name, more, code) => {
    expect(await federate(user, more)).toMatchObject({ code });
  });
});

it('tells whose a key is', async () => {
  const AccessKeyId = alice.accessKeyId;
  expect(await sts(alice, 'GetAccessKeyInfo', { AccessKeyId })).toEqual({ Account: accountId });
  expect(
    await sts(alice, 'GetAccessKeyInfo', { AccessKeyId: 'AKIAABSENTABSENTABSE' }),
  ).toMatchObject({ code: 'ValidationError' });
});

describe('a run’s credentials', () => {
  const own3 = 'arn:aws:s3:::bucket/own/a';
  it('are the role’s policies within the run’s', async () => {
    await makeRole(
      'runner',
      document({
        Effect: 'Allow',
        Principal: { Service: 'emr-serverless.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    );
    const ask = async (more: object) => {
      const { body } = await authorizer.credentials({ roleArn: own('role', 'runner'), ...more });
      return body as Keys & { message?: string };
    };
    expect(await may(await ask({}), 's3:GetObject', own3)).toBe(true);
    const policy = document(allow('s3:GetObject', 'arn:aws:s3:::bucket/own/*'));
    const narrow = await ask({ policy });
    expect(await may(narrow, 's3:GetObject', own3)).toBe(true);
    expect(await may(narrow, 's3:GetObject', 'arn:aws:s3:::bucket/a')).toContain('session policy');
    const policyArns = ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'];
    const reading = await ask({ policyArns });
    expect(await may(reading, 's3:GetObject', own3)).toBe(true);
    expect(await may(reading, 's3:PutObject', own3)).toContain('no session policy');
    expect((await ask({ policy: '{' })).message).toMatch(
      /^The executionIamPolicy is no session policy: /,
    );
    await iam('DeleteRolePolicy', { RoleName: 'runner', PolicyName: 'p' });
    expect(await may(narrow, 's3:GetObject', own3)).toContain('no identity-based policy');
  });

  it('are for the application that the role trusts', async () => {
    const of = (application: string) =>
      `arn:aws:emr-serverless:us-east-1:${accountId}:/applications/${application}`;
    const trust = (application: string) =>
      document({
        Effect: 'Allow',
        Principal: { Service: 'emr-serverless.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { ArnLike: { 'aws:SourceArn': of(application) } },
      });
    const roleArn = await makeRole('of-one', trust('00f1'));
    const status = async (more: object) =>
      (await authorizer.credentials({ roleArn, ...more })).status;
    expect(await status({ applicationId: '00f1' })).toBe(200);
    expect(await status({ applicationId: '00f2' })).toBe(403);
    expect(await status({})).toBe(403);
    await iam('UpdateAssumeRolePolicy', { RoleName: 'of-one', PolicyDocument: trust('*') });
    expect(await status({})).toBe(200);
    const start = { action: 'emr-serverless:StartJobRun', passRole: { roleArn } };
    expect(await authorizer.ask(signed(root), { ...start, resource: of('00f1') })).toMatchObject({
      executionRoleAssumable: true,
    });
  });
});
