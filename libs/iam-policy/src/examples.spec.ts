/**
 * The examples of the IAM user guide (`reference_policies_examples_*`, here without that prefix, and
 * other pages by their names) and of the EMR Serverless user guide (security-iam-*), each asked what its
 * page says of it.
 */
import type { Decision } from './evaluate.ts';
import type { Principal } from './request.ts';
import {
  accountId,
  type Context,
  outcome,
  request,
  roleSession,
  type StatementText,
  tagged,
  user,
} from './test/cases.ts';

const yes = 'allowed';
const no = 'implicitDeny';
const denied = 'explicitDeny';

/** Action, resource, context, who asks (Alice, unless it says). */
type Asked = [string, string, Context?, Principal?];
/** What is asked, in words; what becomes of it; the request. */
type Question = readonly [string, Decision['reason'], Asked];
type Statements = StatementText | readonly StatementText[];

const examples: { page: string; statements: Statements; questions: readonly Question[] }[] = [];

const example = (page: string, statements: Statements, ...questions: Question[]): void => {
  examples.push({ page, statements, questions });
};

const allow = (Action: unknown, Resource: unknown = '*', Condition?: unknown): StatementText => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});
const deny = (more: StatementText): StatementText => ({ Effect: 'Deny', Resource: '*', ...more });

const me = `arn:aws:iam::*:user/\${aws:username}`;
const iamUser = (name: string): string => `arn:aws:iam::${accountId}:user/${name}`;
const instance = 'arn:aws:ec2:us-east-1:123456789012:instance/i-1';
const volume = 'arn:aws:ec2:us-east-1:123456789012:volume/vol-1';

example(
  'aws-dates',
  allow('service-prefix:action-name', '*', {
    DateGreaterThan: { 'aws:CurrentTime': '2020-04-01T00:00:00Z' },
    DateLessThan: { 'aws:CurrentTime': '2020-06-30T23:59:59Z' },
  }),
  [
    'between',
    yes,
    ['service-prefix:action-name', '*', { 'aws:CurrentTime': '2020-05-01T00:00:00Z' }],
  ],
  [
    'before',
    no,
    ['service-prefix:action-name', '*', { 'aws:CurrentTime': '2020-03-31T23:59:59Z' }],
  ],
  ['after', no, ['service-prefix:action-name', '*', { 'aws:CurrentTime': '2020-07-01T00:00:00Z' }]],
);

example(
  'aws-enable-disable-regions',
  [
    allow(['account:EnableRegion', 'account:DisableRegion'], '*', {
      StringEquals: { 'account:TargetRegion': 'ap-east-1' },
    }),
    allow('account:ListRegions'),
  ],
  ['the region', yes, ['account:EnableRegion', '*', { 'account:TargetRegion': 'ap-east-1' }]],
  ['another region', no, ['account:EnableRegion', '*', { 'account:TargetRegion': 'me-south-1' }]],
  ['the list', yes, ['account:ListRegions', '*']],
);

example(
  'aws_deny-ip',
  [
    allow('*'),
    deny({
      Action: '*',
      Condition: {
        NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] },
        Bool: { 'aws:ViaAWSService': 'false' },
      },
    }),
  ],
  [
    'from inside',
    yes,
    ['s3:GetObject', '*', { 'aws:SourceIp': '203.0.113.9', 'aws:ViaAWSService': 'false' }],
  ],
  [
    'from outside',
    denied,
    ['s3:GetObject', '*', { 'aws:SourceIp': '198.51.100.1', 'aws:ViaAWSService': 'false' }],
  ],
  [
    'from outside, by a service',
    yes,
    ['s3:GetObject', '*', { 'aws:SourceIp': '198.51.100.1', 'aws:ViaAWSService': 'true' }],
  ],
  ['from nowhere', denied, ['s3:GetObject', '*', { 'aws:ViaAWSService': 'false' }]],
);

