/** IAM's actions on PostgreSQL, as the gateway asks for them. */
import { openDatabase } from '@firesteel/event-store/database';
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
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());

const iam = (operation: string, input: object = {}, keys: Keys = root): Promise<QueryOutcome> =>
  authorizer.query(keys, 'iam', operation, input);
const policy = (Action: string | string[], Resource: string | string[] = '*', more = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource, ...more }],
  });
const trust = (principal: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  });
const emr = trust({ Service: 'emr-serverless.amazonaws.com' });
const own = (kind: string, name: string): string => `arn:aws:iam::${accountId}:${kind}/${name}`;
const aws = (name: string): string => `arn:aws:iam::aws:policy/${name}`;

/** A user with a key, and the key. */
async function makeUser(UserName: string, more: object = {}): Promise<Keys> {
  await iam('CreateUser', { UserName, ...more });
  const { AccessKey } = (await iam('CreateAccessKey', { UserName })) as {
    AccessKey: { AccessKeyId: string; SecretAccessKey: string };
  };
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
}

/** Whether somebody may do something with EMR Serverless, and why not. */
const may = async (keys: Keys, action: string, more: object = {}): Promise<unknown> => {
  const { allowed, message } = await authorizer.ask(signed(keys), { action, ...more });
  return allowed || message;
};

describe('users and groups', () => {
  it('are created, found whatever their case, listed by path, renamed, and gone', async () => {
    const tags = [{ Key: 'team', Value: 'data' }];
    const made = await iam('CreateUser', { UserName: 'Bob', Path: '/a/', Tags: tags });
    expect(made).toEqual({
      User: {
        Path: '/a/',
        UserName: 'Bob',
        UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
        Arn: own('user', 'a/Bob'),
        CreateDate: noon.getTime() / 1_000,
        Tags: tags,
      },
    });
    expect(await iam('GetUser', { UserName: 'bob' })).toEqual(made);
    expect(await iam('CreateUser', { UserName: 'BOB' })).toEqual({
      code: 'EntityAlreadyExists',
      status: 409,
      message: 'User with name BOB already exists.',
    });
    expect(await iam('ListUsers', { PathPrefix: '/a/' })).toMatchObject({
      Users: [{ UserName: 'Bob' }],
      IsTruncated: false,
    });
    await iam('UpdateUser', { UserName: 'Bob', NewUserName: 'Rob', NewPath: '/b/' });
    expect(await iam('GetUser', { UserName: 'Bob' })).toMatchObject({ code: 'NoSuchEntity' });
    expect(await iam('GetUser', { UserName: 'Rob' })).toMatchObject({
      User: { Arn: own('user', 'b/Rob') },
    });
    await iam('DeleteUser', { UserName: 'Rob' });
    expect(await iam('GetUser', { UserName: 'Rob' })).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: 'The user with name Rob cannot be found.',
    });
    expect(await iam('CreateUser', { UserName: 'rob' })).toHaveProperty('User');
  });

  it('come in pages', async () => {
    for (const GroupName of ['p1', 'P2', 'p3'])
      await iam('CreateGroup', { GroupName, Path: '/p/' });
    const pages: unknown[] = [];
    let Marker: unknown;
    do {
      const more = Marker === undefined ? {} : { Marker };
      const page = await iam('ListGroups', { PathPrefix: '/p/', MaxItems: 2, ...more });
      const groups = page['Groups'] as { GroupName: string }[];
      pages.push(groups.map(({ GroupName }) => GroupName));
      Marker = page['Marker'];
    } while (Marker !== undefined);
    expect(pages).toEqual([['p1', 'P2'], ['p3']]);
  });

  it('belong together until they are parted', async () => {
    await iam('CreateUser', { UserName: 'member' });
    await iam('CreateGroup', { GroupName: 'club' });
    await iam('AddUserToGroup', { GroupName: 'club', UserName: 'member' });
    expect(await iam('GetGroup', { GroupName: 'club' })).toMatchObject({
      Group: { GroupName: 'club' },
      Users: [{ UserName: 'member' }],
    });
    expect(await iam('DeleteGroup', { GroupName: 'club' })).toMatchObject({
      code: 'DeleteConflict',
      status: 409,
    });
    expect(await iam('DeleteUser', { UserName: 'member' })).toMatchObject({
      code: 'DeleteConflict',
    });
    await iam('UpdateGroup', { GroupName: 'club', NewGroupName: 'team' });
    expect(await iam('ListGroupsForUser', { UserName: 'member' })).toMatchObject({
      Groups: [{ GroupName: 'team' }],
    });
    expect(await iam('AddUserToGroup', { GroupName: 'club', UserName: 'member' })).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: 'The group with name club cannot be found.',
    });
    await iam('RemoveUserFromGroup', { GroupName: 'team', UserName: 'member' });
    // IAM says nothing of who is in no group (as recorded in cloud-custodian's pull request 4730).
    expect(await iam('RemoveUserFromGroup', { GroupName: 'team', UserName: 'member' })).toEqual({});
    expect(await iam('DeleteGroup', { GroupName: 'team' })).toEqual({});
    expect(await iam('DeleteUser', { UserName: 'member' })).toEqual({});
  });

  it('are created once, however many ask at a time', async () => {
    const outcomes = await Promise.all(
      ['twin', 'Twin', 'TWIN'].map((UserName) => iam('CreateUser', { UserName })),
    );
    expect(outcomes.map(({ code }) => code ?? 'created').toSorted()).toEqual([
      'EntityAlreadyExists',
      'EntityAlreadyExists',
      'created',
    ]);
  });
});

