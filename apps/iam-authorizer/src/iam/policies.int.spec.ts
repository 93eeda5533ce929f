/** Managed policies on PostgreSQL, and who is granted what by them. */
import { type AuthorizerUnderTest, startAuthorizer } from '../test/authorizer-under-test.ts';
import { aws, iamAccount, own, policy } from '../test/iam-account.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());
const { iam } = iamAccount(() => authorizer);

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