example(
  'aws_deny-requested-region',
  [
    allow('*'),
    deny({
      NotAction: ['cloudfront:*', 'iam:*', 'route53:*', 'support:*'],
      Condition: {
        StringNotEquals: {
          'aws:RequestedRegion': ['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
        },
      },
    }),
  ],
  ['inside', yes, ['ec2:RunInstances', '*', { 'aws:RequestedRegion': 'eu-west-2' }]],
  ['outside', denied, ['ec2:RunInstances', '*', { 'aws:RequestedRegion': 'us-east-1' }]],
  ['a global service', yes, ['iam:CreateUser', '*', { 'aws:RequestedRegion': 'us-east-1' }]],
);

example(
  'aws_mfa-dates',
  allow(['service-prefix-1:*', 'service-prefix-2:action-name-a'], '*', {
    Bool: { 'aws:MultiFactorAuthPresent': true },
    DateGreaterThan: { 'aws:CurrentTime': '2017-07-01T00:00:00Z' },
    DateLessThan: { 'aws:CurrentTime': '2017-12-31T23:59:59Z' },
  }),
  [
    'both',
    yes,
    [
      'service-prefix-1:x',
      '*',
      { 'aws:MultiFactorAuthPresent': 'true', 'aws:CurrentTime': '2017-08-01T00:00:00Z' },
    ],
  ],
  [
    'without MFA',
    no,
    [
      'service-prefix-1:x',
      '*',
      { 'aws:MultiFactorAuthPresent': 'false', 'aws:CurrentTime': '2017-08-01T00:00:00Z' },
    ],
  ],
  [
    'with long-term keys',
    no,
    ['service-prefix-1:x', '*', { 'aws:CurrentTime': '2017-08-01T00:00:00Z' }],
  ],
  [
    'another action',
    no,
    [
      'service-prefix-2:action-name-b',
      '*',
      { 'aws:MultiFactorAuthPresent': 'true', 'aws:CurrentTime': '2017-08-01T00:00:00Z' },
    ],
  ],
);

example(
  'aws_my-sec-creds-self-manage-mfa-only',
  [
    allow('iam:ListVirtualMFADevices'),
    allow('iam:CreateVirtualMFADevice', 'arn:aws:iam::*:mfa/*'),
    allow(['iam:EnableMFADevice', 'iam:GetUser'], me),
    allow('s3:*'),
    deny({
      NotAction: [
        'iam:CreateVirtualMFADevice',
        'iam:EnableMFADevice',
        'iam:GetUser',
        'iam:ListVirtualMFADevices',
        'sts:GetSessionToken',
      ],
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    }),
  ],
  [
    'one’s own device without MFA',
    yes,
    ['iam:EnableMFADevice', iamUser('alice'), { 'aws:MultiFactorAuthPresent': 'false' }],
  ],
  [
    'somebody else’s',
    no,
    ['iam:EnableMFADevice', iamUser('bob'), { 'aws:MultiFactorAuthPresent': 'false' }],
  ],
  [
    'something else without MFA',
    denied,
    ['s3:GetObject', '*', { 'aws:MultiFactorAuthPresent': 'false' }],
  ],
  ['something else with long-term keys', denied, ['s3:GetObject', '*', {}]],
  ['something else with MFA', yes, ['s3:GetObject', '*', { 'aws:MultiFactorAuthPresent': 'true' }]],
);

example(
  'datapipeline_not-owned',
  [
    allow('datapipeline:*'),
    deny({
      Action: 'datapipeline:DeletePipeline',
      Condition: { StringNotEquals: { 'datapipeline:PipelineCreator': `\${aws:userid}` } },
    }),
  ],
  [
    'the owner',
    yes,
    ['datapipeline:DeletePipeline', '*', { 'datapipeline:PipelineCreator': 'AIDAEXAMPLE' }],
  ],
  [
    'another',
    denied,
    ['datapipeline:DeletePipeline', '*', { 'datapipeline:PipelineCreator': 'AIDAOTHER' }],
  ],
  ['a pipeline without an owner', denied, ['datapipeline:DeletePipeline', '*', {}]],
);

const table = 'arn:aws:dynamodb:us-east-1:123456789012:table/table-name';
example(
  'dynamodb_attributes',
  allow(['dynamodb:GetItem', 'dynamodb:Query'], 'arn:aws:dynamodb:*:*:table/table-name', {
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['column-name-1', 'column-name-2'] },
    StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
  }),
  ['the columns', yes, ['dynamodb:GetItem', table, { 'dynamodb:Attributes': ['column-name-2'] }]],
  [
    'another column',
    no,
    ['dynamodb:GetItem', table, { 'dynamodb:Attributes': ['column-name-2', 'column-name-9'] }],
  ],
  [
    'a query that says so',
    yes,
    [
      'dynamodb:Query',
      table,
      { 'dynamodb:Attributes': ['column-name-1'], 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    ],
  ],
  [
    'a query for all',
    no,
    [
      'dynamodb:Query',
      table,
      { 'dynamodb:Attributes': ['column-name-1'], 'dynamodb:Select': 'ALL_ATTRIBUTES' },
    ],
  ],
);

example(
  'dynamodb_items',
  allow('dynamodb:GetItem', 'arn:aws:dynamodb:*:*:table/table-name', {
    'ForAllValues:StringEquals': {
      'dynamodb:LeadingKeys': [`\${cognito-identity.amazonaws.com:sub}`],
    },
  }),
  [
    'one’s own items',
    yes,
    [
      'dynamodb:GetItem',
      table,
      {
        'dynamodb:LeadingKeys': ['us-east-1:me'],
        'cognito-identity.amazonaws.com:sub': 'us-east-1:me',
      },
    ],
  ],
  [
    'others’ items',
    no,
    [
      'dynamodb:GetItem',
      table,
      {
        'dynamodb:LeadingKeys': ['us-east-1:you'],
        'cognito-identity.amazonaws.com:sub': 'us-east-1:me',
      },
    ],
  ],
  [
    'without an identity',
    no,
    ['dynamodb:GetItem', table, { 'dynamodb:LeadingKeys': ['us-east-1:you'] }],
  ],
);

example(
  'dynamodb_specific-table',
  [
    allow(['dynamodb:List*', 'dynamodb:DescribeLimits']),
    allow(
      ['dynamodb:Get*', 'dynamodb:Delete*', 'dynamodb:PutItem'],
      'arn:aws:dynamodb:*:*:table/MyTable',
    ),
  ],
  ['lists', yes, ['dynamodb:ListTables', '*']],
  ['the table', yes, ['dynamodb:DeleteItem', 'arn:aws:dynamodb:us-east-1:1:table/MyTable']],
  ['another table', no, ['dynamodb:DeleteItem', 'arn:aws:dynamodb:us-east-1:1:table/MyTable2']],
);

example(
  'ec2-start-stop-match-tags',
  allow(['ec2:startInstances', 'ec2:stopInstances'], '*', {
    StringEquals: { 'aws:ResourceTag/CostCenter': `\${aws:PrincipalTag/CostCenter}` },
  }),
  [
    'the same cost center',
    yes,
    [
      'ec2:StartInstances',
      instance,
      { 'aws:ResourceTag/CostCenter': '0117' },
      tagged(user(), { CostCenter: '0117' }),
    ],
  ],
  [
    'another',
    no,
    [
      'ec2:StartInstances',
      instance,
      { 'aws:ResourceTag/CostCenter': '0118' },
      tagged(user(), { CostCenter: '0117' }),
    ],
  ],
  [
    'a user without one',
    no,
    ['ec2:StartInstances', instance, { 'aws:ResourceTag/CostCenter': '' }],
  ],
  [
    'an instance without one',
    no,
    ['ec2:StartInstances', instance, {}, tagged(user(), { CostCenter: '0117' })],
  ],
);

example(
  'ec2-start-stop-tags',
  allow(
    ['ec2:StartInstances', 'ec2:StopInstances'],
    'arn:aws:ec2:us-east-1:123456789012:instance/*',
    {
      StringEquals: {
        'aws:ResourceTag/Project': 'DataAnalytics',
        'aws:PrincipalTag/Department': 'Data',
      },
    },
  ),
  [
    'both tags',
    yes,
    [
      'ec2:StopInstances',
      instance,
      { 'aws:ResourceTag/Project': 'DataAnalytics' },
      tagged(user(), { department: 'Data' }),
    ],
  ],
  [
    'only the resource’s',
    no,
    ['ec2:StopInstances', instance, { 'aws:ResourceTag/Project': 'DataAnalytics' }],
  ],
);

example(
  'ec2_ebs-owner',
  [
    allow('ec2:AttachVolume', 'arn:aws:ec2:*:*:instance/*', {
      StringEquals: { 'aws:ResourceTag/Department': 'Development' },
    }),
    allow('ec2:AttachVolume', 'arn:aws:ec2:*:*:volume/*', {
      StringEquals: { 'aws:ResourceTag/VolumeUser': `\${aws:username}` },
    }),
  ],
  [
    'the instance',
    yes,
    ['ec2:AttachVolume', instance, { 'aws:ResourceTag/Department': 'Development' }],
  ],
  [
    'one’s own volume',
    yes,
    ['ec2:AttachVolume', volume, { 'aws:ResourceTag/VolumeUser': 'alice' }],
  ],
  [
    'a volume of the department',
    no,
    ['ec2:AttachVolume', volume, { 'aws:ResourceTag/Department': 'Development' }],
  ],
  [
    'a session, which has no user name',
    no,
    [
      'ec2:AttachVolume',
      volume,
      { 'aws:ResourceTag/VolumeUser': 'alice' },
      roleSession('job', 'alice'),
    ],
  ],
);

example(
  'ec2_instances-subnet',
  allow('ec2:RunInstances', [
    'arn:aws:ec2:*:*:subnet/subnet-1',
    'arn:aws:ec2:*:*:instance/*',
    'arn:aws:ec2:*::image/ami-*',
  ]),
  ['the subnet', yes, ['ec2:RunInstances', 'arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1']],
  [
    'another subnet',
    no,
    ['ec2:RunInstances', 'arn:aws:ec2:us-east-1:123456789012:subnet/subnet-2'],
  ],
  ['an image', yes, ['ec2:RunInstances', 'arn:aws:ec2:us-east-1::image/ami-1']],
  [
    'an image of an account',
    no,
    ['ec2:RunInstances', 'arn:aws:ec2:us-east-1:123456789012:image/ami-1'],
  ],
);

example(
  'ec2_require-mfa',
  [
    allow('ec2:*'),
    deny({
      Action: ['ec2:StopInstances', 'ec2:TerminateInstances'],
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': false } },
    }),
  ],
  ['stop with MFA', yes, ['ec2:StopInstances', instance, { 'aws:MultiFactorAuthPresent': true }]],
  [
    'stop without',
    denied,
    ['ec2:StopInstances', instance, { 'aws:MultiFactorAuthPresent': false }],
  ],
  ['stop with long-term keys', denied, ['ec2:StopInstances', instance, {}]],
  ['look without', yes, ['ec2:DescribeInstances', '*', {}]],
);

example(
  'ec2_terminate-ip',
  [
    allow('ec2:TerminateInstances'),
    deny({
      Action: 'ec2:TerminateInstances',
      Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] } },
    }),
  ],
  ['from the range', yes, ['ec2:TerminateInstances', instance, { 'aws:SourceIp': '192.0.2.255' }]],
  ['from elsewhere', denied, ['ec2:TerminateInstances', instance, { 'aws:SourceIp': '192.0.3.0' }]],
);