describe('roles', () => {
  it('are created, changed, and gone with what they carried', async () => {
    const RoleName = 'nightly';
    const created = await iam('CreateRole', {
      RoleName,
      Path: '/jobs/',
      AssumeRolePolicyDocument: emr,
      MaxSessionDuration: 7_200,
      PermissionsBoundary: aws('PowerUserAccess'),
    });
    expect(created).toEqual({
      Role: {
        Path: '/jobs/',
        RoleName,
        RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
        Arn: own('role', 'jobs/nightly'),
        CreateDate: noon.getTime() / 1_000,
        AssumeRolePolicyDocument: emr,
        MaxSessionDuration: 7_200,
        PermissionsBoundary: {
          PermissionsBoundaryType: 'Policy',
          PermissionsBoundaryArn: aws('PowerUserAccess'),
        },
      },
    });
    await iam('UpdateRole', { RoleName, Description: 'what runs at night' });
    await iam('UpdateAssumeRolePolicy', {
      RoleName,
      PolicyDocument: trust({ AWS: accountId }),
    });
    expect(await iam('UpdateRoleDescription', { RoleName, Description: '' })).not.toHaveProperty(
      'Role.Description',
    );
    await iam('DeleteRolePermissionsBoundary', { RoleName });
    const { Role } = await iam('GetRole', { RoleName });
    expect(Role).not.toHaveProperty('PermissionsBoundary');
    expect(Role).toMatchObject({
      MaxSessionDuration: 7_200,
      AssumeRolePolicyDocument: trust({ AWS: accountId }),
    });
    expect(await iam('ListInstanceProfilesForRole', { RoleName })).toEqual({
      InstanceProfiles: [],
      IsTruncated: false,
    });
    await iam('DeleteRole', { RoleName });
    expect(await iam('ListRoles', { PathPrefix: '/jobs/' })).toMatchObject({ Roles: [] });
  });

  it.each<[string, string, object, string, number, string]>([
    [
      'a second one',
      'CreateRole',
      { RoleName: 'job', AssumeRolePolicyDocument: emr },
      'EntityAlreadyExists',
      409,
      'Role with name job already exists.',
    ],
    [
      'trust that is none',
      'CreateRole',
      { RoleName: 'odd', AssumeRolePolicyDocument: '{' },
      'MalformedPolicyDocument',
      400,
      '',
    ],
    [
      'a policy that is none',
      'PutRolePolicy',
      { RoleName: 'job', PolicyName: 'p', PolicyDocument: '[' },
      'MalformedPolicyDocument',
      400,
      '',
    ],
    [
      'a policy of no role',
      'PutRolePolicy',
      { RoleName: 'absent', PolicyName: 'p', PolicyDocument: policy('*') },
      'NoSuchEntity',
      404,
      'The role with name absent cannot be found.',
    ],
    [
      'a policy that is not there',
      'AttachRolePolicy',
      { RoleName: 'job', PolicyArn: aws('SecurityAudit') },
      'NoSuchEntity',
      404,
      `Policy ${aws('SecurityAudit')} does not exist or is not attachable.`,
    ],
    [
      'a boundary that is not there',
      'PutRolePermissionsBoundary',
      { RoleName: 'job', PermissionsBoundary: own('policy', 'absent') },
      'NoSuchEntity',
      404,
      `Policy ${own('policy', 'absent')} does not exist or is not attachable.`,
    ],
    [
      'an end while it carries a policy',
      'DeleteRole',
      { RoleName: 'job' },
      'DeleteConflict',
      409,
      'Cannot delete entity, must delete policies first.',
    ],
    [
      'a policy that it does not carry',
      'GetRolePolicy',
      { RoleName: 'job', PolicyName: 'absent' },
      'NoSuchEntity',
      404,
      'The role policy with name absent cannot be found.',
    ],
    [
      'a policy without an ARN',
      'AttachRolePolicy',
      { RoleName: 'job', PolicyArn: 'longpolicynamebutnoarn' },
      'ValidationError',
      400,
      'Invalid ARN:  Could not be parsed!',
    ],
    [
      'a change of what is AWS’',
      'CreatePolicyVersion',
      { PolicyArn: aws('AdministratorAccess'), PolicyDocument: policy('*') },
      'InvalidInput',
      400,
      `Policy ${aws('AdministratorAccess')} is outside your own account.`,
    ],
  ])('refuse %s', async (_name, operation, input, code, status, message) => {
    const outcome = await iam(operation, input);
    expect(outcome).toMatchObject({ code, status });
    if (message !== '') expect(outcome['message']).toBe(message);
  });
});

describe('managed policies', () => {
  it('have versions, uses and an end', async () => {
    const made = await iam('CreatePolicy', {
      PolicyName: 'buckets',
      Path: '/team/',
      Description: 'what the team keeps',
      PolicyDocument: policy('s3:*'),
    });
    const PolicyArn = own('policy', 'team/buckets');
    expect(made).toMatchObject({ Policy: { Arn: PolicyArn, DefaultVersionId: 'v1' } });
    // CreatePolicy answers without description; GetPolicy with it, and with tags where there are none.
    expect(made).not.toHaveProperty('Policy.Description');
    expect(made).not.toHaveProperty('Policy.Tags');
    expect(await iam('GetPolicy', { PolicyArn })).toMatchObject({
      Policy: { Description: 'what the team keeps', Tags: [] },
    });
    expect(
      await iam('CreatePolicyVersion', {
        PolicyArn,
        PolicyDocument: policy('s3:Get*'),
        SetAsDefault: true,
      }),
    ).toMatchObject({ PolicyVersion: { VersionId: 'v2', IsDefaultVersion: true } });
    expect(await iam('ListPolicyVersions', { PolicyArn })).toMatchObject({
      Versions: [
        { VersionId: 'v2', IsDefaultVersion: true },
        { VersionId: 'v1', IsDefaultVersion: false },
      ],
    });
    expect(await iam('GetPolicyVersion', { PolicyArn, VersionId: 'v1' })).toMatchObject({
      PolicyVersion: { Document: policy('s3:*') },
    });
    await iam('CreateUser', { UserName: 'user-of-it', PermissionsBoundary: PolicyArn });
    await iam('CreateGroup', { GroupName: 'group-of-it' });
    await iam('AttachGroupPolicy', { GroupName: 'group-of-it', PolicyArn });
    await iam('AttachRolePolicy', { RoleName: 'job', PolicyArn });
    expect(await iam('GetPolicy', { PolicyArn })).toMatchObject({
      Policy: { AttachmentCount: 2, PermissionsBoundaryUsageCount: 1 },
    });
    expect(await iam('ListEntitiesForPolicy', { PolicyArn })).toMatchObject({
      PolicyGroups: [{ GroupName: 'group-of-it' }],
      PolicyRoles: [{ RoleName: 'job' }],
      PolicyUsers: [],
    });
    const only = (EntityFilter: string) =>
      iam('ListEntitiesForPolicy', { PolicyArn, EntityFilter });
    expect(await only('Role')).toMatchObject({ PolicyGroups: [], PolicyRoles: [{}] });
    expect(await only('LocalManagedPolicy')).toMatchObject({
      PolicyGroups: [{}],
      PolicyRoles: [{}],
    });
    expect(
      await iam('ListEntitiesForPolicy', { PolicyArn, PolicyUsageFilter: 'PermissionsBoundary' }),
    ).toMatchObject({ PolicyGroups: [], PolicyUsers: [{ UserName: 'user-of-it' }] });
    expect(await iam('ListPolicies', { Scope: 'Local', OnlyAttached: true })).toMatchObject({
      Policies: [{ PolicyName: 'buckets' }],
    });
    expect(await iam('DeletePolicy', { PolicyArn })).toMatchObject({ code: 'DeleteConflict' });
    await iam('DetachGroupPolicy', { GroupName: 'group-of-it', PolicyArn });
    await iam('DetachRolePolicy', { RoleName: 'job', PolicyArn });
    await iam('DeleteUserPermissionsBoundary', { UserName: 'user-of-it' });
    await iam('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' });
    expect(await iam('DeletePolicy', { PolicyArn })).toEqual({});
    expect(await iam('GetPolicy', { PolicyArn })).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: `Policy ${PolicyArn} was not found.`,
    });
  });

  it('of AWS are there, those that can be stated', async () => {
    const { Policies } = await iam('ListPolicies', { Scope: 'AWS' });
    expect((Policies as object[]).length).toBe(9);
    const PolicyArn = aws('AmazonS3ReadOnlyAccess');
    expect(await iam('GetPolicy', { PolicyArn })).toMatchObject({
      Policy: { DefaultVersionId: 'v3', IsAttachable: true },
    });
    expect(await iam('GetPolicyVersion', { PolicyArn, VersionId: 'v3' })).toHaveProperty(
      'PolicyVersion.Document',
    );
    expect(await iam('GetPolicyVersion', { PolicyArn, VersionId: 'v1' })).toMatchObject({
      code: 'NoSuchEntity',
    });
  });
});

