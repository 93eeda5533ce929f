/** Users, groups, their keys and what they carry, on PostgreSQL, as the gateway asks for them. */
import {
  type AuthorizerUnderTest,
  accountId,
  noon,
  root,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { aws, emr, iamAccount, own, policy } from '../test/iam-account.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());
const { iam, makeUser, may } = iamAccount(() => authorizer);

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
