import { grantsAnythingTo, isPublic, requireBucketPolicy } from './bucket-policy.ts';
import { compilePolicy } from './compile.ts';
import type { Principal } from './request.ts';
import { document, roleSession, root, type StatementText, user } from './test/cases.ts';

const good = {
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::lake/*',
};

describe('the resources of a bucket’s policy', () => {
  it.each<[string, boolean]>([
    ['arn:aws:s3:::lake', true],
    ['arn:aws:s3:::lake/*', true],
    ['arn:aws:s3:::lake/a:b/*', true],
    ['arn:aws:s3:::*', true],
    ['arn:aws:s3:::*/*', true],
    ['arn:aws:s3:::la*', true],
    ['arn:aws:s3:::l?ke/x', true],
    ['arn:aws:s3:::l*/raw', true],
    ['arn:aws:s3:::l*x', true],
    ['arn:*:s3:::lake', true],
    [`arn:aws:s3:::\${aws:PrincipalTag/bucket}/*`, true],
    ['arn:aws:s3:::lakes', false],
    ['arn:aws:s3:::lakes/*', false],
    ['arn:aws:s3:::lak/e', false],
    ['arn:aws:s3:::s*', false],
    ['arn:aws:s3:::other/lake', false],
  ])('%s: %s', (Resource, fits) => {
    const required = (statement: StatementText) => () =>
      requireBucketPolicy(document(statement), 'lake');
    if (fits) required({ ...good, Resource })();
    else expect(required({ ...good, Resource })).toThrow('Policy has invalid resource');
    expect(required({ ...good, Resource: ['arn:aws:s3:::nobody', Resource] })).toThrow(
      'Policy has invalid resource',
    );
  });

  it('may be all but something elsewhere', () => {
    const { Resource: _, ...rest } = good;
    requireBucketPolicy(document({ ...rest, NotResource: 'arn:aws:s3:::other/*' }), 'lake');
  });

  it('are looked at when the document is a policy', () => {
    expect(() => requireBucketPolicy('lake', 'lake')).toThrow(
      "Policies must be valid JSON and the first byte must be '{'",
    );
  });
});

describe('a caller is granted something', () => {
  const arn = 'arn:aws:iam::123456789012:role/job';
  it.each<[string, object, Principal, boolean]>([
    ['as everybody', { Principal: '*' }, user(), true],
    ['as the account', { Principal: { AWS: '123456789012' } }, root(), true],
    ['as somebody of the account', { Principal: { AWS: '123456789012' } }, user(), true],
    ['as the role of its session', { Principal: { AWS: arn } }, roleSession('job'), true],
    ['under a condition', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }, user(), true],
    ['never by a denial', { Effect: 'Deny' }, user(), false],
    ['not as another role', { Principal: { AWS: arn } }, roleSession('other'), false],
    ['not as another account', { Principal: { AWS: '999999999999' } }, user(), false],
  ])('%s', (_name, more, caller, granted) => {
    const policy = compilePolicy(document({ ...good, ...more }), 'bucket');
    expect(grantsAnythingTo(policy, caller, false)).toBe(granted);
  });
});

/** Sources: Amazon S3 user guide, access-control-block-public-access ("The meaning of 'public'"); ceph/s3-tests, policy status. */
it.each<[string, StatementText, boolean]>([
  ['to everybody', good, true],
  ['to every principal of AWS', { ...good, Principal: { AWS: '*' } }, true],
  [
    'to one of several and to everybody',
    { ...good, Principal: { AWS: ['1'.repeat(12), '*'] } },
    true,
  ],
  ['to an account', { ...good, Principal: { AWS: '123456789012' } }, false],
  ['to a service', { ...good, Principal: { Service: 'logging.s3.amazonaws.com' } }, false],
  ['nothing', { ...good, Effect: 'Deny' }, false],
  [
    'from one address',
    { ...good, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/32' } } },
    false,
  ],
  [
    'from an address',
    { ...good, Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.1' } } },
    false,
  ],
  [
    'from half of the world',
    { ...good, Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '0.0.0.0/1'] } } },
    true,
  ],
  [
    'from half of IPv6',
    { ...good, Condition: { IpAddress: { 'aws:SourceIp': '2000::/3' } } },
    true,
  ],
  [
    'from everywhere but one address',
    { ...good, Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.1' } } },
    true,
  ],
  [
    'from a network',
    { ...good, Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-91237329' } } },
    false,
  ],
  ['from any network', { ...good, Condition: { StringLike: { 'aws:SourceVpc': 'vpc-*' } } }, true],
  [
    'from all networks but one',
    { ...good, Condition: { StringNotEquals: { 'aws:SourceVpc': 'vpc-91237329' } } },
    true,
  ],
  [
    'from a network, if any',
    { ...good, Condition: { StringEqualsIfExists: { 'aws:SourceVpc': 'vpc-1' } } },
    true,
  ],
  [
    'to an organisation',
    { ...good, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } },
    false,
  ],
  [
    'to whoever has a value of his own',
    { ...good, Condition: { StringEquals: { 'aws:userid': `\${aws:userid}` } } },
    true,
  ],
  [
    'to all sessions of a role id',
    { ...good, Condition: { StringLike: { 'aws:userid': 'AROAEXAMPLE:*' } } },
    true,
  ],
  [
    'with a key that confines nobody',
    { ...good, Condition: { StringEquals: { 's3:prefix': 'a/' } } },
    true,
  ],
])('a policy that allows something %s', (_name, statement, expected) => {
  expect(isPublic(document(statement))).toBe(expected);
  const fixed = { ...good, Principal: { AWS: '123456789012' } };
  expect(isPublic(document([fixed, statement]))).toBe(expected);
});