describe('what is carried and tagged', () => {
  it.each(['User', 'Group', 'Role'])('is put, read, listed and removed of a %s', async (word) => {
    const name = { [`${word}Name`]: 'carrier' };
    const more = word === 'Role' ? { AssumeRolePolicyDocument: emr } : {};
    await iam(`Create${word}`, { ...name, ...more });
    for (const PolicyName of ['b', 'a'])
      await iam(`Put${word}Policy`, { ...name, PolicyName, PolicyDocument: policy('s3:*') });
    expect(await iam(`List${word}Policies`, name)).toEqual({
      PolicyNames: ['a', 'b'],
      IsTruncated: false,
    });
    expect(await iam(`Get${word}Policy`, { ...name, PolicyName: 'a' })).toEqual({
      ...name,
      PolicyName: 'a',
      PolicyDocument: policy('s3:*'),
    });
    await iam(`Attach${word}Policy`, { ...name, PolicyArn: aws('AWSDenyAll') });
    expect(await iam(`ListAttached${word}Policies`, name)).toEqual({
      AttachedPolicies: [{ PolicyName: 'AWSDenyAll', PolicyArn: aws('AWSDenyAll') }],
      IsTruncated: false,
    });
    for (const PolicyName of ['a', 'b']) await iam(`Delete${word}Policy`, { ...name, PolicyName });
    await iam(`Detach${word}Policy`, { ...name, PolicyArn: aws('AWSDenyAll') });
    expect(await iam(`Delete${word}`, name)).toEqual({});
  });

  it('is tagged and untagged', async () => {
    const RoleName = 'untrusting';
    await iam('TagRole', { RoleName, Tags: [{ Key: 'Team', Value: 'a' }] });
    await iam('TagRole', {
      RoleName,
      Tags: [
        { Key: 'team', Value: 'b' },
        { Key: 'x', Value: '' },
      ],
    });
    expect(await iam('ListRoleTags', { RoleName })).toMatchObject({
      Tags: [
        { Key: 'team', Value: 'b' },
        { Key: 'x', Value: '' },
      ],
    });
    await iam('UntagRole', { RoleName, TagKeys: ['TEAM', 'x'] });
    expect(await iam('ListRoleTags', { RoleName })).toMatchObject({ Tags: [] });
  });
});

describe('access keys', () => {
  it('sign while they are active, and not a request longer', async () => {
    const keys = await makeUser('holder');
    await iam('AttachUserPolicy', { UserName: 'holder', PolicyArn: aws('AdministratorAccess') });
    const list = 'emr-serverless:ListApplications';
    const { accessKeyId: AccessKeyId } = keys;
    expect(await may(keys, list)).toBe(true);
    await iam('UpdateAccessKey', { UserName: 'holder', AccessKeyId, Status: 'Inactive' });
    expect(await may(keys, list)).toBe('The security token included in the request is invalid.');
    await iam('UpdateAccessKey', { UserName: 'holder', AccessKeyId, Status: 'Active' });
    expect(await may(keys, list)).toBe(true);
    expect(await iam('ListAccessKeys', {}, keys)).toMatchObject({
      AccessKeyMetadata: [{ UserName: 'holder', AccessKeyId, Status: 'Active' }],
    });
    expect(await iam('GetAccessKeyLastUsed', { AccessKeyId })).toMatchObject({
      UserName: 'holder',
      AccessKeyLastUsed: { ServiceName: 'iam', Region: 'us-east-1' },
    });
    await iam('DeleteAccessKey', { UserName: 'holder', AccessKeyId });
    expect(await may(keys, list)).toBe('The security token included in the request is invalid.');
    expect(await iam('GetAccessKeyLastUsed', { AccessKeyId })).toMatchObject({
      code: 'NoSuchEntity',
    });
  });

  it('are two at most, and nobody else’s to change', async () => {
    const keys = await makeUser('two-keys');
    await makeUser('other-keys');
    await iam('CreateAccessKey', { UserName: 'two-keys' });
    expect(await iam('CreateAccessKey', { UserName: 'two-keys' })).toMatchObject({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    });
    const AccessKeyId = keys.accessKeyId;
    expect(await iam('DeleteAccessKey', { UserName: 'other-keys', AccessKeyId })).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: `The Access Key with id ${AccessKeyId} cannot be found.`,
    });
    const unused = await makeUser('unused-key');
    expect(await iam('GetAccessKeyLastUsed', { AccessKeyId: unused.accessKeyId })).toMatchObject({
      AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
    });
  });

  it('of the root user are its own, but for the one the installation keeps', async () => {
    const { AccessKey } = (await iam('CreateAccessKey')) as {
      AccessKey: { AccessKeyId: string; SecretAccessKey: string };
    };
    const keys = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
    expect(await iam('GetUser', {}, keys)).toMatchObject({
      User: { Arn: `arn:aws:iam::${accountId}:root` },
    });
    expect(await iam('DeleteAccessKey', { AccessKeyId: root.accessKeyId })).toMatchObject({
      code: 'UnmodifiableEntity',
    });
    expect(await iam('DeleteAccessKey', { AccessKeyId: keys.accessKeyId })).toEqual({});
    expect(await iam('GetUser', {}, keys)).toMatchObject({ code: 'InvalidClientTokenId' });
  });

  it('leave no secret in plain, in tables or in the log', async () => {
    const keys = await makeUser('secret');
    const tables = ['access_key', 'iam_user', 'access'];
    const rows = await Promise.all(
      tables.map((table) => authorizer.orm.em.fork().execute(`select * from ${table}`)),
    );
    const events = await authorizer.orm.em
      .fork()
      .execute(`select data from log.read_stream('key-' || ?::text, 0)`, [keys.accessKeyId]);
    expect(events).toHaveLength(1);
    expect(JSON.stringify([rows, events])).not.toContain(keys.secretAccessKey);
  });
});

