/**
 * Documents that S3 and IAM refuse for buckets and roles. Sources: IAM user guide
 * (reference_policies_elements_principal, …_notprincipal, reference_policies_grammar) and answers of
 * the APIs (API).
 */
import { compilePolicy } from '../compile.ts';
import { MalformedPolicy } from '../malformed-policy.ts';
import type { PolicyKind } from '../policy-kind.ts';
import { document, type StatementText } from '../test/cases.ts';

const refusal = (text: string, kind: PolicyKind): string | null => {
  try {
    compilePolicy(text, kind);
    return null;
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    expect(error.code).toBe(kind === 'bucket' ? 'MalformedPolicy' : 'MalformedPolicyDocument');
    return error.message;
  }
};

const without = (statement: StatementText, name: string): StatementText =>
  Object.fromEntries(Object.entries(statement).filter(([key]) => key !== name));

describe('buckets', () => {
  const good = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::b/*',
  };
  const principal = 'Invalid principal in policy';

  it.each<[string, string, string]>([
    ['API: no JSON', 'x', "Policies must be valid JSON and the first byte must be '{'"],
    [
      'API: a version nobody knows',
      document(good, '2020-01-01'),
      'The policy must contain a valid version string',
    ],
    ['API: no statement', document([]), 'Could not parse the policy: Statement is empty!'],
    ['API: an unknown field', document({ ...good, Effects: 'x' }), 'Unknown field Effects'],
  ])('%s', (_source, text, message) => {
    expect(refusal(text, 'bucket')).toBe(message);
  });

  it.each<[string, StatementText | readonly StatementText[], string]>([
    ['API: no principal', without(good, 'Principal'), 'Missing required field Principal'],
    [
      'API: an empty principal',
      { ...good, Principal: {} },
      'Missing required field Principal cannot be empty!',
    ],
    [
      'API: no principals',
      { ...good, Principal: { AWS: [] } },
      'Missing required field Principal cannot be empty!',
    ],
    ['API: no effect', without(good, 'Effect'), 'Missing required field Effect'],
    ['API: another effect', { ...good, Effect: 'Permit' }, 'Invalid effect: Permit'],
    ['API: no action', without(good, 'Action'), 'Missing required field Action'],
    ['API: no actions', { ...good, Action: [] }, 'Missing required field Action cannot be empty!'],
    ['API: no resource', without(good, 'Resource'), 'Missing required field Resource'],
    [
      'API: an action of another service',
      { ...good, Action: 'ec2:RunInstances' },
      'Policy has invalid action',
    ],
    ['API: any resource', { ...good, Resource: '*' }, 'Policy has invalid resource'],
    [
      'API: a resource of another service',
      { ...good, Resource: 'arn:aws:sqs:us-east-1:1:q' },
      'Policy has invalid resource',
    ],
    ['API: no ARN', { ...good, Resource: 'b' }, 'Policy has invalid resource'],
    ['grammar: wrong types', { ...good, Action: 3 }, 'Invalid policy syntax.'],
    [
      'API: a condition nobody knows',
      { ...good, Condition: { StringEqualz: { a: 'b' } } },
      'Invalid Condition type : StringEqualz',
    ],
    [
      'a range that is none',
      { ...good, Condition: { IpAddress: { 'aws:SourceIp': 'x' } } },
      'Invalid policy syntax.',
    ],
    [
      'API: one Sid twice',
      [
        { ...good, Sid: 'a b' },
        { ...good, Sid: 'a b' },
      ],
      'The Statement Ids in the policy are not unique',
    ],
    [
      'elements_notprincipal: not with Allow',
      { ...without(good, 'Principal'), NotPrincipal: { AWS: '123456789012' } },
      'Allow with NotPrincipal is not allowed.',
    ],
    ['both forms', { ...good, NotPrincipal: '*' }, 'Invalid policy syntax.'],
  ])('%s', (_source, statement, message) => {
    expect(refusal(document(statement), 'bucket')).toBe(message);
  });

  it.each<[string, unknown, string | null]>([
    ['principal: everyone', { AWS: '*' }, null],
    ['principal: an account by ARN', { AWS: 'arn:aws:iam::123456789012:root' }, null],
    ['principal: an account by id', { AWS: '123456789012' }, null],
    ['principal: accounts', { AWS: ['123456789012', '555555555555'] }, null],
    ['principal: a role with a path', { AWS: 'arn:aws:iam::123456789012:role/team/job' }, null],
    ['principal: a user', { AWS: 'arn:aws:iam::123456789012:user/user-name' }, null],
    ['principal: a role session', { AWS: 'arn:aws:sts::123456789012:assumed-role/job/run' }, null],
    [
      'principal: a federated user',
      { AWS: 'arn:aws:sts::123456789012:federated-user/Carol' },
      null,
    ],
    ['principal: what is left of a deleted role', { AWS: 'AROAEXAMPLE1EXAMPLE2' }, null],
    [
      'principal: services',
      { Service: ['ecs.amazonaws.com', 'elasticloadbalancing.amazonaws.com'] },
      null,
    ],
    [
      'principal: two types',
      { AWS: '123456789012', Service: 'logs.us-east-1.amazonaws.com' },
      null,
    ],
    [
      'principal: no part of an ARN is a wildcard',
      { AWS: 'arn:aws:iam::123456789012:user/*' },
      principal,
    ],
    [
      'principal: not all sessions',
      { AWS: 'arn:aws:sts::123456789012:assumed-role/job/*' },
      principal,
    ],
    [
      'principal: no session without a name',
      { AWS: 'arn:aws:sts::123456789012:assumed-role/job' },
      principal,
    ],
    ['principal: no group', { AWS: 'arn:aws:iam::123456789012:group/x' }, principal],
    ['principal: an account has twelve digits', { AWS: '12345' }, principal],
    ['principal: names are no principals', { AWS: 'alice' }, principal],
    ['principal: no wildcard in a service', { Service: '*.amazonaws.com' }, principal],
    ['principal: all services', { Service: '*' }, principal],
    ['checks: an unknown key', { Users: 'alice' }, principal],
    [
      'a canonical user id, which nobody has',
      { CanonicalUser: '79a59df900b949e55d96a1e698fbaced' },
      principal,
    ],
    ['no member of every object is a type', { constructor: 'x' }, principal],
    ['principal: a string is everyone or nothing', '123456789012', 'Invalid policy syntax.'],
  ])('%s', (_source, Principal, message) => {
    expect(refusal(document({ ...good, Principal }), 'bucket')).toBe(message);
  });

  it.each<[string, StatementText]>([
    ['elements_sid: spaces in a Sid', { ...good, Sid: 'Read for all' }],
    ['everything', { ...good, Action: '*', Resource: ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'] }],
    [
      'elements_notprincipal: with Deny',
      { ...without(good, 'Principal'), Effect: 'Deny', NotPrincipal: { AWS: '123456789012' } },
    ],
    [
      'elements_notresource',
      { ...without(good, 'Resource'), Effect: 'Deny', NotResource: 'arn:aws:s3:::b/public/*' },
    ],
    ['an Action in other letters', { ...good, Action: 'S3:getobject' }],
  ])('takes %s', (_source, statement) => {
    expect(refusal(document(statement), 'bucket')).toBeNull();
    expect(refusal(JSON.stringify({ Id: 'x', Statement: [statement] }), 'bucket')).toBeNull();
  });
});

describe('roles', () => {
  const good = {
    Effect: 'Allow',
    Principal: { Service: 'emr-serverless.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  it.each<[string, StatementText | readonly StatementText[], string | null]>([
    ['elements_principal: a service role', good, null],
    [
      'confused-deputy: conditions',
      {
        ...good,
        Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:ssm-incidents:*:111122223333:x/*' } },
      },
      null,
    ],
    ['elements_principal: everyone', { ...good, Principal: '*' }, null],
    [
      'id_session-tags: two actions',
      { ...good, Action: ['sts:AssumeRole', 'sts:TagSession'] },
      null,
    ],
    ['any action of STS', { ...good, Action: 'sts:*' }, null],
    [
      'elements_principal: a provider',
      {
        ...good,
        Principal: { Federated: 'cognito-identity.amazonaws.com' },
        Action: 'sts:AssumeRoleWithWebIdentity',
      },
      null,
    ],
    [
      'elements_principal: SAML',
      {
        ...good,
        Principal: { Federated: 'arn:aws:iam::123456789012:saml-provider/x' },
        Action: 'sts:AssumeRoleWithSAML',
      },
      null,
    ],
    ['API: a resource', { ...good, Resource: '*' }, 'Has prohibited field Resource'],
    [
      'API: all but a resource',
      { ...good, NotResource: '*' },
      'AssumeRole policy must not contain resources.',
    ],
    ['API: no principal', without(good, 'Principal'), 'Missing required field Principal'],
    [
      'API: an empty principal',
      { ...good, Principal: {} },
      'Missing required field Principal cannot be empty!',
    ],
    [
      'API: another action',
      { ...good, Action: 's3:GetObject' },
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    [
      'API: any action',
      { ...good, Action: '*' },
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    ['API: no action', without(good, 'Action'), 'Missing required field Action'],
    [
      'elements_notprincipal: not in trust policies',
      { ...without(good, 'Principal'), Effect: 'Deny', NotPrincipal: { AWS: '123456789012' } },
      'AssumeRole policy must not contain NotPrincipal field.',
    ],
    [
      'API: least of all with Allow',
      { ...without(good, 'Principal'), NotPrincipal: { AWS: '*' } },
      'Allow with NotPrincipal is not allowed.',
    ],
    [
      'API: a service nobody is',
      { ...good, Principal: { Service: 'emr' } },
      'Invalid principal in policy: "SERVICE":"emr"',
    ],
    [
      'API: a principal nobody is',
      { ...good, Principal: { AWS: 'arn:aws:iam::1:role/x' } },
      'Invalid principal in policy: "AWS":"arn:aws:iam::1:role/x"',
    ],
    [
      'API: an unknown type',
      { ...good, Principal: { Foo: 'x' } },
      'Invalid principal in policy: "Foo"',
    ],
    ['API: no effect', without(good, 'Effect'), 'Missing required field Effect'],
    ['API: another effect', { ...good, Effect: 'allow' }, 'Invalid effect: allow'],
    ['API: no statements', [], 'Could not parse the policy: Statement is empty!'],
    [
      'API: one Sid twice',
      [
        { ...good, Sid: 'a' },
        { ...good, Sid: 'a' },
      ],
      'The Statement Ids in the policy are not unique',
    ],
    ['wrong types', { ...good, Action: {} }, 'Syntax error in policy.'],
  ])('%s', (_source, statement, message) => {
    expect(refusal(document(statement), 'trust')).toBe(message);
  });

  it('say what is no JSON (API)', () => {
    expect(refusal('{invalid', 'trust')).toBe('This policy contains invalid Json');
  });
});
