import { compilePolicy } from '@firesteel/iam-policy/compile';
import { rootCaller } from '../authorize/callers.ts';
import { type AccessRequest, type Caller, completeArn, decideAccess } from './decide.ts';

const accountId = '123456789012';
const policy = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (Action: string, Resource: string, more: object = {}): object => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const deny = (Action: string, Resource: string): object => ({ Effect: 'Deny', Action, Resource });
const compiled = (...statements: object[]) => [
  compilePolicy(policy(...statements), 'managed', 'p'),
];

const user = (policies: Partial<Caller['policies']>): Caller => ({
  principal: {
    kind: 'user',
    arn: `arn:aws:iam::${accountId}:user/alice`,
    accountId,
    userId: 'AIDA1',
    tags: {},
  },
  accountId,
  accessKeyId: 'AKIA1',
  session: null,
  jobRun: null,
  policies: { identity: [], boundary: null, session: null, ...policies },
});

const root = rootCaller(accountId);
const runner = user({
  identity: compiled(
    allow('emr-serverless:*', `arn:aws:emr-serverless:*:${accountId}:/applications/*`),
    allow('s3:ListBucket', 'arn:aws:s3:::bucket', {
      Condition: { StringLike: { 's3:prefix': 'mine/*' } },
    }),
    deny('emr-serverless:DeleteApplication', '*'),
  ),
});
const own = 'arn:aws:emr-serverless:us-east-1::/applications/00f1';
const foreign = 'arn:aws:emr-serverless:us-east-1:999999999999:/applications/00f1';
const names = { kind: 'names', prefix: 'mine/a' } as const;

it.each<[string, Caller, AccessRequest, boolean, string]>([
  [
    'root in its account',
    root,
    { action: 'emr-serverless:StartJobRun', resource: own },
    true,
    'root user of the account',
  ],
  [
    'root in another account',
    root,
    { action: 'emr-serverless:GetApplication', resource: foreign },
    false,
    'no resource-based policy',
  ],
  [
    'root that assumes a role that is not there',
    root,
    { action: 'sts:AssumeRole', resource: 'arn:aws:iam::123456789012:role/absent', trust: null },
    false,
    'no such role',
  ],
  [
    'a user whose policy allows it',
    runner,
    { action: 'emr-serverless:StartJobRun', resource: own },
    true,
    'Allow of statement 0 in p',
  ],
  [
    'a user whose policy denies it',
    runner,
    { action: 'emr-serverless:DeleteApplication', resource: own },
    false,
    'Deny of statement 2 in p',
  ],
  [
    'a user of no policy about it',
    runner,
    { action: 'iam:CreateRole', resource: '*' },
    false,
    'no identity-based policy',
  ],
  [
    'a user beyond its boundary',
    user({
      identity: compiled(allow('*', '*')),
      boundary: compilePolicy(policy(allow('s3:*', '*')), 'managed', 'limits'),
    }),
    { action: 'iam:CreateRole', resource: '*' },
    false,
    'no permissions boundary',
  ],
  [
    'a listing that the condition means',
    runner,
    {
      action: 's3:ListBucket',
      resource: 'arn:aws:s3:::bucket',
      reach: names,
      context: { 's3:prefix': 'mine/a' },
    },
    true,
    'Allow of statement 1 in p',
  ],
  [
    'a listing that it does not mean',
    runner,
    {
      action: 's3:ListBucket',
      resource: 'arn:aws:s3:::bucket',
      reach: { kind: 'names', prefix: '' },
      context: { 's3:prefix': '' },
    },
    false,
    'no identity-based policy',
  ],
  [
    'who they are, denied or not',
    user({ identity: compiled(deny('*', '*')) }),
    { action: 'sts:GetCallerIdentity', resource: '*' },
    true,
    'everyone may ask who they are',
  ],
  [
    'a deletion whose keys are in its body',
    user({}),
    { action: 's3:DeleteObject', resource: 'arn:aws:s3:::bucket/*', reach: { kind: 'keysInBody' } },
    true,
    'each key is decided on its own',
  ],
])('decides on %s', (_name, caller, access, allowed, decidedBy) => {
  const { message, ...decision } = decideAccess(caller, access);
  expect(decision).toEqual({ allowed, decidedBy });
  expect(message === '').toBe(allowed);
});

it('says why to the owner of the resource, and only that it is so to others', () => {
  const asked = { action: 'emr-serverless:GetApplication' };
  const alice = `User: arn:aws:iam::${accountId}:user/alice is not authorized to perform: emr-serverless:GetApplication`;
  const full = 'because no identity-based policy allows the emr-serverless:GetApplication action';
  expect(decideAccess(user({}), { ...asked, resource: own }).message).toBe(
    `${alice} on resource: arn:aws:emr-serverless:us-east-1:${accountId}:/applications/00f1 ${full}`,
  );
  expect(decideAccess(user({}), { ...asked, resource: foreign }).message).toBe(
    `${alice} on resource: ${foreign}`,
  );
});

it.each([
  [
    'arn:aws:emr-serverless:us-east-1::/applications/a',
    `arn:aws:emr-serverless:us-east-1:${accountId}:/applications/a`,
  ],
  [foreign, foreign],
  ['arn:aws:s3:::bucket/a:b::c', 'arn:aws:s3:::bucket/a:b::c'],
  ['arn:aws:iam::aws:policy/p', 'arn:aws:iam::aws:policy/p'],
  ['*', '*'],
])('completes %s', (arn, complete) => {
  expect(completeArn(arn, accountId)).toBe(complete);
});