describe('permissions', () => {
  const list = 'emr-serverless:ListApplications';
  const denied =
    'User: arn:aws:iam::123456789012:user/worker is not authorized to perform: emr-serverless:ListApplications because no identity-based policy allows the emr-serverless:ListApplications action';

  it('are in force and gone with the answer that says so', async () => {
    const keys = await makeUser('worker');
    const UserName = 'worker';
    expect(await may(keys, list)).toBe(denied);
    const PolicyName = 'emr';
    await iam('PutUserPolicy', { UserName, PolicyName, PolicyDocument: policy(list) });
    expect(await may(keys, list)).toBe(true);
    await iam('DeleteUserPolicy', { UserName, PolicyName });
    expect(await may(keys, list)).toBe(denied);

    await iam('CreateGroup', { GroupName: 'workers' });
    await iam('CreatePolicy', { PolicyName: 'emr', PolicyDocument: policy(list) });
    const PolicyArn = own('policy', 'emr');
    await iam('AttachGroupPolicy', { GroupName: 'workers', PolicyArn });
    await iam('AddUserToGroup', { GroupName: 'workers', UserName });
    expect(await may(keys, list)).toBe(true);
    await iam('CreatePolicyVersion', {
      PolicyArn,
      PolicyDocument: policy('s3:*'),
      SetAsDefault: true,
    });
    expect(await may(keys, list)).toBe(denied);
    await iam('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' });
    expect(await may(keys, list)).toBe(true);

    await iam('PutUserPermissionsBoundary', {
      UserName,
      PermissionsBoundary: aws('AmazonS3FullAccess'),
    });
    expect(await may(keys, list)).toContain('because no permissions boundary allows');
    await iam('DeleteUserPermissionsBoundary', { UserName });
    await iam('AttachUserPolicy', { UserName, PolicyArn: aws('AWSDenyAll') });
    expect(await may(keys, list)).toContain('with an explicit deny in an identity-based policy');
    await iam('DetachUserPolicy', { UserName, PolicyArn: aws('AWSDenyAll') });
    await iam('RemoveUserFromGroup', { GroupName: 'workers', UserName });
    expect(await may(keys, list)).toBe(denied);
  });

  it('are those of the tables after a restart', async () => {
    const keys = await makeUser('patient');
    await iam('PutUserPolicy', {
      UserName: 'patient',
      PolicyName: 'p',
      PolicyDocument: policy(list),
    });
    await authorizer.restart();
    expect(await may(keys, list)).toBe(true);
  });

  it('let a user see itself and nobody else', async () => {
    const keys = await makeUser('narcissus', { Path: '/self/' });
    await iam('PutUserPolicy', {
      UserName: 'narcissus',
      PolicyName: 'self',
      PolicyDocument: policy('iam:*', `arn:aws:iam::*:user/self/\${aws:username}`),
    });
    expect(await iam('GetUser', {}, keys)).toMatchObject({ User: { UserName: 'narcissus' } });
    expect(await iam('GetUser', { UserName: 'worker' }, keys)).toEqual({
      code: 'AccessDenied',
      status: 403,
      message: `User: ${own('user', 'self/narcissus')} is not authorized to perform: iam:GetUser on resource: ${own('user', 'worker')} because no identity-based policy allows the iam:GetUser action`,
    });
    expect(await iam('CreateUser', { UserName: 'x', Path: '/self/' }, keys)).toMatchObject({
      code: 'AccessDenied',
    });
    const before = authorizer.recorded.length;
    await iam('ListUsers', {}, keys);
    expect(authorizer.recorded.slice(before)).toMatchObject([
      {
        action: 'iam:ListUsers',
        resource: own('user', ''),
        principal: own('user', 'self/narcissus'),
        accessKeyId: keys.accessKeyId,
        region: 'us-east-1',
        allowed: false,
        decidedBy: 'no identity-based policy',
      },
    ]);
  });

  it('depend on tags, of the request and of what it is about', async () => {
    const keys = await makeUser('tagger');
    const tagged = (key: string) => ({ Condition: { StringEquals: { [key]: 'mine' } } });
    await iam('PutUserPolicy', {
      UserName: 'tagger',
      PolicyName: 'tags',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'iam:CreateUser',
            Resource: '*',
            ...tagged('aws:RequestTag/of'),
          },
          {
            Effect: 'Allow',
            Action: 'iam:GetUser',
            Resource: '*',
            ...tagged('aws:ResourceTag/of'),
          },
          {
            Effect: 'Allow',
            Action: 'emr-serverless:GetApplication',
            Resource: '*',
            ...tagged('aws:ResourceTag/of'),
          },
        ],
      }),
    });
    const Tags = [{ Key: 'of', Value: 'mine' }];
    const refused = { code: 'AccessDenied' };
    expect(await iam('CreateUser', { UserName: 'a-tagged' }, keys)).toMatchObject(refused);
    expect(await iam('CreateUser', { UserName: 'a-tagged', Tags }, keys)).toHaveProperty('User');
    expect(await iam('GetUser', { UserName: 'a-tagged' }, keys)).toHaveProperty('User');
    expect(await iam('GetUser', { UserName: 'worker' }, keys)).toMatchObject(refused);

    const get = (resourceTags: object | null) =>
      authorizer.ask(signed(keys), {
        action: 'emr-serverless:GetApplication',
        resource: 'arn:aws:emr-serverless:us-east-1::/applications/00f1',
        resourceTags,
      });
    const before = authorizer.recorded.length;
    expect(await get(null)).toEqual({
      allowed: null,
      needs: 'resourceTags',
      accountId,
      principal: own('user', 'tagger'),
    });
    expect(authorizer.recorded).toHaveLength(before);
    expect(await get({ of: 'mine' })).toMatchObject({ allowed: true });
    expect(await get({})).toMatchObject({ allowed: false });
  });

  it('to pass a role are asked beside those to start a run', async () => {
    const keys = await makeUser('starter');
    const start = 'emr-serverless:StartJobRun';
    const passRole = { roleArn: own('role', 'job') };
    const put = (...statements: object[]) =>
      iam('PutUserPolicy', {
        UserName: 'starter',
        PolicyName: 'start',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
      });
    const starting = { Effect: 'Allow', Action: start, Resource: '*' };
    const passing = (service: string) => ({
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: own('role', 'job'),
      Condition: { StringLike: { 'iam:PassedToService': service } },
    });
    await put(starting);
    expect(await may(keys, start, { passRole })).toBe(
      `User: ${own('user', 'starter')} is not authorized to perform: iam:PassRole on resource: ${own('role', 'job')} because no identity-based policy allows the iam:PassRole action`,
    );
    await put(starting, passing('ec2.amazonaws.com'));
    expect(await may(keys, start, { passRole })).toContain('iam:PassRole');
    await put(starting, passing('emr-serverless.amazonaws.com'));
    expect(await may(keys, start, { passRole })).toBe(true);
    expect(authorizer.recorded.slice(-2)).toMatchObject([
      { action: start, allowed: true },
      { action: 'iam:PassRole', resource: own('role', 'job'), allowed: true },
    ]);
    expect(await may(keys, start, { passRole: { roleArn: own('role', 'untrusting') } })).toContain(
      'iam:PassRole',
    );
  });
});

