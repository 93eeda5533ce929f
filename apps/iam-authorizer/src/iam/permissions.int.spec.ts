/** What IAM’s changes mean for requests, and what the simulator says of them. */
import {
  type AuthorizerUnderTest,
  accountId,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { aws, iamAccount, own, policy } from '../test/iam-account.ts';
import { signed } from '../test/signing.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());
const { iam, makeUser, may } = iamAccount(() => authorizer);

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
