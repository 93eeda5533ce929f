/** reference_policies_elements_principal and …_notprincipal (IAM user guide). */
import { evaluate } from './evaluate.ts';
import type { PrincipalText } from './grammar/shape.ts';
import { compilePrincipal, type Meant, meantByStatement } from './principal.ts';
import type { Principal } from './request.ts';
import {
  accountId,
  anonymous,
  compiled,
  federatedUser,
  otherAccountId,
  policies,
  request,
  roleSession,
  root,
  service,
  user,
} from './test/cases.ts';

const element = (entries: '*' | Record<string, string | string[]>, negated = false) => {
  const text: PrincipalText = {
    negated,
    entries:
      entries === '*'
        ? '*'
        : Object.entries(entries).map(([type, values]) => ({ type, values: [values].flat() })),
  };
  return compilePrincipal(text);
};

const carol = federatedUser('Carol', `arn:aws:iam::${accountId}:user/broker`);
const withPath = {
  ...roleSession('job', 'run'),
  sessionIssuerArn: `arn:aws:iam::${accountId}:role/team/job`,
};
const google: Principal = { ...anonymous, kind: 'federated', arn: 'accounts.google.com' };

it.each<[string, '*' | Record<string, string | string[]>, Principal, Meant | null]>([
  ['accounts: by ARN', { AWS: `arn:aws:iam::${accountId}:root` }, user(), 'account'],
  ['accounts: by id', { AWS: accountId }, user(), 'account'],
  ['accounts: roles too', { AWS: accountId }, roleSession(), 'account'],
  ['accounts: the root user itself', { AWS: accountId }, root(), 'self'],
  ['accounts: another', { AWS: otherAccountId }, user(), null],
  ['accounts: one of two', { AWS: [otherAccountId, accountId] }, user(), 'account'],
  ['users: by ARN', { AWS: `arn:aws:iam::${accountId}:user/alice` }, user('alice'), 'self'],
  ['users: names know case', { AWS: `arn:aws:iam::${accountId}:user/Alice` }, user('alice'), null],
  [
    'users: in another account',
    { AWS: `arn:aws:iam::${otherAccountId}:user/alice` },
    user('alice'),
    null,
  ],
  [
    'roles: their sessions',
    { AWS: `arn:aws:iam::${accountId}:role/job` },
    roleSession('job'),
    'issuer',
  ],
  [
    'roles: other sessions',
    { AWS: `arn:aws:iam::${accountId}:role/job` },
    roleSession('other'),
    null,
  ],
  ['roles: with a path', { AWS: `arn:aws:iam::${accountId}:role/team/job` }, withPath, 'issuer'],
  [
    'roles: without the path it is another role',
    { AWS: `arn:aws:iam::${accountId}:role/job` },
    withPath,
    null,
  ],
  [
    'sessions: this one',
    { AWS: `arn:aws:sts::${accountId}:assumed-role/job/run` },
    roleSession('job', 'run'),
    'self',
  ],
  [
    'sessions: another',
    { AWS: `arn:aws:sts::${accountId}:assumed-role/job/run` },
    roleSession('job', 'run2'),
    null,
  ],
  [
    'federated users: the session',
    { AWS: `arn:aws:sts::${accountId}:federated-user/Carol` },
    carol,
    'self',
  ],
  [
    'federated users: who made it',
    { AWS: `arn:aws:iam::${accountId}:user/broker` },
    carol,
    'issuer',
  ],
  [
    'services: by name',
    { Service: 'emr-serverless.amazonaws.com' },
    service('emr-serverless.amazonaws.com'),
    'self',
  ],
  [
    'services: another',
    { Service: 'ec2.amazonaws.com' },
    service('emr-serverless.amazonaws.com'),
    null,
  ],
  ['services: are no users', { AWS: accountId }, service('emr-serverless.amazonaws.com'), null],
  ['providers', { Federated: 'accounts.google.com' }, google, 'self'],
  ['providers: another', { Federated: 'www.amazon.com' }, google, null],
  ['all principals', '*', anonymous, 'self'],
  ['all principals, the other way', { AWS: '*' }, anonymous, 'self'],
  ['all principals: users', '*', user(), 'self'],
  ['nobody is not in an account', { AWS: accountId }, anonymous, null],
  [
    'the strongest of several',
    { AWS: [accountId, `arn:aws:iam::${accountId}:user/alice`] },
    user('alice'),
    'self',
  ],
])('Principal, %s', (_section, entries, principal, meant) => {
  expect(meantByStatement(element(entries), principal, false)).toBe(meant);
});

const bob = `arn:aws:iam::${accountId}:user/Bob`;
const accountArn = `arn:aws:iam::${accountId}:root`;
const audit = [
  `arn:aws:sts::${accountId}:assumed-role/read-only/audit`,
  `arn:aws:iam::${accountId}:role/read-only`,
  accountArn,
];
it.each<[string, string | string[], Principal, boolean]>([
  ['example: Bob', [bob, accountArn], user('Bob'), false],
  ['example: everybody but Bob', [bob, accountArn], user('Alice'), true],
  ['without his account Bob is denied', bob, user('Bob'), true],
  ['the account alone spares no user of it', accountArn, user('Bob'), true],
  ['the account alone spares its root user', accountArn, root(), false],
  ['example: the session, its role, its account', audit, roleSession('read-only', 'audit'), false],
  ['example: another session', audit, roleSession('read-only', 'other'), true],
  [
    'without the role the session is denied',
    [audit[0] ?? '', accountArn],
    roleSession('read-only', 'audit'),
    true,
  ],
  ['without the session, too', audit.slice(1), roleSession('read-only', 'audit'), true],
  ['everyone is spared', '*', user('Bob'), false],
  ['nobody is not spared', [bob, accountArn], anonymous, true],
  ['another account', [bob, accountArn], user('Bob', otherAccountId), true],
])('NotPrincipal with Deny, %s', (_section, AWS, principal, denied) => {
  const spared = element({ AWS }, true);
  expect(meantByStatement(spared, principal, false) !== null).toBe(denied);
});

it('spares a service that NotPrincipal lists', () => {
  const spared = element({ Service: 'logs.amazonaws.com' }, true);
  expect(meantByStatement(spared, service('logs.amazonaws.com'), false)).toBeNull();
  expect(meantByStatement(spared, service('ec2.amazonaws.com'), false)).toBe('self');
});

it('NotPrincipal with Deny denies whoever has a permissions boundary (notprincipal, Key points)', () => {
  const bucket = compiled(
    [
      { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::b/*' },
      {
        Effect: 'Deny',
        NotPrincipal: { AWS: [bob, accountArn] },
        Action: 's3:*',
        Resource: 'arn:aws:s3:::b/*',
      },
    ],
    'bucket',
  );
  const boundary = compiled({ Effect: 'Allow', Action: '*', Resource: '*' });
  const asked = request('s3:GetObject', 'arn:aws:s3:::b/k', {}, user('Bob'), accountId);
  expect(evaluate(asked, policies({ resource: [bucket] })).allowed).toBe(true);
  expect(evaluate(asked, policies({ resource: [bucket], boundary })).reason).toBe('explicitDeny');
});