describe('the simulator', () => {
  it('decides as requests are decided, and names the statements', async () => {
    await iam('CreateUser', { UserName: 'simulated' });
    await iam('PutUserPolicy', {
      UserName: 'simulated',
      PolicyName: 'own',
      PolicyDocument: policy('s3:GetObject', `arn:aws:s3:::b/\${aws:username}/*`),
    });
    const input = {
      PolicySourceArn: own('user', 'simulated'),
      ActionNames: ['s3:GetObject', 's3:PutObject'],
      ResourceArns: ['arn:aws:s3:::b/simulated/a'],
    };
    expect(await iam('SimulatePrincipalPolicy', input)).toMatchObject({
      EvaluationResults: [
        {
          EvalActionName: 's3:GetObject',
          EvalDecision: 'allowed',
          MatchedStatements: [{ SourcePolicyId: 'own', SourcePolicyType: 'user' }],
        },
        { EvalActionName: 's3:PutObject', EvalDecision: 'implicitDeny', MatchedStatements: [] },
      ],
      IsTruncated: false,
    });
    expect(
      await iam('SimulatePrincipalPolicy', { ...input, PolicySourceArn: own('user', 'absent') }),
    ).toMatchObject({ code: 'NoSuchEntity' });
    expect(
      await iam('SimulatePrincipalPolicy', { ...input, PolicySourceArn: own('policy', 'p') }),
    ).toMatchObject({ code: 'InvalidInput' });
    expect(await iam('GetContextKeysForPrincipalPolicy', input)).toEqual({
      ContextKeyNames: ['aws:username'],
    });
  });

  it('takes policies, limits and circumstances as they are given', async () => {
    const simulate = (more: object) =>
      iam('SimulateCustomPolicy', {
        PolicyInputList: [
          policy('s3:*', '*', { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }),
        ],
        ActionNames: ['s3:GetObject'],
        ...more,
      });
    const from = (...ContextKeyValues: string[]) => ({
      ContextEntries: [{ ContextKeyName: 'aws:SourceIp', ContextKeyValues, ContextKeyType: 'ip' }],
    });
    expect(await simulate({})).toMatchObject({
      EvaluationResults: [{ EvalDecision: 'implicitDeny', MissingContextValues: ['aws:SourceIp'] }],
    });
    expect(await simulate(from('10.1.2.3'))).toMatchObject({
      EvaluationResults: [
        {
          EvalDecision: 'allowed',
          MatchedStatements: [{ SourcePolicyId: 'PolicyInputList.1', SourcePolicyType: 'none' }],
        },
      ],
    });
    const limited = { PermissionsBoundaryPolicyInputList: [policy('iam:*')] };
    expect(await simulate({ ...from('10.1.2.3'), ...limited })).toMatchObject({
      EvaluationResults: [
        {
          EvalDecision: 'implicitDeny',
          PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
        },
      ],
    });
    expect(await simulate({ PolicyInputList: ['{'] })).toMatchObject({ code: 'InvalidInput' });
  });
});

describe('the service-linked role', () => {
  const AWSServiceName = 'ops.emr-serverless.amazonaws.com';
  const RoleName = 'AWSServiceRoleForAmazonEMRServerless';
  const Arn = own('role', `aws-service-role/${AWSServiceName}/${RoleName}`);

  it('is made once, changed by nobody, and deleted as a task', async () => {
    expect(await iam('CreateServiceLinkedRole', { AWSServiceName })).toMatchObject({
      Role: { RoleName, Arn, Path: `/aws-service-role/${AWSServiceName}/` },
    });
    expect(await iam('CreateServiceLinkedRole', { AWSServiceName })).toEqual({
      code: 'InvalidInput',
      status: 400,
      message: `Service role name ${RoleName} has been taken in this account, please try a different suffix.`,
    });
    expect(await iam('ListAttachedRolePolicies', { RoleName })).toMatchObject({
      AttachedPolicies: [{ PolicyName: 'AmazonEMRServerlessServiceRolePolicy' }],
    });
    const protectedRole = {
      code: 'UnmodifiableEntity',
      status: 400,
      message: `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`,
    };
    for (const [operation, input] of [
      ['DeleteRole', {}],
      ['AttachRolePolicy', { PolicyArn: aws('AdministratorAccess') }],
      ['PutRolePolicy', { PolicyName: 'p', PolicyDocument: policy('s3:*') }],
      ['UpdateAssumeRolePolicy', { PolicyDocument: emr }],
      ['PutRolePermissionsBoundary', { PermissionsBoundary: aws('AdministratorAccess') }],
    ] as const)
      expect(await iam(operation, { RoleName, ...input })).toEqual(protectedRole);
    expect(await iam('UpdateRole', { RoleName, Description: 'ours' })).toEqual({});
    const { DeletionTaskId } = await iam('DeleteServiceLinkedRole', { RoleName });
    expect(DeletionTaskId).toMatch(
      /^task\/aws-service-role\/ops\.emr-serverless\.amazonaws\.com\/AWSServiceRoleForAmazonEMRServerless\/[0-9a-f-]{36}$/,
    );
    expect(await iam('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId })).toEqual({
      Status: 'SUCCEEDED',
    });
    expect(await iam('GetRole', { RoleName })).toMatchObject({ code: 'NoSuchEntity' });
  });

  it.each<[string, string, object, string]>([
    [
      'of another service',
      'CreateServiceLinkedRole',
      { AWSServiceName: 'spot.amazonaws.com' },
      'InvalidInput',
    ],
    [
      'with a suffix',
      'CreateServiceLinkedRole',
      { AWSServiceName, CustomSuffix: 'x' },
      'InvalidInput',
    ],
    ['that is none', 'DeleteServiceLinkedRole', { RoleName: 'job' }, 'NoSuchEntity'],
    [
      'of no task',
      'GetServiceLinkedRoleDeletionStatus',
      { DeletionTaskId: 'task/x' },
      'NoSuchEntity',
    ],
    [
      'of a task that was never given',
      'GetServiceLinkedRoleDeletionStatus',
      {
        DeletionTaskId: `task/aws-service-role/${AWSServiceName}/${RoleName}/00000000-0000-4000-8000-000000000000`,
      },
      'NoSuchEntity',
    ],
    [
      'made by hand',
      'CreateRole',
      { RoleName: 'x', Path: '/aws-service-role/x/', AssumeRolePolicyDocument: emr },
      'ValidationError',
    ],
    [
      'and its policy, attached to another',
      'AttachRolePolicy',
      { RoleName: 'job', PolicyArn: aws('aws-service-role/AmazonEMRServerlessServiceRolePolicy') },
      'PolicyNotAttachable',
    ],
  ])('is refused: one %s', async (_what, operation, input, code) => {
    expect(await iam(operation, input)).toMatchObject({ code });
  });
});