example(
  'ec2_volumes-instance',
  allow(
    ['ec2:AttachVolume', 'ec2:DetachVolume'],
    ['arn:aws:ec2:*:*:volume/*', 'arn:aws:ec2:*:*:instance/*'],
    {
      ArnEquals: { 'ec2:SourceInstanceARN': 'arn:aws:ec2:*:*:instance/i-1' },
    },
  ),
  ['from the instance', yes, ['ec2:AttachVolume', volume, { 'ec2:SourceInstanceARN': instance }]],
  ['from another', no, ['ec2:AttachVolume', volume, { 'ec2:SourceInstanceARN': `${instance}0` }]],
  ['from none', no, ['ec2:AttachVolume', volume, {}]],
);

const tagUser = allow(['iam:TagUser', 'iam:TagRole'], '*', {
  StringEquals: { 'aws:RequestTag/CostCenter': ['A-123', 'B-456'] },
  'ForAllValues:StringEquals': { 'aws:TagKeys': 'CostCenter' },
});
example(
  'iam-add-tag-user-role',
  tagUser,
  [
    'the tag',
    yes,
    [
      'iam:TagUser',
      iamUser('bob'),
      { 'aws:RequestTag/CostCenter': 'A-123', 'aws:TagKeys': ['CostCenter'] },
    ],
  ],
  [
    'another value',
    no,
    [
      'iam:TagUser',
      iamUser('bob'),
      { 'aws:RequestTag/CostCenter': 'C-789', 'aws:TagKeys': ['CostCenter'] },
    ],
  ],
  [
    'one tag more',
    no,
    [
      'iam:TagUser',
      iamUser('bob'),
      { 'aws:RequestTag/CostCenter': 'A-123', 'aws:TagKeys': ['CostCenter', 'Team'] },
    ],
  ],
  ['no tag', no, ['iam:TagUser', iamUser('bob'), {}]],
);

