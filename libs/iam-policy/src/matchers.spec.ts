/** Actions and resources: reference_policies_elements_action, …_notaction, …_resource, …_notresource, reference_policies_variables. */

import { compilePolicy } from './compile.ts';
import { evaluate } from './evaluate.ts';
import {
  document,
  outcome,
  policies,
  request,
  type StatementText,
  tagged,
  user,
} from './test/cases.ts';

const allows = (statement: StatementText, action: string, resource = '*'): boolean =>
  outcome(
    { Effect: 'Allow', Action: '*', Resource: '*', ...statement },
    request(action, resource),
  ) === 'allowed';

it.each<[string, string | string[], string, boolean]>([
  ['one action', 'sqs:SendMessage', 'sqs:SendMessage', true],
  ['one action', 'sqs:SendMessage', 'sqs:SendMessageBatch', false],
  ['iam:ListAccessKeys is IAM:listaccesskeys', 'iam:ListAccessKeys', 'IAM:listaccesskeys', true],
  ['several actions', ['sqs:SendMessage', 's3:GetObject'], 's3:GetObject', true],
  ['all of a product', 's3:*', 's3:PutBucketPolicy', true],
  ['all of a product', 's3:*', 's3x:Get', false],
  ['*AccessKey*', 'iam:*AccessKey*', 'iam:CreateAccessKey', true],
  ['*AccessKey*', 'iam:*AccessKey*', 'iam:UpdateAccessKeyLastUsed', true],
  ['*AccessKey*', 'iam:*AccessKey*', 'iam:CreateUser', false],
  ['a question mark', 'ec2:Describe?pcs', 'ec2:DescribeVpcs', true],
  ['everything', '*', 'emr-serverless:StartJobRun', true],
  ['every product', '*:Get*', 'glue:GetTable', true],
  ['every product', '*:Get*', 'glue:CreateTable', false],
])('Action, %s: %j means %s: %s', (_section, Action, action, expected) => {
  expect(allows({ Action }, action)).toBe(expected);
});

it.each<[string, string | string[], string, boolean]>([
  ['all but one', 's3:DeleteBucket', 's3:DeleteBucket', false],
  ['all but one', 's3:DeleteBucket', 's3:PutObject', true],
  ['all but IAM', 'iam:*', 'iam:CreateUser', false],
  ['all but IAM', 'iam:*', 'ec2:RunInstances', true],
  ['all but several', ['iam:*', 'sts:*'], 'sts:AssumeRole', false],
])('NotAction, %s: %j means %s: %s', (_section, NotAction, action, expected) => {
  const statement = { Effect: 'Allow', NotAction, Resource: '*' };
  expect(outcome(statement, request(action)) === 'allowed').toBe(expected);
});

it.each<[string, object, boolean]>([
  ['an action of it', { Action: ['sqs:*', 'S3:GetObject'] }, true],
  ['every service', { Action: '*' }, true],
  ['actions of any service', { Action: '*:Get*' }, true],
  ['another service', { Action: ['sqs:*', 's3x:*'] }, false],
  ['all but an action of it', { NotAction: 's3:GetObject' }, true],
  ['all but another service', { NotAction: 'iam:*' }, true],
  ['all but it', { NotAction: ['iam:*', 's3:*'] }, false],
  ['all but everything', { NotAction: '*' }, false],
])('a statement about %s is about the service: %j', (_section, actions, expected) => {
  const statement = { Effect: 'Allow', Resource: '*', ...actions };
  const { statements } = compilePolicy(document(statement), 'managed');
  expect(statements.map(({ matchesService }) => matchesService('s3'))).toEqual([expected]);
});

it('NotAction with Allow on S3 does not allow ListAllMyBuckets, which is on no resource (elements_notaction)', () => {
  const statement = { Effect: 'Allow', NotAction: 's3:DeleteBucket', Resource: 'arn:aws:s3:::*' };
  expect(outcome(statement, request('s3:ListAllMyBuckets', '*'))).toBe('implicitDeny');
  expect(outcome(statement, request('s3:ListBucket', 'arn:aws:s3:::b'))).toBe('allowed');
  expect(outcome(statement, request('ec2:StopInstances', 'arn:aws:ec2:r:1:instance/i'))).toBe(
    'implicitDeny',
  );
});