it('tells all of an account at once, in pages, by kind', async () => {
  await iam('CreateGroup', { GroupName: 'told-group' });
  await iam('CreateUser', { UserName: 'told', Tags: [{ Key: 'a', Value: 'b' }] });
  await iam('AddUserToGroup', { UserName: 'told', GroupName: 'told-group' });
  await iam('PutUserPolicy', {
    UserName: 'told',
    PolicyName: 'p',
    PolicyDocument: policy('s3:*'),
  });
  await iam('AttachUserPolicy', { UserName: 'told', PolicyArn: aws('ReadOnlyAccess') });
  const { UserDetailList, RoleDetailList } = await iam('GetAccountAuthorizationDetails', {
    Filter: ['User'],
  });
  expect(RoleDetailList).toEqual([]);
  expect(UserDetailList).toContainEqual(
    expect.objectContaining({
      UserName: 'told',
      Tags: [{ Key: 'a', Value: 'b' }],
      GroupList: ['told-group'],
      UserPolicyList: [{ PolicyName: 'p', PolicyDocument: policy('s3:*') }],
      AttachedManagedPolicies: [{ PolicyName: 'ReadOnlyAccess', PolicyArn: aws('ReadOnlyAccess') }],
    }),
  );
  const whole = await iam('GetAccountAuthorizationDetails', { MaxItems: 1_000 });
  const lists = ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'];
  const paged: Record<string, object[]> = Object.fromEntries(lists.map((list) => [list, []]));
  let Marker: unknown;
  do {
    const page = await iam('GetAccountAuthorizationDetails', {
      MaxItems: 4,
      ...(Marker === undefined ? {} : { Marker }),
    });
    for (const list of lists) paged[list]?.push(...(page[list] as object[]));
    Marker = page['Marker'];
  } while (Marker !== undefined);
  expect(paged).toEqual(Object.fromEntries(lists.map((list) => [list, whole[list]])));
  expect(whole['RoleDetailList']).toContainEqual(
    expect.objectContaining({ RoleName: 'job', RolePolicyList: [expect.anything()] }),
  );
});

describe('instance profiles', () => {
  const InstanceProfileName = 'Web';
  const Arn = own('instance-profile', 'fleet/Web');
  const profile = (operation: string, input: object = {}) =>
    iam(operation, { InstanceProfileName, ...input });

  it('hand out one role, which stays as long', async () => {
    const RoleName = 'handed-out';
    await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: emr });
    const Tags = [{ Key: 'team', Value: 'web' }];
    expect(await profile('CreateInstanceProfile', { Path: '/fleet/', Tags })).toEqual({
      InstanceProfile: {
        Path: '/fleet/',
        InstanceProfileName,
        InstanceProfileId: expect.stringMatching(/^AIPA[A-Z2-7]{17}$/),
        Arn,
        CreateDate: noon.getTime() / 1_000,
        Roles: [],
        Tags,
      },
    });
    expect(await iam('CreateInstanceProfile', { InstanceProfileName: 'WEB' })).toEqual({
      code: 'EntityAlreadyExists',
      status: 409,
      message: 'Instance Profile WEB already exists.',
    });
    await profile('AddRoleToInstanceProfile', { RoleName });
    expect(await profile('AddRoleToInstanceProfile', { RoleName })).toMatchObject({
      code: 'LimitExceeded',
    });
    const shown = { InstanceProfileName, Arn, Roles: [{ RoleName }] };
    expect(await profile('GetInstanceProfile')).toMatchObject({ InstanceProfile: shown });
    expect(await iam('ListInstanceProfiles', { PathPrefix: '/fleet/' })).toMatchObject({
      InstanceProfiles: [shown],
      IsTruncated: false,
    });
    expect(await iam('ListInstanceProfilesForRole', { RoleName })).toMatchObject({
      InstanceProfiles: [shown],
    });
    const { RoleDetailList } = await iam('GetAccountAuthorizationDetails', { Filter: ['Role'] });
    expect(RoleDetailList).toContainEqual(
      expect.objectContaining({
        RoleName,
        InstanceProfileList: [expect.objectContaining({ Arn })],
      }),
    );
    const conflict = {
      code: 'DeleteConflict',
      status: 409,
      message: 'Cannot delete entity, must remove roles from instance profile first.',
    };
    expect(await iam('DeleteRole', { RoleName })).toEqual(conflict);
    expect(await profile('DeleteInstanceProfile')).toEqual(conflict);
    await profile('RemoveRoleFromInstanceProfile', { RoleName });
    expect(await iam('DeleteRole', { RoleName })).toEqual({});
    expect(await profile('DeleteInstanceProfile')).toEqual({});
    expect(await profile('GetInstanceProfile')).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: `Instance Profile ${InstanceProfileName} cannot be found.`,
    });
  });

  it('are tagged, and their tags decide', async () => {
    await profile('CreateInstanceProfile');
    await profile('TagInstanceProfile', { Tags: [{ Key: 'team', Value: 'data' }] });
    await profile('TagInstanceProfile', { Tags: [{ Key: 'cost', Value: '7' }] });
    await profile('UntagInstanceProfile', { TagKeys: ['cost'] });
    expect(await profile('ListInstanceProfileTags')).toEqual({
      Tags: [{ Key: 'team', Value: 'data' }],
      IsTruncated: false,
    });
    const keys = await makeUser('by-team');
    const limited = policy('iam:GetInstanceProfile', '*', {
      Condition: { StringEquals: { 'aws:ResourceTag/team': 'web' } },
    });
    const get = () => iam('GetInstanceProfile', { InstanceProfileName }, keys);
    await iam('PutUserPolicy', { UserName: 'by-team', PolicyName: 'p', PolicyDocument: limited });
    expect(await get()).toMatchObject({ code: 'AccessDenied' });
    await profile('TagInstanceProfile', { Tags: [{ Key: 'team', Value: 'web' }] });
    expect(await get()).toHaveProperty('InstanceProfile');
  });

  it('are given a role by who may pass it', async () => {
    const keys = await makeUser('passer');
    const add = () =>
      iam('AddRoleToInstanceProfile', { InstanceProfileName, RoleName: 'job' }, keys);
    const may = (PolicyDocument: string) =>
      iam('PutUserPolicy', { UserName: 'passer', PolicyName: 'p', PolicyDocument });
    await may(policy('iam:AddRoleToInstanceProfile'));
    expect(await add()).toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining('iam:PassRole'),
    });
    await may(policy(['iam:AddRoleToInstanceProfile', 'iam:PassRole']));
    expect(await add()).toEqual({});
    await profile('RemoveRoleFromInstanceProfile', { RoleName: 'job' });
    await profile('DeleteInstanceProfile');
  });
});