example(
  'iam-manage-tags',
  allow(['iam:TagUser', 'iam:UntagUser'], '*', {
    'ForAllValues:StringEquals': { 'aws:TagKeys': 'Department' },
  }),
  ['the key', yes, ['iam:UntagUser', iamUser('bob'), { 'aws:TagKeys': ['Department'] }]],
  ['another key', no, ['iam:UntagUser', iamUser('bob'), { 'aws:TagKeys': ['JobFunction'] }]],
);

example(
  'iam-new-user-tag',
  allow(['iam:CreateUser', 'iam:TagUser'], '*', {
    StringEqualsIfExists: {
      'aws:RequestTag/Department': ['Development', 'QualityAssurance'],
      'aws:RequestTag/JobFunction': 'Employee',
    },
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['Department', 'JobFunction'] },
  }),
  [
    'one of the tags',
    yes,
    [
      'iam:CreateUser',
      iamUser('bob'),
      { 'aws:RequestTag/JobFunction': 'Employee', 'aws:TagKeys': ['JobFunction'] },
    ],
  ],
  ['no tags', yes, ['iam:CreateUser', iamUser('bob'), {}]],
  [
    'another value',
    no,
    [
      'iam:CreateUser',
      iamUser('bob'),
      { 'aws:RequestTag/JobFunction': 'Manager', 'aws:TagKeys': ['JobFunction'] },
    ],
  ],
);

example(
  'iam-assume-tagged-role',
  allow('sts:AssumeRole', '*', { StringEquals: { 'iam:ResourceTag/Project': 'ExampleCorpABC' } }),
  [
    'the project',
    yes,
    ['sts:AssumeRole', 'arn:aws:iam::1:role/x', { 'iam:ResourceTag/Project': 'ExampleCorpABC' }],
  ],
  ['another', no, ['sts:AssumeRole', 'arn:aws:iam::1:role/x', { 'iam:ResourceTag/Project': 'X' }]],
);

example(
  'iam-passrole-service',
  allow('iam:PassRole', '*', {
    StringEquals: { 'iam:PassedToService': 'cloudwatch.amazonaws.com' },
  }),
  [
    'the service',
    yes,
    [
      'iam:PassRole',
      'arn:aws:iam::1:role/x',
      { 'iam:PassedToService': 'cloudwatch.amazonaws.com' },
    ],
  ],
  [
    'another',
    no,
    ['iam:PassRole', 'arn:aws:iam::1:role/x', { 'iam:PassedToService': 'ec2.amazonaws.com' }],
  ],
);

example(
  'iam_credentials_console',
  [
    allow(['iam:ListUsers', 'iam:GetAccountPasswordPolicy']),
    allow(['iam:*AccessKey*', 'iam:ChangePassword', 'iam:*SigningCertificate*'], [me]),
  ],
  ['one’s own keys', yes, ['iam:CreateAccessKey', iamUser('alice')]],
  ['one’s own certificate', yes, ['iam:UploadSigningCertificate', iamUser('alice')]],
  ['somebody else’s keys', no, ['iam:CreateAccessKey', iamUser('bob')]],
  ['no user', no, ['iam:CreateAccessKey', iamUser('alice'), {}, roleSession('job', 'alice')]],
);