const inBucket = (key: string): string => `arn:aws:s3:::DOC-EXAMPLE-BUCKET/${key}`;
it.each<[string, string, string, boolean]>([
  ['a queue', 'arn:aws:sqs:us-east-2:1:queue1', 'arn:aws:sqs:us-east-2:1:queue1', true],
  ['another queue', 'arn:aws:sqs:us-east-2:1:queue1', 'arn:aws:sqs:us-east-2:1:queue10', false],
  ['resources know case', 'arn:aws:s3:::Bucket/*', 'arn:aws:s3:::bucket/k', false],
  [
    'users below a path',
    'arn:aws:iam::1:user/accounting/*',
    'arn:aws:iam::1:user/accounting/bob',
    true,
  ],
  ['users below another', 'arn:aws:iam::1:user/accounting/*', 'arn:aws:iam::1:user/bob', false],
  ['all of a bucket', inBucket('*'), inBucket('a/b'), true],
  ['not the bucket itself', inBucket('*'), 'arn:aws:s3:::DOC-EXAMPLE-BUCKET', false],
  ['a slash is a character: 1', inBucket('*/test/*'), inBucket('1/test/object.jpg'), true],
  ['a slash is a character: 2', inBucket('*/test/*'), inBucket('1/2/test/3/object.jpg'), true],
  ['a slash is a character: 3', inBucket('*/test/*'), inBucket('1///test///object.jpg'), true],
  ['a slash is a character: 4', inBucket('*/test/*'), inBucket('1/test/.jpg'), true],
  ['a slash is a character: 5', inBucket('*/test/*'), inBucket('/test/object.jpg'), true],
  ['a slash is a character: 6', inBucket('*/test/*'), inBucket('1/test/'), true],
  ['no match: 1', inBucket('*/test/*'), inBucket('1-test/object.jpg'), false],
  ['no match: 2', inBucket('*/test/*'), inBucket('test/object.jpg'), false],
  ['no match: 3', inBucket('*/test/*'), inBucket('1/2/test.jpg'), false],
  ['within a segment only', 'arn:aws:sqs:*:1:q', 'arn:aws:sqs:us-east-1:1:q', true],
  ['within a segment only', 'arn:aws:sns:*:1:t', 'arn:aws:sns:r:2:x:1:t', false],
  [
    'several wildcards in a segment',
    'arn:aws:ec2:us-*-?:*:*/i-*',
    'arn:aws:ec2:us-east-1:1:instance/i-0',
    true,
  ],
  ['the rest, where the pattern is short', 'arn:aws:sqs:*', 'arn:aws:sqs:us-east-1:1:q', true],
  [
    'a short pattern without a wildcard is nothing',
    'arn:aws:sqs',
    'arn:aws:sqs:us-east-1:1:q',
    false,
  ],
  ['any partition', 'arn:*:s3:::b/*', 'arn:aws-cn:s3:::b/k', true],
  ['everything', '*', 'arn:aws:s3:::b', true],
  ['everything is on no resource, too', '*', '*', true],
  ['an ARN is not on no resource', 'arn:aws:emr-serverless:*:*:*', '*', false],
  ['an ARN of all buckets', 'arn:aws:s3:::*', 'arn:aws:s3:::*', true],
  [
    'a colon in the resource',
    'arn:aws:logs:*:*:log-group:/aws/*',
    'arn:aws:logs:r:1:log-group:/aws/emr:*',
    true,
  ],
  ['dots mean dots', 'arn:aws:s3:::a.b', 'arn:aws:s3:::axb', false],
  ['brackets mean brackets', 'arn:aws:s3:::b/[a-z]*', 'arn:aws:s3:::b/a', false],
  ['keys of any script', 'arn:aws:s3:::b/*', 'arn:aws:s3:::b/größe/数据', true],
  [
    '§6.1: runs of an application',
    'arn:aws:emr-serverless:*:1:/applications/00f1/jobruns/*',
    'arn:aws:emr-serverless:r:1:/applications/00f1/jobruns/00f2',
    true,
  ],
  [
    '§6.1: runs of another',
    'arn:aws:emr-serverless:*:1:/applications/00f1/jobruns/*',
    'arn:aws:emr-serverless:r:1:/applications/00f9/jobruns/00f2',
    false,
  ],
])('Resource, %s: %s means %s: %s', (_section, pattern, resource, expected) => {
  expect(allows({ Resource: pattern }, 'a:b', resource)).toBe(expected);
});

it.each<[string, string[], string, string]>([
  [
    'HRPayroll: another folder',
    ['arn:aws:s3:::HRBucket/Payroll', 'arn:aws:s3:::HRBucket/Payroll/*'],
    'arn:aws:s3:::HRBucket/Reviews',
    'explicitDeny',
  ],
  [
    'HRPayroll: the folder',
    ['arn:aws:s3:::HRBucket/Payroll', 'arn:aws:s3:::HRBucket/Payroll/*'],
    'arn:aws:s3:::HRBucket/Payroll/1',
    'implicitDeny',
  ],
  ['no resource at all', ['arn:aws:s3:::HRBucket/*'], '*', 'explicitDeny'],
])('NotResource with Deny, %s', (_section, NotResource, resource, expected) => {
  expect(
    outcome({ Effect: 'Deny', Action: 's3:*', NotResource }, request('s3:GetObject', resource)),
  ).toBe(expected);
});