describe('an account', () => {
  it('sums itself up', async () => {
    const { SummaryMap } = await iam('GetAccountSummary');
    expect(SummaryMap).toMatchObject({
      UsersQuota: 5_000,
      AccessKeysPerUserQuota: 2,
      InstanceProfiles: 0,
      AssumeRolePolicySizeQuota: 2_048,
    });
  });

  it('has one alias, and no other account’s', async () => {
    const aliases = () => iam('ListAccountAliases');
    const alias = (operation: string, AccountAlias: string, keys = root) =>
      iam(operation, { AccountAlias }, keys);
    expect(await aliases()).toEqual({ AccountAliases: [], IsTruncated: false });
    await alias('CreateAccountAlias', 'research');
    await alias('CreateAccountAlias', 'data-team');
    expect(await aliases()).toMatchObject({ AccountAliases: ['data-team'] });
    expect(await alias('DeleteAccountAlias', 'research')).toMatchObject({ code: 'NoSuchEntity' });
    const { body: other } = await authorizer.post('/v1/accounts', {}, 'operator').expect(200);
    expect(await alias('CreateAccountAlias', 'data-team', other)).toEqual({
      code: 'EntityAlreadyExists',
      status: 409,
      message: 'The account alias data-team already exists.',
    });
    expect(await iam('ListAccountAliases', {}, other)).toMatchObject({ AccountAliases: [] });
    await alias('DeleteAccountAlias', 'data-team');
    expect(await aliases()).toMatchObject({ AccountAliases: [] });
    expect(await alias('CreateAccountAlias', 'data-team', other)).toEqual({});
  });

  it('has a password policy when it was given one, as a whole', async () => {
    const get = () => iam('GetAccountPasswordPolicy');
    const none = {
      code: 'NoSuchEntity',
      status: 404,
      message: `The Password Policy with domain name ${accountId} cannot be found.`,
    };
    expect(await get()).toEqual(none);
    await iam('UpdateAccountPasswordPolicy', {
      MinimumPasswordLength: 12,
      MaxPasswordAge: 90,
      PasswordReusePrevention: 5,
    });
    expect(await get()).toMatchObject({
      PasswordPolicy: { ExpirePasswords: true, MaxPasswordAge: 90, PasswordReusePrevention: 5 },
    });
    await iam('UpdateAccountPasswordPolicy', { RequireNumbers: true });
    expect(await get()).toEqual({
      PasswordPolicy: {
        MinimumPasswordLength: 6,
        RequireSymbols: false,
        RequireNumbers: true,
        RequireUppercaseCharacters: false,
        RequireLowercaseCharacters: false,
        AllowUsersToChangePassword: false,
        ExpirePasswords: false,
        HardExpiry: false,
      },
    });
    await iam('DeleteAccountPasswordPolicy');
    expect(await get()).toEqual(none);
    expect(await iam('DeleteAccountPasswordPolicy')).toMatchObject({ code: 'NoSuchEntity' });
  });
});

it.each([
  ['ListMFADevices', 'MFADevices'],
  ['ListSSHPublicKeys', 'SSHPublicKeys'],
  ['ListSigningCertificates', 'Certificates'],
  ['ListServiceSpecificCredentials', 'ServiceSpecificCredentials'],
])('finds nothing for %s, and writes down who asked', async (operation, member) => {
  const UserName = `asked-${operation}`;
  await iam('CreateUser', { UserName });
  expect(await iam(operation, { UserName })).toMatchObject({ [member]: [] });
  expect(authorizer.recorded.at(-1)).toMatchObject({
    action: `iam:${operation}`,
    resource: own('user', UserName),
    allowed: true,
  });
});

it.each([
  'ListMFADevices',
  'ListSSHPublicKeys',
  'ListSigningCertificates',
  'ListServiceSpecificCredentials',
  'GetLoginProfile',
  'DeleteLoginProfile',
])('says of %s first that there is no such user', async (operation) => {
  expect(await iam(operation, { UserName: 'nobody' })).toMatchObject({
    code: 'NoSuchEntity',
    message: 'The user with name nobody cannot be found.',
  });
});

