/** Roles, instance profiles and the service-linked role on PostgreSQL, as the gateway asks for them. */
import {
  type AuthorizerUnderTest,
  accountId,
  noon,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { aws, emr, iamAccount, own, policy, trust } from '../test/iam-account.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());
const { iam, makeUser } = iamAccount(() => authorizer);

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
