/** What IAM tells of a whole account, on PostgreSQL. */
import { openDatabase } from '@firesteel/event-store/database';
import {
  type AuthorizerUnderTest,
  accountId,
  noon,
  root,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { aws, iamAccount, own, policy } from '../test/iam-account.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());
const { iam, makeUser } = iamAccount(() => authorizer);

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