example(
  'iam_limit-managed',
  allow(['iam:AttachUserPolicy', 'iam:DetachUserPolicy'], '*', {
    ArnEquals: {
      'iam:PolicyARN': [
        'arn:aws:iam::*:policy/policy-name-1',
        'arn:aws:iam::*:policy/policy-name-2',
      ],
    },
  }),
  [
    'one of the policies',
    yes,
    [
      'iam:AttachUserPolicy',
      iamUser('bob'),
      { 'iam:PolicyARN': 'arn:aws:iam::1:policy/policy-name-2' },
    ],
  ],
  [
    'AWS’ own',
    no,
    [
      'iam:AttachUserPolicy',
      iamUser('bob'),
      { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' },
    ],
  ],
);

example(
  'iam_mfa-selfmanage',
  [
    allow('iam:DeactivateMFADevice', [me], { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    deny({
      NotAction: ['iam:EnableMFADevice', 'iam:ListUsers'],
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    }),
  ],
  [
    'with MFA',
    yes,
    ['iam:DeactivateMFADevice', iamUser('alice'), { 'aws:MultiFactorAuthPresent': 'true' }],
  ],
  [
    'without',
    denied,
    ['iam:DeactivateMFADevice', iamUser('alice'), { 'aws:MultiFactorAuthPresent': 'false' }],
  ],
);

example(
  'iam_multiple-services-console',
  [
    allow(['s3:*', 'cloudwatch:*', 'ec2:*']),
    allow(['iam:*LoginProfile*'], [me]),
    deny({ Action: 's3:*', Resource: ['arn:aws:s3:::logs', 'arn:aws:s3:::logs/*'] }),
    deny({ Action: 'ec2:*', Resource: 'arn:aws:ec2:*:*:instance/i-1234567890abcdef0' }),
  ],
  ['a bucket', yes, ['s3:GetObject', 'arn:aws:s3:::other/k']],
  ['the logs', denied, ['s3:GetObject', 'arn:aws:s3:::logs/k']],
  ['the bucket of logs', denied, ['s3:ListBucket', 'arn:aws:s3:::logs']],
  ['a bucket that is called alike', yes, ['s3:ListBucket', 'arn:aws:s3:::logs2']],
  [
    'the production instance',
    denied,
    ['ec2:StopInstances', 'arn:aws:ec2:us-east-1:123456789012:instance/i-1234567890abcdef0'],
  ],
  ['IAM', no, ['iam:CreateUser', iamUser('bob')]],
);

example(
  'iam_policy-sim-path',
  allow(
    ['iam:GetContextKeysForPrincipalPolicy', 'iam:SimulatePrincipalPolicy'],
    'arn:aws:iam::*:user/Department/Development/*',
  ),
  [
    'a user below the path',
    yes,
    ['iam:SimulatePrincipalPolicy', iamUser('Department/Development/bob')],
  ],
  ['a user elsewhere', no, ['iam:SimulatePrincipalPolicy', iamUser('Department/Sales/bob')]],
);

example(
  'iam_read-only-console',
  allow(['iam:Get*', 'iam:List*', 'iam:Generate*']),
  ['reads', yes, ['iam:GenerateCredentialReport', '*']],
  ['writes', no, ['iam:CreateUser', '*']],
);

example(
  'iam_users-manage-group',
  [
    allow('iam:*Group*', 'arn:aws:iam::*:group/AllUsers'),
    deny({
      Action: ['iam:AddUserToGroup', 'iam:RemoveUserFromGroup'],
      Resource: 'arn:aws:iam::*:group/AllUsers',
      Condition: { StringNotEquals: { 'aws:username': ['srodriguez', 'mjackson', 'adesai'] } },
    }),
  ],
  [
    'one of them',
    yes,
    ['iam:AddUserToGroup', 'arn:aws:iam::1:group/AllUsers', {}, user('mjackson')],
  ],
  ['another', denied, ['iam:AddUserToGroup', 'arn:aws:iam::1:group/AllUsers']],
  ['another, looking', yes, ['iam:GetGroup', 'arn:aws:iam::1:group/AllUsers']],
  ['a session', denied, ['iam:AddUserToGroup', 'arn:aws:iam::1:group/AllUsers', {}, roleSession()]],
);

example(
  'rds_region',
  [allow('rds:*', ['arn:aws:rds:us-east-1:*:*']), allow('rds:Describe*')],
  ['the region', yes, ['rds:DeleteDBInstance', 'arn:aws:rds:us-east-1:1:db:x']],
  ['another, looking', yes, ['rds:DescribeDBInstances', 'arn:aws:rds:us-east-2:1:db:x']],
  ['another, writing', no, ['rds:DeleteDBInstance', 'arn:aws:rds:us-east-2:1:db:x']],
);

example(
  'rds_tag-owner',
  allow('rds:DeleteDBInstance', '*', {
    StringEqualsIgnoreCase: { 'rds:db-tag/Owner': `\${aws:username}` },
  }),
  [
    'the owner, in other letters',
    yes,
    ['rds:DeleteDBInstance', '*', { 'rds:db-tag/Owner': 'ALICE' }],
  ],
  ['another owner', no, ['rds:DeleteDBInstance', '*', { 'rds:db-tag/Owner': 'bob' }]],
);

example(
  'resource_account_data_exch',
  [
    allow('*'),
    deny({
      NotAction: ['s3:GetObject', 's3:PutObject'],
      Condition: { StringNotEquals: { 'aws:ResourceAccount': ['111122223333'] } },
    }),
    deny({
      Action: ['s3:GetObject', 's3:PutObject'],
      Condition: {
        StringNotEquals: { 'aws:ResourceAccount': ['111122223333'] },
        'ForAllValues:StringNotEquals': { 'aws:CalledVia': ['dataexchange.amazonaws.com'] },
      },
    }),
  ],
  ['one’s own account', yes, ['sqs:SendMessage', '*', { 'aws:ResourceAccount': '111122223333' }]],
  ['another', denied, ['sqs:SendMessage', '*', { 'aws:ResourceAccount': '999999999999' }]],
  ['an object elsewhere', denied, ['s3:GetObject', '*', { 'aws:ResourceAccount': '999999999999' }]],
  [
    'an object elsewhere, by the exchange',
    yes,
    [
      's3:GetObject',
      '*',
      { 'aws:ResourceAccount': '999999999999', 'aws:CalledVia': ['dataexchange.amazonaws.com'] },
    ],
  ],
);

example(
  's3_deny-except-bucket',
  [
    allow('s3:*', ['arn:aws:s3:::bucket-name', 'arn:aws:s3:::bucket-name/*']),
    {
      Effect: 'Deny',
      NotAction: 's3:*',
      NotResource: ['arn:aws:s3:::bucket-name', 'arn:aws:s3:::bucket-name/*'],
    },
  ],
  ['the bucket', yes, ['s3:PutObject', 'arn:aws:s3:::bucket-name/k']],
  ['another bucket', no, ['s3:PutObject', 'arn:aws:s3:::other/k']],
  ['another service', denied, ['ec2:StopInstances', instance]],
);

const home = [
  allow('s3:ListAllMyBuckets'),
  allow('s3:ListBucket', 'arn:aws:s3:::bucket-name', {
    StringLike: { 's3:prefix': ['', 'home/', `home/\${aws:username}/*`] },
  }),
  allow('s3:*', [
    `arn:aws:s3:::bucket-name/home/\${aws:username}`,
    `arn:aws:s3:::bucket-name/home/\${aws:username}/*`,
  ]),
];
example(
  's3_home-directory-console',
  home,
  ['the list of all', yes, ['s3:ListBucket', 'arn:aws:s3:::bucket-name', { 's3:prefix': '' }]],
  [
    'one’s own list',
    yes,
    ['s3:ListBucket', 'arn:aws:s3:::bucket-name', { 's3:prefix': 'home/alice/x' }],
  ],
  [
    'somebody else’s list',
    no,
    ['s3:ListBucket', 'arn:aws:s3:::bucket-name', { 's3:prefix': 'home/bob/' }],
  ],
  ['a list without a prefix', no, ['s3:ListBucket', 'arn:aws:s3:::bucket-name', {}]],
  ['one’s own object', yes, ['s3:PutObject', 'arn:aws:s3:::bucket-name/home/alice/k']],
  ['somebody else’s', no, ['s3:PutObject', 'arn:aws:s3:::bucket-name/home/bob/k']],
  ['a name that only begins so', no, ['s3:PutObject', 'arn:aws:s3:::bucket-name/home/alice2/k']],
);

example(
  's3_federated-home-directory-console',
  allow('s3:*', [`arn:aws:s3:::bucket-name/home/\${aws:userid}/*`]),
  [
    'the session’s folder',
    yes,
    [
      's3:PutObject',
      'arn:aws:s3:::bucket-name/home/AROAEXAMPLE:run/k',
      {},
      roleSession('job', 'run'),
    ],
  ],
  [
    'another session’s',
    no,
    [
      's3:PutObject',
      'arn:aws:s3:::bucket-name/home/AROAEXAMPLE:other/k',
      {},
      roleSession('job', 'run'),
    ],
  ],
);

example(
  's3_full-access-except-production',
  [
    allow(['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::*/*'),
    deny({
      Action: 's3:*',
      Resource: ['arn:aws:s3:::Production/*', 'arn:aws:s3:::Production'],
      Condition: { NumericGreaterThanIfExists: { 'aws:MultiFactorAuthAge': '1800' } },
    }),
  ],
  ['another bucket', yes, ['s3:PutObject', 'arn:aws:s3:::x/k', {}]],
  [
    'production, MFA just now',
    yes,
    ['s3:PutObject', 'arn:aws:s3:::Production/k', { 'aws:MultiFactorAuthAge': '1800' }],
  ],
  [
    'production, MFA long ago',
    denied,
    ['s3:PutObject', 'arn:aws:s3:::Production/k', { 'aws:MultiFactorAuthAge': '1801' }],
  ],
  ['production, no MFA', denied, ['s3:PutObject', 'arn:aws:s3:::Production/k', {}]],
);

example(
  's3_rw-bucket',
  [
    allow(['s3:ListBucket'], ['arn:aws:s3:::bucket-name']),
    allow('s3:*Object', ['arn:aws:s3:::bucket-name/*']),
  ],
  ['put', yes, ['s3:PutObject', 'arn:aws:s3:::bucket-name/k']],
  ['delete', yes, ['s3:DeleteObject', 'arn:aws:s3:::bucket-name/k']],
  ['not permissions', no, ['s3:PutObjectAcl', 'arn:aws:s3:::bucket-name/k']],
  ['not the policy', no, ['s3:PutBucketPolicy', 'arn:aws:s3:::bucket-name']],
);

example(
  's3_cognito-bucket',
  allow(
    ['s3:GetObject'],
    [`arn:aws:s3:::bucket-name/cognito/application-name/\${cognito-identity.amazonaws.com:sub}/*`],
  ),
  [
    'one’s own',
    yes,
    [
      's3:GetObject',
      'arn:aws:s3:::bucket-name/cognito/application-name/us-east-1:me/k',
      { 'cognito-identity.amazonaws.com:sub': 'us-east-1:me' },
    ],
  ],
  [
    'without an identity',
    no,
    ['s3:GetObject', 'arn:aws:s3:::bucket-name/cognito/application-name//k', {}],
  ],
);

example(
  'evaluation-logic: explicit and implicit denies',
  [allow(['iam:Get*', 'iam:List*']), deny({ Action: 'iam:*Report' })],
  ['allowed', yes, ['iam:GetUser', '*']],
  ['implicitly denied', no, ['iam:CreatePolicy', '*']],
  ['explicitly denied', denied, ['iam:GetOrganizationsAccessReport', '*']],
  ['explicitly denied, though nothing allows it', denied, ['iam:GenerateCredentialReport', '*']],
);

example(
  'evaluation-logic: Carlos',
  [
    allow('s3:*', ['arn:aws:s3:::carlossalazar/*', 'arn:aws:s3:::carlossalazar']),
    deny({ Action: 's3:*', Resource: 'arn:aws:s3:::*log*' }),
  ],
  ['his bucket', yes, ['s3:PutObject', 'arn:aws:s3:::carlossalazar/k']],
  ['his logs', denied, ['s3:PutObject', 'arn:aws:s3:::carlossalazar-logs/k']],
  ['a key that says log', denied, ['s3:PutObject', 'arn:aws:s3:::carlossalazar/catalogue']],
);

example(
  'access_tags: requests',
  allow('ec2:CreateTags', 'arn:aws:ec2:*:*:instance/*', {
    StringEquals: { 'aws:RequestTag/environment': ['preprod', 'production'] },
    'ForAllValues:StringEquals': { 'aws:TagKeys': 'environment' },
  }),
  [
    'the tag',
    yes,
    [
      'ec2:CreateTags',
      instance,
      { 'aws:RequestTag/environment': 'preprod', 'aws:TagKeys': ['environment'] },
    ],
  ],
  [
    'another key beside it',
    no,
    [
      'ec2:CreateTags',
      instance,
      { 'aws:RequestTag/environment': 'preprod', 'aws:TagKeys': ['environment', 'x'] },
    ],
  ],
  [
    'the key in capitals',
    no,
    [
      'ec2:CreateTags',
      instance,
      { 'aws:RequestTag/environment': 'preprod', 'aws:TagKeys': ['Environment'] },
    ],
  ],
);

example(
  'access_tags: a queue of the team',
  allow('sqs:DeleteQueue', `arn:aws:sqs:us-east-2::\${aws:PrincipalTag/team}-queue`),
  [
    'the team’s',
    yes,
    ['sqs:DeleteQueue', 'arn:aws:sqs:us-east-2::red-queue', {}, tagged(user(), { team: 'red' })],
  ],
  [
    'another team’s',
    no,
    ['sqs:DeleteQueue', 'arn:aws:sqs:us-east-2::blue-queue', {}, tagged(user(), { team: 'red' })],
  ],
);

example(
  'condition-keys: aws:CalledVia',
  allow('kms:Decrypt', 'arn:aws:kms:r:111122223333:key/my-example-key', {
    'ForAnyValue:StringEquals': { 'aws:CalledVia': ['dynamodb.amazonaws.com'] },
  }),
  [
    'in the chain',
    yes,
    [
      'kms:Decrypt',
      'arn:aws:kms:r:111122223333:key/my-example-key',
      { 'aws:CalledVia': ['cloudformation.amazonaws.com', 'dynamodb.amazonaws.com'] },
    ],
  ],
  ['directly', no, ['kms:Decrypt', 'arn:aws:kms:r:111122223333:key/my-example-key', {}]],
);

example(
  'condition-keys: aws:PrincipalOrgPaths',
  allow('*', '*', {
    'ForAnyValue:StringLike': {
      'aws:PrincipalOrgPaths': ['o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/*'],
    },
  }),
  [
    'below',
    yes,
    [
      's3:GetObject',
      '*',
      { 'aws:PrincipalOrgPaths': ['o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/ou-x/'] },
    ],
  ],
  [
    'elsewhere',
    no,
    ['s3:GetObject', '*', { 'aws:PrincipalOrgPaths': ['o-a1b2c3d4e5/r-ab12/ou-ab12-33333333/'] }],
  ],
);

example(
  'condition-keys: aws:Ec2InstanceSourceVpc',
  [
    allow('*'),
    deny({
      Action: '*',
      Condition: {
        StringNotEquals: { 'aws:SourceVpc': `\${aws:Ec2InstanceSourceVpc}` },
        Null: { 'ec2:SourceInstanceARN': 'false' },
        BoolIfExists: { 'aws:ViaAWSService': 'false' },
      },
    }),
  ],
  [
    'the same network',
    yes,
    [
      's3:GetObject',
      '*',
      {
        'aws:SourceVpc': 'vpc-1',
        'aws:Ec2InstanceSourceVpc': 'vpc-1',
        'ec2:SourceInstanceARN': instance,
      },
    ],
  ],
  [
    'another',
    denied,
    [
      's3:GetObject',
      '*',
      {
        'aws:SourceVpc': 'vpc-2',
        'aws:Ec2InstanceSourceVpc': 'vpc-1',
        'ec2:SourceInstanceARN': instance,
      },
    ],
  ],
  [
    'no instance',
    yes,
    ['s3:GetObject', '*', { 'aws:SourceVpc': 'vpc-2', 'aws:Ec2InstanceSourceVpc': 'vpc-1' }],
  ],
);

example(
  'boundaries: María’s rules for Zhang',
  [
    allow(['iam:CreateUser', 'iam:AttachUserPolicy'], '*', {
      StringEquals: {
        'iam:PermissionsBoundary': 'arn:aws:iam::123456789012:policy/XCompanyBoundaries',
      },
    }),
    {
      Effect: 'Allow',
      Action: 'iam:CreateLoginProfile',
      NotResource: 'arn:aws:iam::123456789012:user/Maria',
    },
    deny({ Action: 'iam:DeleteUserPermissionsBoundary' }),
  ],
  [
    'a user with the boundary',
    yes,
    [
      'iam:CreateUser',
      iamUser('Nikhil'),
      { 'iam:PermissionsBoundary': 'arn:aws:iam::123456789012:policy/XCompanyBoundaries' },
    ],
  ],
  ['a user without it', no, ['iam:CreateUser', iamUser('Nikhil'), {}]],
  ['a password of Nikhil', yes, ['iam:CreateLoginProfile', iamUser('Nikhil')]],
  ['a password of María', no, ['iam:CreateLoginProfile', iamUser('Maria')]],
  ['without a boundary', denied, ['iam:DeleteUserPermissionsBoundary', iamUser('Zhang')]],
);

const application = 'arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1';
example(
  'EMR Serverless, user-access-policies: data engineer',
  allow([
    'emr-serverless:StartApplication',
    'emr-serverless:StartJobRun',
    'emr-serverless:CancelJobRun',
    'emr-serverless:Get*',
    'emr-serverless:List*',
  ]),
  ['submits', yes, ['emr-serverless:StartJobRun', application]],
  ['cancels', yes, ['emr-serverless:CancelJobRun', `${application}/jobruns/00f2`]],
  ['creates no application', no, ['emr-serverless:CreateApplication', '*']],
  ['stops none', no, ['emr-serverless:StopApplication', application]],
);

example(
  'EMR Serverless, TBAC: departments',
  [
    allow('emr-serverless:GetApplication', '*', {
      StringEquals: { 'aws:ResourceTag/department': ['dev', 'qa'] },
    }),
    allow('emr-serverless:CreateApplication', '*', {
      Null: { 'aws:RequestTag/department': 'false' },
    }),
    allow(['emr-serverless:TagResource', 'emr-serverless:UntagResource']),
    deny({
      Action: ['emr-serverless:TagResource', 'emr-serverless:UntagResource'],
      Condition: { StringNotEquals: { 'aws:ResourceTag/department': 'dev' } },
    }),
  ],
  [
    'an application of the department',
    yes,
    ['emr-serverless:GetApplication', application, { 'aws:ResourceTag/department': 'qa' }],
  ],
  [
    'of another',
    no,
    ['emr-serverless:GetApplication', application, { 'aws:ResourceTag/department': 'hr' }],
  ],
  ['without a tag', no, ['emr-serverless:GetApplication', application, {}]],
  [
    'created with a tag',
    yes,
    ['emr-serverless:CreateApplication', '*', { 'aws:RequestTag/department': 'hr' }],
  ],
  ['created without', no, ['emr-serverless:CreateApplication', '*', {}]],
  [
    'tags itself in',
    denied,
    ['emr-serverless:TagResource', application, { 'aws:ResourceTag/department': 'hr' }],
  ],
  [
    'tags where it may',
    yes,
    ['emr-serverless:TagResource', application, { 'aws:ResourceTag/department': 'dev' }],
  ],
);

example(
  'EMR Serverless, runtime-role: PassRole',
  allow('iam:PassRole', 'arn:aws:iam::123456789012:role/JobRuntimeRoleForEMRServerless', {
    StringLike: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' },
  }),
  [
    'the role to the service',
    yes,
    [
      'iam:PassRole',
      'arn:aws:iam::123456789012:role/JobRuntimeRoleForEMRServerless',
      { 'iam:PassedToService': 'emr-serverless.amazonaws.com' },
    ],
  ],
  [
    'the role to another',
    no,
    [
      'iam:PassRole',
      'arn:aws:iam::123456789012:role/JobRuntimeRoleForEMRServerless',
      { 'iam:PassedToService': 'ec2.amazonaws.com' },
    ],
  ],
  [
    'another role',
    no,
    [
      'iam:PassRole',
      'arn:aws:iam::123456789012:role/Admin',
      { 'iam:PassedToService': 'emr-serverless.amazonaws.com' },
    ],
  ],
);

example(
  'id_roles_use_revoke-sessions',
  [
    allow('*'),
    deny({
      Action: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-11-26T10:00:00.000Z' } },
    }),
  ],
  [
    'an older session',
    denied,
    ['s3:GetObject', '*', { 'aws:TokenIssueTime': '2026-11-26T09:59:59Z' }],
  ],
  ['a newer one', yes, ['s3:GetObject', '*', { 'aws:TokenIssueTime': '2026-11-26T10:00:00Z' }]],
  ['no session', yes, ['s3:GetObject', '*', {}]],
);

it.each(
  examples.flatMap(({ page, statements, questions }) =>
    questions.map(([name, expected, [action, resource, context, principal]]) => ({
      page,
      name,
      statements,
      expected,
      asked: request(action, resource, context, principal),
    })),
  ),
)('$page: $name is $expected', ({ statements, asked, expected }) => {
  expect(outcome(statements, asked)).toBe(expected);
});
