/**
 * Documents that IAM refuses for users, groups, roles and sessions, and what it says; then some that it
 * takes. Sources: IAM user guide (reference_policies_grammar, …_elements_*, troubleshoot_policies,
 * access-analyzer-reference-policy-checks, reference_policies_variables) and answers of the API (API).
 */
import { compilePolicy } from '../compile.ts';
import { MalformedPolicy } from '../malformed-policy.ts';
import type { PolicyKind } from '../policy-kind.ts';
import { document, type StatementText } from '../test/cases.ts';

const syntax = 'Syntax errors in policy.';
const legacy = 'The policy failed legacy parsing';
const partition = (name: string, arn: string): string =>
  `Partition "${name}" is not valid for resource "${arn}".`;
const iamPath =
  'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.';

const refusal = (text: string, kind: PolicyKind = 'managed'): string | null => {
  try {
    compilePolicy(text, kind);
    return null;
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    expect(error.code).toBe('MalformedPolicyDocument');
    return error.message;
  }
};

const good = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::b' };
const without = (name: string): StatementText =>
  Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));

describe('the document', () => {
  it.each<[string, string, string]>([
    ['API: no JSON', 'This is not a json document', syntax],
    ['API: a list', `[${document(good)}]`, syntax],
    ['troubleshoot: more than one object', `${document(good)}${document(good)}`, syntax],
    [
      'troubleshoot: more than one Statement',
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"},"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}',
      syntax,
    ],
    [
      'troubleshoot: more than one Effect',
      '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Effect":"Allow","Action":"ec2:*","Resource":"*"}}',
      syntax,
    ],
    [
      'troubleshoot: more than one Resource',
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b","Resource":"arn:aws:s3:::b/*"}}',
      syntax,
    ],
    [
      'API: an unknown element',
      '{"Version":"2012-10-17","Statement":[],"Extra field":"value"}',
      syntax,
    ],
    ['API: an unknown version', document(good, '2013-10-17'), syntax],
    [
      'checks: the version is a string',
      '{"Version":20121017,"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
      syntax,
    ],
    [
      'API: the id is a string',
      '{"Version":"2012-10-17","Id":["a"],"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
      syntax,
    ],
    ['API: no statement', '{"Version":"2012-10-17"}', syntax],
    ['API: no statements', document([]), syntax],
    ['API: a statement that is a string', '{"Version":"2012-10-17","Statement":["afd"]}', syntax],
    [
      'API: the older version in a managed policy',
      document(good, '2008-10-17'),
      'Policy document must be version 2012-10-17 or greater.',
    ],
    [
      'API: no version in a managed policy',
      JSON.stringify({ Statement: good }),
      'Policy document must be version 2012-10-17 or greater.',
    ],
    [
      'API: the version comes before the effect',
      JSON.stringify({ Statement: { ...good, Effect: 'denY' } }),
      'Policy document must be version 2012-10-17 or greater.',
    ],
  ])('%s', (_source, text, message) => {
    expect(refusal(text)).toBe(message);
  });
});

describe('a statement', () => {
  it.each<[string, StatementText | readonly StatementText[], string]>([
    ['API: an unknown element', { ...good, 'Extra field': 'value' }, syntax],
    ['API: no effect', without('Effect'), syntax],
    ['API: another effect', { ...good, Effect: 'invalid' }, syntax],
    ['elements_effect: case-sensitive', { ...good, Effect: 'denY' }, legacy],
    [
      'API: an effect in small letters comes before actions',
      { ...without('Action'), Effect: 'allow' },
      legacy,
    ],
    ['API: the effect is a string', { ...good, Effect: true }, syntax],
    [
      'grammar notes: no principal',
      { ...good, Principal: '*' },
      'Policy document should not specify a principal.',
    ],
    [
      'elements_notprincipal: not in identity-based policies',
      { ...good, NotPrincipal: { AWS: '*' } },
      'Policy document should not specify a principal.',
    ],
    ['API: a Sid is a string', { ...good, Sid: [] }, syntax],
    [
      'elements_sid: letters and digits',
      { ...good, Sid: 'a-b' },
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    ],
    [
      'elements_sid: unique',
      [
        { ...good, Sid: 'sdf' },
        { ...good, Sid: 'sdf' },
      ],
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    [
      'API: Sids come before actions',
      [
        { ...good, Sid: 'sdf' },
        { Sid: 'sdf', Effect: 'Allow' },
      ],
      'Statement IDs (SID) in a single policy must be unique.',
    ],
  ])('%s', (_source, statement, message) => {
    expect(refusal(document(statement))).toBe(message);
  });
});

describe('actions', () => {
  it.each<[string, StatementText, string]>([
    ['API: none', without('Action'), 'Policy statement must contain actions.'],
    ['API: none, and no resources', { Effect: 'Allow' }, 'Policy statement must contain actions.'],
    ['API: an empty list', { ...good, Action: [] }, 'Policy statement must contain actions.'],
    [
      'elements: Action and NotAction exclude each other',
      { ...good, NotAction: 'iam:dsf' },
      syntax,
    ],
    ['API: an object', { ...good, Action: {} }, syntax],
    ['API: a list in a list', { ...good, Action: [[]] }, syntax],
    ['API: null', { ...good, Action: null }, syntax],
    [
      'API: no service',
      { ...good, Action: 'invalid' },
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    [
      'API: no service, and no resources',
      { Effect: 'Allow', Action: 'invalid' },
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    [
      'API: an empty NotAction',
      { ...without('Action'), NotAction: '' },
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    [
      'API: a service with a space',
      { ...good, Action: 'a a:ListBucket' },
      'Vendor a a is not valid',
    ],
    [
      'API: a service with a wildcard',
      { ...good, Action: 's*:ListBucket' },
      'Vendor s* is not valid',
    ],
    [
      'API: two colons',
      { ...good, Action: 's3:List:Bucket' },
      'Actions/Condition can contain only one colon.',
    ],
    [
      'API: the second of a list',
      { ...good, Action: ['s3:ListBucket', 's:3:x'] },
      'Actions/Condition can contain only one colon.',
    ],
  ])('%s', (_source, statement, message) => {
    expect(refusal(document(statement))).toBe(message);
  });
});

describe('resources', () => {
  it.each<[string, unknown, string]>([
    ['API: an empty list', [], 'Policy statement must contain resources.'],
    ['API: an object', { a: 'arn:aws:s3:::b' }, syntax],
    ['API: a list with an object', ['adfdf', {}], syntax],
    ['API: no ARN', 'invalid resource', 'Resource invalid resource must be in ARN format or "*".'],
    ['API: nothing', '', 'Resource  must be in ARN format or "*".'],
    ['API: one of a list', ['arn:aws:s3:::b', 'adf'], 'Resource adf must be in ARN format or "*".'],
    ['API: another partition', 'arn:error:s3:::b', partition('error', 'arn:error:s3:::b')],
    [
      'API: a partition and nothing',
      'a:bsdfdsafsad',
      partition('bsdfdsafsad', 'arn:bsdfdsafsad:*:*:*:*'),
    ],
    ['API: a partition and a service', 'a:b:cadfsdf', partition('b', 'arn:b:cadfsdf:*:*:*')],
    ['API: more than six components', 'a:b:c:d:e:f:g:h', partition('b', 'arn:b:c:d:e:f:g:h')],
    ['API: arn forgotten', 'aws:s3:::example_bucket', partition('s3', 'arn:s3:::example_bucket:*')],
    [
      'API: the first of two',
      ['arn:error:s3:::b', 'arn:error:s3::b'],
      partition('error', 'arn:error:s3:::b'),
    ],
    [
      'API: no service',
      'arn:aws',
      'Resource vendor must be fully qualified and cannot contain regexes.',
    ],
    [
      'elements_resource: no wildcard in the service',
      'arn:aws:s*:::b',
      'Resource vendor must be fully qualified and cannot contain regexes.',
    ],
    ['API: an empty service', 'arn:aws::::b', legacy],
    ['API: a component too few', 'arn:aws:s3::b', legacy],
    ['API: two components too few', 'arn:aws::fdsasf', legacy],
    [
      'checks: IAM is not regional',
      'arn:aws:iam:us-east-1::user/x',
      'IAM resource arn:aws:iam:us-east-1::user/x cannot contain region information.',
    ],
    [
      'API: S3 is not regional',
      'arn:aws:s3:us-east-1::b',
      'Resource arn:aws:s3:us-east-1::b can not contain region information.',
    ],
    ['API: a path of IAM', 'arn:aws:iam:::example_bucket', iamPath],
    [
      'variables: not before the fifth colon',
      `arn:aws:iam::\${aws:PrincipalAccount}:role/x`,
      legacy,
    ],
    ['variables: nor where there is no fifth colon', `arn:aws:sqs:\${aws:RequestedRegion}`, legacy],
  ])('%s', (_source, resource, message) => {
    expect(refusal(document({ ...good, Resource: resource }))).toBe(message);
  });

  it.each<[string, StatementText, string]>([
    ['API: none', without('Resource'), 'Policy statement must contain resources.'],
    [
      'elements: Resource and NotResource exclude each other',
      { ...good, NotResource: '*' },
      syntax,
    ],
    ['API: an empty NotResource beside it', { ...good, NotResource: [] }, syntax],
    ['API: NotResource', { ...without('Resource'), NotResource: 'arn:aws:s3::b' }, legacy],
    ['API: before actions', { ...without('Action'), Resource: 'arn:aws:s3::b' }, legacy],
    [
      'API: before the colons of actions',
      { ...good, Action: 's:3:x', Resource: 'sdfsadf' },
      'Resource sdfsadf must be in ARN format or "*".',
    ],
  ])('%s', (_source, statement, message) => {
    expect(refusal(document(statement))).toBe(message);
  });
});

describe('conditions', () => {
  it.each<[string, unknown, string]>([
    ['API: a list', [], syntax],
    ['API: a string', 'a', syntax],
    ['API: an operator without keys', { a: 'b' }, syntax],
    ['API: an operator with a list', { DateGreaterThan: [] }, syntax],
    ['API: a value that is an object', { DateGreaterThan: { a: {} } }, syntax],
    ['API: a value that is null', { StringEquals: { a: null } }, syntax],
    ['API: a list in a list', { StringEquals: { a: [['b']] } }, syntax],
    ['checks: no such operator', { x: { a: '1' } }, syntax],
    ['checks: no such operator, in other letters', { stringequals: { a: '1' } }, syntax],
    [
      'API: two colons after the set operator',
      { 'ForAnyValue::StringEqualsIfExists': { a: 'asf' } },
      syntax,
    ],
    ['checks: no such set operator', { 'ForSomeValues:StringEquals': { a: 'asf' } }, syntax],
    ['checks: Null with IfExists', { NullIfExists: { a: 'true' } }, syntax],
    ['no member of every object is an operator', { constructor: { a: 'true' } }, syntax],
    ['troubleshoot: a key named twice', { StringEquals: 'duplicate' }, syntax],
    ['API: no date', { DateGreaterThan: { a: 'sdfdsf' } }, legacy],
    ['API: no month', { DateLessThanEquals: { a: '234-13' } }, legacy],
    ['API: half a zone', { DateLessThanEquals: { a: '2016-12-13t2:00:00.593194+1' } }, legacy],
    [
      'API: too fine',
      { DateLessThanEquals: { a: '2016-12-13t02:00:00.1999999999+10:59' } },
      legacy,
    ],
    ['API: too late', { DateLessThan: { a: '9223372036854775808' } }, legacy],
    ['operators: no variable in a date', { DateLessThan: { a: `\${aws:CurrentTime}` } }, legacy],
    ['operators: no number', { NumericLessThan: { a: 'ten' } }, legacy],
    ['operators: no variable in a number', { NumericEquals: { a: `\${aws:x}` } }, legacy],
    ['operators: no range', { IpAddress: { a: '203.0.113.0/33' } }, legacy],
    ['operators: no address', { NotIpAddress: { a: ['10.0.0.0/8', 'localhost'] } }, legacy],
    ['operators: no address of IPv6', { IpAddress: { a: '2001:db8::/129' } }, legacy],
    ['operators: no base64', { BinaryEquals: { a: '***' } }, legacy],
    ['operators: Null is true or false', { Null: { a: 'yes' } }, legacy],
  ])('%s', (_source, Condition, message) => {
    expect(refusal(document({ ...good, Condition }))).toBe(message);
  });

  it('come before actions that are missing (API)', () => {
    const Condition = { DateGreaterThan: { a: 'sdfdsf' } };
    expect(refusal(document({ Effect: 'Allow', Condition }))).toBe(legacy);
  });
});

describe('what IAM takes', () => {
  it.each<[string, StatementText | readonly StatementText[]]>([
    ['grammar: one statement without a list', good],
    [
      'grammar: lists of one',
      [{ ...good, Action: ['s3:ListBucket'], Resource: ['arn:aws:s3:::b'] }],
    ],
    ['grammar: everything', { Effect: 'Deny', Action: '*', Resource: '*' }],
    ['elements_notaction', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }],
    [
      'elements_notresource',
      { Effect: 'Deny', Action: 's3:*', NotResource: ['arn:aws:s3:::HRBucket/Payroll'] },
    ],
    ['API: NotAction with NotResource', { Effect: 'Allow', NotAction: 's3:x', NotResource: '*' }],
    ['API: a list with *', { ...good, Resource: ['arn:aws:s3:::b', '*'] }],
    ['API: an action nobody knows', { ...good, Action: 'iam: asdf safdsf af ' }],
    ['API: a service nobody knows', { ...good, Action: 'aaaaaadsfdsafsadfsadfaaaaa:ListBucket' }],
    ['API: a service with a dot', { ...good, Action: 's3.s:ListBucket' }],
    ['API: any service', { ...good, Action: '*:Get*' }],
    ['API: an ARN of three components', { ...good, Resource: 'arn:aws:fdsasf' }],
    [
      'API: a region of a service nobody knows',
      { ...good, Resource: 'arn:aws:invalid-service:us-east-1::b' },
    ],
    ['API: the resource of another service', { ...good, Resource: 'arn:aws:iam:::user/b' }],
    ['everything of IAM', { ...good, Resource: 'arn:aws:iam::123456789012:*' }],
    [
      'S3: an access point',
      { ...good, Resource: 'arn:aws:s3:us-west-2:123456789012:accesspoint/x' },
    ],
    [
      'other partitions',
      { ...good, Resource: ['arn:aws-cn:s3:::b', 'arn:aws-us-gov:s3:::b', 'arn:*:s3:::b'] },
    ],
    ['API: no conditions', { ...good, Condition: {} }],
    [
      'API: an operator with nothing to compare',
      { ...good, Condition: { a: {}, DateGreaterThan: {} } },
    ],
    ['API: a key without values', { ...good, Condition: { DateGreaterThan: { a: [] } } }],
    [
      'operators: …IfExists',
      { ...good, Condition: { 'ForAnyValue:StringEqualsIfExists': { a: 'x' } } },
    ],
    [
      'grammar: numbers and booleans',
      { ...good, Condition: { NumericLessThan: { a: 10 }, Bool: { b: true } } },
    ],
    [
      'API: Sids, one empty',
      [
        { ...good, Sid: '' },
        { ...good, Sid: 'a' },
        { ...good, Sid: '' },
      ],
    ],
    ['variables: in the resource', { ...good, Resource: `arn:aws:s3:::b/\${aws:username}/*` }],
    [
      'variables: after the fifth colon',
      { ...good, Resource: `arn:aws:sns:*:*:\${aws:username}-topic:x` },
    ],
  ])('%s', (_source, statement) => {
    expect(refusal(document(statement))).toBeNull();
  });

  it.each<[string, string, PolicyKind]>([
    [
      'API: an id',
      `{"Version":"2012-10-17","Id":"x","Statement":${JSON.stringify(good)}}`,
      'managed',
    ],
    ['elements_version: the older version, inline', document(good, '2008-10-17'), 'roleInline'],
    ['elements_version: none, inline', JSON.stringify({ Statement: good }), 'userInline'],
    ['none, for a session', JSON.stringify({ Statement: good }), 'session'],
    [
      'grammar: elements in any order',
      '{"Statement":[{"Resource":"*","Action":"*","Effect":"Allow"}],"Version":"2012-10-17"}',
      'managed',
    ],
    ['grammar: white space', `\n\t ${document(good)} \r\n`, 'managed'],
  ])('%s', (_source, text, kind) => {
    expect(refusal(text, kind)).toBeNull();
  });

  it('treats variables as text before the fifth colon, too, in the older version', () => {
    const statement = { ...good, Resource: `arn:aws:sqs:us-east-1:\${aws:PrincipalAccount}:x` };
    expect(refusal(document(statement, '2008-10-17'), 'roleInline')).toBeNull();
  });
});