describe('variables in resources', () => {
  const David = tagged(user('David'), { team: 'yellow', star: '*', colons: 'a:b' });
  const decide = (statement: StatementText, resource: string, version = '2012-10-17') =>
    evaluate(
      request('s3:GetObject', resource, {}, David),
      policies({
        identity: [
          compilePolicy(
            document({ Effect: 'Allow', Action: '*', ...statement }, version),
            'userInline',
          ),
        ],
      }),
    ).allowed;

  it.each<[string, string, string, boolean]>([
    ['one’s own folder', `arn:aws:s3:::b/\${aws:username}/*`, 'arn:aws:s3:::b/David/x', true],
    ['somebody else’s', `arn:aws:s3:::b/\${aws:username}/*`, 'arn:aws:s3:::b/Diego/x', false],
    [
      'a queue',
      `arn:aws:sqs:us-east-2:*:\${aws:username}-queue`,
      'arn:aws:sqs:us-east-2:1:David-queue',
      true,
    ],
    [
      'a queue elsewhere',
      `arn:aws:sqs:us-east-2:*:\${aws:username}-queue`,
      'arn:aws:sqs:us-east-1:1:David-queue',
      false,
    ],
    ['a tag', `arn:aws:s3:::bucket/\${aws:PrincipalTag/team}`, 'arn:aws:s3:::bucket/yellow', true],
    [
      'a tag that is not there matches nothing',
      `arn:aws:s3:::bucket/\${aws:PrincipalTag/crew}*`,
      'arn:aws:s3:::bucket/',
      false,
    ],
    [
      'a default',
      `arn:aws:s3:::b-\${aws:PrincipalTag/crew, 'company-wide'}`,
      'arn:aws:s3:::b-company-wide',
      true,
    ],
    [
      'a default for those with a tag',
      `arn:aws:s3:::b-\${aws:PrincipalTag/team, 'company-wide'}`,
      'arn:aws:s3:::b-company-wide',
      false,
    ],
    [
      'a wildcard in a value is none',
      `arn:aws:s3:::b/\${aws:PrincipalTag/star}`,
      'arn:aws:s3:::b/secret',
      false,
    ],
    [
      'a colon in a value is one',
      `arn:aws:s3:::b/\${aws:PrincipalTag/colons}`,
      'arn:aws:s3:::b/a:b',
      true,
    ],
    ['a star that is a star', `arn:aws:s3:::b/\${*}`, 'arn:aws:s3:::b/*', true],
    ['a star that is a star', `arn:aws:s3:::b/\${*}`, 'arn:aws:s3:::b/x', false],
  ])('%s: %s means %s: %s', (_section, Resource, resource, expected) => {
    expect(decide({ Resource }, resource)).toBe(expected);
  });

  it('are text in the older version', () => {
    const Resource = `arn:aws:s3:::b/\${aws:username}/*`;
    expect(decide({ Resource }, 'arn:aws:s3:::b/David/x', '2008-10-17')).toBe(false);
    expect(decide({ Resource }, `arn:aws:s3:::b/\${aws:username}/x`, '2008-10-17')).toBe(true);
  });

  it('match no resource when they have no value, so that a NotResource means everything (Policy variables with no value)', () => {
    const NotResource = `arn:aws:s3:::b/\${aws:PrincipalTag/crew}/*`;
    expect(decide({ NotResource }, 'arn:aws:s3:::b/x/y')).toBe(true);
    expect(
      decide({ NotResource: `arn:aws:s3:::b/\${aws:username}/*` }, 'arn:aws:s3:::b/David/y'),
    ).toBe(false);
  });
});

it('means the same by one statement with two resources as by two (rustfs 1337: one string; 2699: split listings)', () => {
  const list = (Resource: unknown, prefix: string): StatementText => ({
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource,
    Condition: { StringLike: { 's3:prefix': prefix } },
  });
  const split = [list('arn:aws:s3:::b', 'a/*'), list('arn:aws:s3:::b', 'b/*')];
  const asked = (prefix: string) =>
    request('s3:ListBucket', 'arn:aws:s3:::b', { 's3:prefix': prefix });
  expect(outcome(split, asked('a/1'))).toBe('allowed');
  expect(outcome(split, asked('b/1'))).toBe('allowed');
  expect(outcome(split, asked('c/1'))).toBe('implicitDeny');
  expect(outcome(list(['arn:aws:s3:::b', 'arn:aws:s3:::c'], 'a/*'), asked('a/1'))).toBe('allowed');
});