describe('policies that grant access to a service', () => {
  const listing = async (Arn: string, ...ServiceNamespaces: string[]): Promise<unknown> =>
    (await iam('ListPoliciesGrantingServiceAccess', { Arn, ServiceNamespaces }))[
      'PoliciesGrantingServiceAccess'
    ];
  const managed = (PolicyName: string) => ({
    PolicyName,
    PolicyArn: aws(PolicyName),
    PolicyType: 'MANAGED',
  });

  it('are those of a user and its groups, each once, whatever else denies', async () => {
    const [UserName, GroupName] = ['granted', 'granting'];
    await iam('CreateUser', { UserName });
    await iam('CreateGroup', { GroupName });
    await iam('AddUserToGroup', { UserName, GroupName });
    const PolicyArn = aws('AmazonS3ReadOnlyAccess');
    await iam('AttachUserPolicy', { UserName, PolicyArn });
    await iam('AttachGroupPolicy', { GroupName, PolicyArn });
    await iam('PutUserPolicy', {
      UserName,
      PolicyName: 'own',
      PolicyDocument: policy('emr-serverless:*'),
    });
    await iam('PutUserPolicy', {
      UserName,
      PolicyName: 'no',
      PolicyDocument: policy('s3:*', '*', { Effect: 'Deny' }),
    });
    await iam('PutGroupPolicy', { GroupName, PolicyName: 'all', PolicyDocument: policy('*') });
    const all = {
      PolicyName: 'all',
      PolicyType: 'INLINE',
      EntityType: 'GROUP',
      EntityName: GroupName,
    };
    expect(await listing(own('user', UserName), 's3', 'emr-serverless', 'EC2')).toEqual([
      { ServiceNamespace: 's3', Policies: [all, managed('AmazonS3ReadOnlyAccess')] },
      {
        ServiceNamespace: 'emr-serverless',
        Policies: [
          { PolicyName: 'own', PolicyType: 'INLINE', EntityType: 'USER', EntityName: UserName },
          all,
        ],
      },
      { ServiceNamespace: 'EC2', Policies: [all] },
    ]);
    expect(await listing(own('group', GroupName), 'ec2')).toEqual([
      { ServiceNamespace: 'ec2', Policies: [all] },
    ]);
  });

  it('are those of a role', async () => {
    expect(await listing(own('role', 'job'), 's3', 'iam')).toEqual([
      {
        ServiceNamespace: 's3',
        Policies: [
          { PolicyName: 'work', PolicyType: 'INLINE', EntityType: 'ROLE', EntityName: 'job' },
        ],
      },
      { ServiceNamespace: 'iam', Policies: [] },
    ]);
    const ServiceNamespaces = ['s3'];
    const ask = (Arn: string) =>
      iam('ListPoliciesGrantingServiceAccess', { Arn, ServiceNamespaces });
    expect(await ask(own('role', 'absent'))).toMatchObject({ code: 'NoSuchEntity' });
    expect(await ask(own('policy', 'p'))).toMatchObject({ code: 'InvalidInput' });
  });
});

describe('a report of credentials', () => {
  const hours = (count: number) => () => new Date(noon.getTime() + count * 3_600_000);
  afterEach(() => authorizer.setClock(() => noon));

  it('is there for four hours once it was asked for', async () => {
    expect(await iam('GetCredentialReport')).toMatchObject({
      code: 'ReportNotPresent',
      status: 410,
    });
    expect(await iam('GenerateCredentialReport')).toMatchObject({ State: 'STARTED' });
    expect(await iam('GenerateCredentialReport')).toEqual({ State: 'COMPLETE' });
    authorizer.setClock(hours(4));
    expect(await iam('GetCredentialReport')).toMatchObject({ code: 'ReportExpired', status: 410 });
    expect(await iam('GenerateCredentialReport')).toMatchObject({ State: 'STARTED' });
    expect(await iam('GetCredentialReport')).toMatchObject({
      ReportFormat: 'text/csv',
      GeneratedTime: hours(4)().getTime() / 1_000,
    });
    authorizer.setClock(hours(8));
    await iam('GenerateCredentialReport');
  });

  it('has a row for the root user and each user, with passwords and keys', async () => {
    authorizer.setClock(hours(9));
    const keys = await makeUser('reported');
    await iam('CreateLoginProfile', { UserName: 'reported', Password: 'a password' });
    const second = (await iam('CreateAccessKey', { UserName: 'reported' }))['AccessKey'];
    const { AccessKeyId } = second as { AccessKeyId: string };
    await iam('UpdateAccessKey', { UserName: 'reported', AccessKeyId, Status: 'Inactive' });
    await iam('CreateUser', { UserName: 'a,b' });
    await iam('UpdateAccountPasswordPolicy', { MaxPasswordAge: 2 });
    await iam('GetUser', {}, keys);
    await authorizer.get('/v1/access?limit=1', 'operator').expect(200);
    const { Content } = (await iam('GetCredentialReport')) as { Content: string };
    const [header, ...rows] = Buffer.from(Content, 'base64').toString('utf8').split('\n');
    expect(header).toBe(
      'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated',
    );
    const at = '2026-03-01T21:00:00+00:00';
    const used = `${at},us-east-1,iam`;
    expect(rows[0]).toBe(
      `<root_account>,arn:aws:iam::${accountId}:root,2026-03-01T12:00:00+00:00,not_supported,no_information,not_supported,not_supported,false,true,N/A,${at},us-east-1,iam,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A`,
    );
    const [one, other] = [used, 'N/A,N/A,N/A'];
    const active = `true,${at},${one},false,${at},${other}`;
    const inactive = `false,${at},${other},true,${at},${one}`;
    const reported = (shown: string): string =>
      `reported,${own('user', 'reported')},${at},true,no_information,${at},2026-03-03T21:00:00+00:00,false,${shown},false,N/A,false,N/A`;
    // Keys of one time come in the order of their ids.
    expect(rows).toContain(reported(keys.accessKeyId < AccessKeyId ? active : inactive));
    expect(rows).toContain(
      `"a,b","${own('user', 'a,b')}",${at},false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A`,
    );
    await iam('DeleteAccountPasswordPolicy');
  });

  it('does not know when the account began once that has left for segments', async () => {
    const { adminUrl } = authorizer.database;
    const admin = await openDatabase({ url: adminUrl, entities: [], migrations: [] });
    const stream = `principal-${accountId}.root`;
    await admin.em.execute('insert into log.archived_stream values (?, 1)', [stream]);
    await iam('GenerateCredentialReport');
    const { Content } = (await iam('GetCredentialReport')) as { Content: string };
    await admin.em.execute('delete from log.archived_stream where stream = ?', [stream]);
    await admin.close();
    const [, rootRow] = Buffer.from(Content, 'base64').toString('utf8').split('\n');
    expect(rootRow).toContain(`:root,N/A,not_supported`);
  });
});

it('keeps who caused a change with its event', async () => {
  await iam('CreateUser', { UserName: 'caused' });
  const { User } = (await iam('GetUser', { UserName: 'caused' })) as { User: { UserId: string } };
  const events = await authorizer.orm.em
    .fork()
    .execute('select type, meta from log.read_stream(?, 0)', [`user-${User.UserId}`]);
  expect(events).toEqual([
    {
      type: 'UserCreated',
      meta: { principal: `arn:aws:iam::${accountId}:root`, requestId: 'request' },
    },
  ]);
});

it('answers the gateway alone', async () => {
  await authorizer.post('/v1/query', {}, 'worker-agent').expect(403);
});
