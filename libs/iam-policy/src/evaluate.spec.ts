/**
 * Sections of reference_policies_evaluation-logic, …-cross-account, access_policies_boundaries,
 * access_policies (Session policies) and id_credentials_temp_control-access_* (IAM user guide).
 */
import type { CompiledPolicy } from './compile.ts';
import { type Decision, evaluate, type Policies, type PolicyRole } from './evaluate.ts';
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
  type StatementText,
  service,
  user,
} from './test/cases.ts';

/** A decision in short: `allowed`, `deny identity`, `no boundary`. */
const short = (decision: Decision): string => {
  if (decision.reason === 'allowed') return 'allowed';
  return `${decision.reason === 'explicitDeny' ? 'deny' : 'no'} ${decision.policyRole}`;
};

const object = 'arn:aws:s3:::b/k';
const allow: StatementText = {
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::b/*',
};
const deny: StatementText = { ...allow, Effect: 'Deny' };
const elsewhere: StatementText = { ...allow, Action: 'ec2:*', Resource: '*' };

const identity = (...statements: StatementText[]): CompiledPolicy[] => [compiled(statements)];
const bucket = (statement: StatementText, Principal: unknown): CompiledPolicy[] => [
  compiled({ ...statement, Principal }, 'bucket'),
];
const limit = (statement: StatementText): CompiledPolicy => compiled(statement);

const alice = user('alice');
const run = roleSession('job', 'run');
const carol = federatedUser('Carol', `arn:aws:iam::${accountId}:user/broker`);

const names = {
  alice: { AWS: alice.arn },
  role: { AWS: `arn:aws:iam::${accountId}:role/job` },
  session: { AWS: run.arn },
  account: { AWS: accountId },
  carol: { AWS: carol.arn },
  broker: { AWS: `arn:aws:iam::${accountId}:user/broker` },
};

type Row = [string, Principal, Partial<Policies>, string];

describe('a request within an account', () => {
  const decide = (
    principal: Principal,
    some: Partial<Policies>,
    owner: string | null = accountId,
  ) => short(evaluate(request('s3:GetObject', object, {}, principal, owner), policies(some)));

  it.each<Row>([
    ['by default all is denied', alice, {}, 'no identity'],
    ['an identity-based policy allows it', alice, { identity: identity(allow) }, 'allowed'],
    ['a policy about something else', alice, { identity: identity(elsewhere) }, 'no identity'],
    [
      'one of several policies allows it',
      alice,
      { identity: [...identity(elsewhere), ...identity(allow)] },
      'allowed',
    ],
    ['a denial in the same policy', alice, { identity: identity(allow, deny) }, 'deny identity'],
    [
      'a denial in another policy',
      alice,
      { identity: [...identity(allow), ...identity(deny)] },
      'deny identity',
    ],
    ['only a denial', alice, { identity: identity(deny) }, 'deny identity'],
    [
      'example: either side is enough, the resource',
      alice,
      { resource: bucket(allow, names.alice) },
      'allowed',
    ],
    [
      'example: both sides',
      alice,
      { identity: identity(allow), resource: bucket(allow, names.alice) },
      'allowed',
    ],
    [
      'example: the other side denies',
      alice,
      { identity: identity(allow), resource: bucket(deny, names.alice) },
      'deny resource',
    ],
    [
      'example: the identity denies what the resource allows',
      alice,
      { identity: identity(deny), resource: bucket(allow, names.alice) },
      'deny identity',
    ],
    [
      'a resource that denies everyone',
      alice,
      { identity: identity(allow), resource: bucket(deny, '*') },
      'deny resource',
    ],
    [
      'a resource that denies the account',
      alice,
      { identity: identity(allow), resource: bucket(deny, names.account) },
      'deny resource',
    ],
    [
      'a resource that denies another',
      alice,
      { identity: identity(allow), resource: bucket(deny, names.role) },
      'allowed',
    ],
    [
      'a resource that names the account only delegates',
      alice,
      { resource: bucket(allow, names.account) },
      'no identity',
    ],
    [
      '… and the identity passes it on',
      alice,
      { identity: identity(allow), resource: bucket(allow, names.account) },
      'allowed',
    ],
    ['a resource open to everyone', alice, { resource: bucket(allow, '*') }, 'allowed'],
    [
      'a resource that allows another user',
      alice,
      { resource: bucket(allow, { AWS: user('bob').arn }) },
      'no identity',
    ],
  ])('%s', (_name, principal, some, expected) => {
    expect(decide(principal, some)).toBe(expected);
  });

  it.each<Row>([
    [
      'Shirley: both allow',
      alice,
      { identity: identity(allow), boundary: limit(allow) },
      'allowed',
    ],
    [
      'Shirley: the boundary does not',
      alice,
      { identity: identity(allow), boundary: limit(elsewhere) },
      'no boundary',
    ],
    ['a boundary grants nothing', alice, { boundary: limit(allow) }, 'no identity'],
    [
      'a denial of the boundary',
      alice,
      { identity: identity(allow), boundary: limit(deny) },
      'deny boundary',
    ],
    [
      'Nikhil: a denial of the boundary wins over the resource',
      alice,
      { resource: bucket(allow, names.alice), boundary: limit(deny) },
      'deny boundary',
    ],
    [
      'Nikhil: a boundary does not limit what a resource grants a user',
      alice,
      { resource: bucket(allow, names.alice), boundary: limit(elsewhere) },
      'allowed',
    ],
    [
      '… nor what it grants everyone',
      alice,
      { resource: bucket(allow, '*'), boundary: limit(elsewhere) },
      'allowed',
    ],
    [
      'a role that the resource names is limited',
      run,
      { resource: bucket(allow, names.role), boundary: limit(elsewhere) },
      'no boundary',
    ],
    [
      '… and may, within the boundary',
      run,
      { resource: bucket(allow, names.role), boundary: limit(allow) },
      'allowed',
    ],
    [
      'a session that the resource names is not limited',
      run,
      { resource: bucket(allow, names.session), boundary: limit(elsewhere) },
      'allowed',
    ],
    [
      'the account that the resource names is limited',
      run,
      {
        identity: identity(allow),
        resource: bucket(allow, names.account),
        boundary: limit(elsewhere),
      },
      'no boundary',
    ],
  ])('with a boundary: %s', (_name, principal, some, expected) => {
    expect(decide(principal, some)).toBe(expected);
  });

  it.each<Row>([
    ['none was passed', run, { identity: identity(allow) }, 'allowed'],
    [
      'intersection: both allow',
      run,
      { identity: identity(allow), session: [limit(allow)] },
      'allowed',
    ],
    [
      'intersection: the session does not',
      run,
      { identity: identity(allow), session: [limit(elsewhere)] },
      'no session',
    ],
    [
      'intersection: the role does not',
      run,
      { identity: identity(elsewhere), session: [limit(allow)] },
      'no identity',
    ],
    [
      'one of several session policies is enough',
      run,
      { identity: identity(allow), session: [limit(elsewhere), limit(allow)] },
      'allowed',
    ],
    [
      'a denial',
      run,
      { identity: identity(allow), session: [limit(allow), limit(deny)] },
      'deny session',
    ],
    [
      'all three must allow',
      run,
      { identity: identity(allow), boundary: limit(elsewhere), session: [limit(allow)] },
      'no boundary',
    ],
    [
      'all three allow',
      run,
      { identity: identity(allow), boundary: limit(allow), session: [limit(allow)] },
      'allowed',
    ],
    [
      'a resource that names the role is limited by it',
      run,
      { resource: bucket(allow, names.role), session: [limit(elsewhere)] },
      'no session',
    ],
    [
      '… and adds to the role',
      run,
      { resource: bucket(allow, names.role), session: [limit(allow)] },
      'allowed',
    ],
    [
      'a resource that names the session is not limited',
      run,
      { resource: bucket(allow, names.session), session: [limit(elsewhere)] },
      'allowed',
    ],
    [
      'a resource that names the session, against a denial',
      run,
      { resource: bucket(allow, names.session), session: [limit(deny)] },
      'deny session',
    ],
    [
      'a resource that names both',
      run,
      {
        resource: [...bucket(allow, names.role), ...bucket(allow, names.session)],
        session: [limit(elsewhere)],
      },
      'allowed',
    ],
    [
      'no session policy allows anything',
      run,
      { identity: identity(allow), session: [] },
      'no session',
    ],
  ])('with session policies: %s', (_name, principal, some, expected) => {
    expect(decide(principal, some)).toBe(expected);
  });

  it.each<Row>([
    [
      'without session policies there is nothing',
      carol,
      { identity: identity(allow) },
      'no session',
    ],
    [
      'within the user’s policies',
      carol,
      { identity: identity(allow), session: [limit(allow)] },
      'allowed',
    ],
    [
      'not beyond them',
      carol,
      { identity: identity(elsewhere), session: [limit(allow)] },
      'no identity',
    ],
    [
      'a resource that names the session',
      carol,
      { resource: bucket(allow, names.carol) },
      'allowed',
    ],
    [
      'a resource that names the user is limited',
      carol,
      { resource: bucket(allow, names.broker), session: [limit(elsewhere)] },
      'no session',
    ],
    [
      'a resource that names the user',
      carol,
      { resource: bucket(allow, names.broker), session: [limit(allow)] },
      'allowed',
    ],
  ])('of a federated user: %s', (_name, principal, some, expected) => {
    expect(decide(principal, some)).toBe(expected);
  });

  it.each<Row>([
    ['has full access', root(), {}, 'allowed'],
    ['has no boundary', root(), { boundary: limit(deny) }, 'allowed'],
    ['has no identity-based policies', root(), { identity: identity(deny) }, 'allowed'],
    ['is denied by a resource', root(), { resource: bucket(deny, '*') }, 'deny resource'],
    ['is denied by its name', root(), { resource: bucket(deny, names.account) }, 'deny resource'],
    ['is no user', root(), { resource: bucket(deny, names.alice) }, 'allowed'],
  ])('of the root user, who %s', (_name, principal, some, expected) => {
    expect(decide(principal, some)).toBe(expected);
  });

  it('counts a resource of nobody as one’s own', () => {
    expect(decide(alice, { identity: identity(allow) }, null)).toBe('allowed');
    expect(decide(root(), {}, null)).toBe('allowed');
  });
});

describe('a request to another account', () => {
  const decide = (principal: Principal, some: Partial<Policies>) =>
    short(evaluate(request('s3:GetObject', object, {}, principal, otherAccountId), policies(some)));

  it.each<Row>([
    [
      'example: both allow',
      alice,
      { identity: identity(allow), resource: bucket(allow, names.alice) },
      'allowed',
    ],
    [
      'example: the caller’s account denies',
      alice,
      { identity: identity(deny), resource: bucket(allow, names.alice) },
      'deny identity',
    ],
    ['only the identity', alice, { identity: identity(allow) }, 'no resource'],
    ['only the resource', alice, { resource: bucket(allow, names.alice) }, 'no identity'],
    ['neither', alice, {}, 'no identity'],
    [
      'the resource names the account',
      alice,
      { identity: identity(allow), resource: bucket(allow, names.account) },
      'allowed',
    ],
    [
      'principal: everyone still needs its own policy',
      alice,
      { resource: bucket(allow, '*') },
      'no identity',
    ],
    [
      'principal: everyone',
      alice,
      { identity: identity(allow), resource: bucket(allow, '*') },
      'allowed',
    ],
    [
      'a denial of the resource',
      alice,
      { identity: identity(allow), resource: bucket(deny, names.account) },
      'deny resource',
    ],
    [
      'the boundary limits',
      alice,
      {
        identity: identity(allow),
        resource: bucket(allow, names.alice),
        boundary: limit(elsewhere),
      },
      'no boundary',
    ],
    [
      'the session limits',
      run,
      {
        identity: identity(allow),
        resource: bucket(allow, names.session),
        session: [limit(elsewhere)],
      },
      'no session',
    ],
    [
      'a resource that names the session is not enough',
      run,
      { resource: bucket(allow, names.session) },
      'no identity',
    ],
    [
      'a resource that names the role is not enough',
      run,
      { resource: bucket(allow, names.role) },
      'no identity',
    ],
    [
      'the role and its policy',
      run,
      { identity: identity(allow), resource: bucket(allow, names.role) },
      'allowed',
    ],
    ['the root user of the other account', root(), {}, 'no resource'],
    ['… whom the resource names', root(), { resource: bucket(allow, names.account) }, 'allowed'],
  ])('%s', (_name, principal, some, expected) => {
    expect(decide(principal, some)).toBe(expected);
  });
});

describe('a request without an account', () => {
  const decide = (principal: Principal, some: Partial<Policies>) =>
    short(evaluate(request('s3:GetObject', object, {}, principal, accountId), policies(some)));
  const logs = service('logging.s3.amazonaws.com');

  it.each<Row>([
    [
      'a service that the resource names',
      logs,
      { resource: bucket(allow, { Service: 'logging.s3.amazonaws.com' }) },
      'allowed',
    ],
    ['a service that it does not', logs, { resource: bucket(allow, names.account) }, 'no resource'],
    [
      'a service that it denies',
      logs,
      {
        resource: [...bucket(allow, '*'), ...bucket(deny, { Service: 'logging.s3.amazonaws.com' })],
      },
      'deny resource',
    ],
    ['nobody, where everyone may', anonymous, { resource: bucket(allow, '*') }, 'allowed'],
    [
      'nobody, where everyone may (the other spelling)',
      anonymous,
      { resource: bucket(allow, { AWS: '*' }) },
      'allowed',
    ],
    [
      'nobody, where nobody may',
      anonymous,
      { resource: bucket(allow, names.account) },
      'no resource',
    ],
    ['nobody, without a policy', anonymous, {}, 'no resource'],
  ])('%s', (_name, principal, some, expected) => {
    expect(decide(principal, some)).toBe(expected);
  });
});

describe('assuming a role', () => {
  const role = `arn:aws:iam::${accountId}:role/target`;
  const assume: StatementText = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: role };
  const trust = (Principal: unknown, more: StatementText = {}): CompiledPolicy[] => [
    compiled({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more }, 'trust'),
  ];
  const decide = (principal: Principal, some: Partial<Policies>, context = {}) =>
    short(evaluate(request('sts:AssumeRole', role, context, principal, accountId), policies(some)));
  const emr = service('emr-serverless.amazonaws.com');

  it.each<[...Row, Record<string, string>?]>([
    [
      'the service that the role trusts',
      emr,
      { resource: trust({ Service: 'emr-serverless.amazonaws.com' }) },
      'allowed',
    ],
    ['another service', emr, { resource: trust({ Service: 'ec2.amazonaws.com' }) }, 'no trust'],
    ['a user that the role trusts', alice, { resource: trust(names.alice) }, 'allowed'],
    [
      'a user of an account that it trusts',
      alice,
      { resource: trust(names.account) },
      'no identity',
    ],
    [
      '… who may assume it',
      alice,
      { identity: identity(assume), resource: trust(names.account) },
      'allowed',
    ],
    [
      'evaluation-logic: a trust policy must name whom it admits',
      alice,
      { identity: identity(assume), resource: trust({ AWS: user('bob').arn }) },
      'no trust',
    ],
    ['… the root user too', root(), { resource: trust({ AWS: user('bob').arn }) }, 'no trust'],
    [
      'a user that it denies',
      alice,
      {
        identity: identity(assume),
        resource: [...trust(names.account), ...trust(names.alice, { Effect: 'Deny' })],
      },
      'deny trust',
    ],
    [
      'of another account, both sides',
      user('alice', otherAccountId),
      { identity: identity(assume), resource: trust({ AWS: otherAccountId }) },
      'allowed',
    ],
    [
      'of another account, only the role',
      user('alice', otherAccountId),
      { resource: trust({ AWS: otherAccountId }) },
      'no identity',
    ],
    [
      'of another account, only the user',
      user('alice', otherAccountId),
      { identity: identity(assume), resource: trust(names.account) },
      'no trust',
    ],
    [
      'externalid: the right one',
      alice,
      {
        resource: trust(names.alice, {
          Condition: { StringEquals: { 'sts:ExternalId': '12345' } },
        }),
      },
      'allowed',
      { 'sts:ExternalId': '12345' },
    ],
    [
      'externalid: a wrong one',
      alice,
      {
        resource: trust(names.alice, {
          Condition: { StringEquals: { 'sts:ExternalId': '12345' } },
        }),
      },
      'no trust',
      { 'sts:ExternalId': '1' },
    ],
    [
      'confused-deputy: for the right application',
      emr,
      {
        resource: trust(
          { Service: emr.arn },
          {
            Condition: {
              ArnLike: { 'aws:SourceArn': `arn:aws:emr-serverless:*:${accountId}:/applications/*` },
            },
          },
        ),
      },
      'allowed',
      { 'aws:SourceArn': `arn:aws:emr-serverless:us-east-1:${accountId}:/applications/00f1` },
    ],
    [
      'confused-deputy: for somebody else’s',
      emr,
      {
        resource: trust(
          { Service: emr.arn },
          {
            Condition: {
              ArnLike: { 'aws:SourceArn': `arn:aws:emr-serverless:*:${accountId}:/applications/*` },
            },
          },
        ),
      },
      'no trust',
      { 'aws:SourceArn': `arn:aws:emr-serverless:us-east-1:${otherAccountId}:/applications/00f1` },
    ],
    [
      'confused-deputy: the account',
      emr,
      {
        resource: trust(
          { Service: emr.arn },
          { Condition: { StringEquals: { 'aws:SourceAccount': accountId } } },
        ),
      },
      'no trust',
      {},
    ],
    [
      'a provider that the role trusts',
      { ...anonymous, kind: 'federated', arn: 'accounts.google.com' },
      { resource: trust({ Federated: 'accounts.google.com' }) },
      'allowed',
    ],
  ])('%s', (...[, principal, some, expected, context]) => {
    expect(decide(principal, some, context)).toBe(expected);
  });
});

it('lets everyone ask who they are, denied or not (STS GetCallerIdentity)', () => {
  const everything = { Effect: 'Deny', Action: '*', Resource: '*' };
  const some = policies({ identity: identity(everything), boundary: limit(everything) });
  expect(evaluate(request('sts:GetCallerIdentity'), some).allowed).toBe(true);
  expect(evaluate(request('STS:getcalleridentity'), some).allowed).toBe(true);
  expect(evaluate(request('sts:GetSessionToken'), some).allowed).toBe(false);
});

it('names the statement that decided', () => {
  const first = compiled([elsewhere, { ...allow, Sid: 'Read' }], 'roleInline', 'reader');
  const some = policies({ identity: [first] });
  const asked = request('s3:GetObject', object, {}, run, accountId);
  expect(evaluate(asked, some)).toEqual({
    allowed: true,
    reason: 'allowed',
    by: { policyName: 'reader', kind: 'roleInline', sid: 'Read', index: 1 },
  });
});

it.each<[PolicyRole, Partial<Policies>]>([
  ['resource', { resource: bucket(deny, '*') }],
  ['identity', { identity: identity(deny) }],
  ['boundary', { boundary: limit(deny) }],
  ['session', { session: [limit(deny)] }],
])('finds a denial wherever it is: %s', (policyRole, denying) => {
  const allowing = { identity: identity(allow), resource: bucket(allow, names.session) };
  const some = policies({
    ...denying,
    identity: [...allowing.identity, ...(denying.identity ?? [])],
    resource: [...allowing.resource, ...(denying.resource ?? [])],
  });
  expect(evaluate(request('s3:GetObject', object, {}, run, accountId), some)).toMatchObject({
    reason: 'explicitDeny',
    policyRole,
  });
});

it('remembers a thousand actions and still decides the next', () => {
  const some = policies({ identity: identity({ ...allow, Action: 's3:Get*' }) });
  const asked = (action: string) => request(action, object, {}, alice, accountId);
  for (let index = 0; index < 2_500; index += 1)
    expect(evaluate(asked(`s3:Get${index}`), some).allowed).toBe(true);
  expect(evaluate(asked('s3:Put1'), some).allowed).toBe(false);
});
