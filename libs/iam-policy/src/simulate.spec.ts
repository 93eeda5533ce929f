/** `EvaluationResult` of SimulateCustomPolicy and SimulatePrincipalPolicy (IAM API reference). */
import { compilePolicy, contextKeysOf } from './compile.ts';
import { simulate } from './simulate.ts';
import { accountId, compiled, policies, request, roleSession, user } from './test/cases.ts';

const text = `{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"},
    {
      "Effect": "Deny",
      "Action": "s3:*",
      "Resource": "arn:aws:s3:::b/secret/*"
    }
  ]
}`;
const reader = compilePolicy(text, 'roleInline', 'reader');
const get = (key: string) =>
  request('s3:GetObject', `arn:aws:s3:::b/${key}`, {}, roleSession(), accountId);

it('lists the statements that allow, with where they stand', () => {
  expect(simulate(get('k'), policies({ identity: [reader] }))).toMatchObject({
    evalDecision: 'allowed',
    matchedStatements: [
      {
        sourcePolicyId: 'reader',
        sourcePolicyType: 'role',
        startPosition: { line: 4, column: 5 },
        endPosition: { line: 4, column: 92 },
      },
    ],
    missingContextValues: [],
    allowedByPermissionsBoundary: null,
  });
});

it('lists only the denials when there is one', () => {
  expect(simulate(get('secret/k'), policies({ identity: [reader] }))).toMatchObject({
    evalDecision: 'explicitDeny',
    matchedStatements: [
      {
        sourcePolicyId: 'reader',
        startPosition: { line: 5, column: 5 },
        endPosition: { line: 9, column: 6 },
      },
    ],
  });
});

it('lists nothing when nothing allows it', () => {
  const asked = request('s3:PutObject', 'arn:aws:s3:::b/k');
  expect(simulate(asked, policies({ identity: [reader] }))).toMatchObject({
    evalDecision: 'implicitDeny',
    matchedStatements: [],
  });
});

it('lists what allows it on both sides, and denials of limits', () => {
  const bucket = compiled(
    {
      Effect: 'Allow',
      Principal: { AWS: accountId },
      Action: 's3:*',
      Resource: 'arn:aws:s3:::b/*',
    },
    'bucket',
    'b',
  );
  const both = policies({ identity: [reader], resource: [bucket] });
  expect(
    simulate(get('k'), both).matchedStatements.map(({ sourcePolicyType }) => sourcePolicyType),
  ).toEqual(['role', 'resource']);
  const session = [compiled({ Effect: 'Deny', Action: '*', Resource: '*' }, 'session', 's')];
  expect(simulate(get('k'), { ...both, session }).matchedStatements).toEqual([
    expect.objectContaining({ sourcePolicyId: 's', sourcePolicyType: 'none' }),
  ]);
});

it.each<[string, string, boolean]>([
  ['allows it', 's3:*', true],
  ['does not', 'ec2:*', false],
])('says whether the boundary %s', (_name, Action, expected) => {
  const boundary = compiled({ Effect: 'Allow', Action, Resource: '*' });
  const simulation = simulate(get('k'), policies({ identity: [reader], boundary }));
  expect(simulation.allowedByPermissionsBoundary).toBe(expected);
  expect(simulation.evalDecision).toBe(expected ? 'allowed' : 'implicitDeny');
});

it('says that a boundary that denies does not allow', () => {
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
  const boundary = compiled([everything, { ...everything, Effect: 'Deny', Action: 's3:Get*' }]);
  const { allowedByPermissionsBoundary } = simulate(
    get('k'),
    policies({ identity: [reader], boundary }),
  );
  expect(allowedByPermissionsBoundary).toBe(false);
});

describe('context keys', () => {
  const conditional = compiled([
    {
      Effect: 'Allow',
      Action: 's3:*',
      Resource: `arn:aws:s3:::b/\${aws:PrincipalTag/Team}/*`,
      Condition: {
        IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
        StringEquals: { 'aws:ResourceTag/x': [`\${aws:username}`, `\${aws:x, 'y'}`] },
      },
    },
    {
      Effect: 'Allow',
      Action: 'ec2:*',
      Resource: '*',
      Condition: { Bool: { 'AWS:SOURCEIP': 'true' }, Null: { 'ec2:Vpc': 'true' } },
    },
  ]);

  it('are listed once, in the policy’s spelling (GetContextKeysForCustomPolicy)', () => {
    expect(contextKeysOf([conditional])).toEqual([
      'aws:SourceIp',
      'aws:ResourceTag/x',
      'aws:username',
      'aws:PrincipalTag/Team',
      'ec2:Vpc',
    ]);
  });

  it('are missing when the statements about the action read them', () => {
    const asked = request('s3:GetObject', '*', { 'AWS:sourceip': '10.0.0.1' }, user());
    // Without the team nobody knows whether the resource is meant: its key is all that is asked for.
    expect(simulate(asked, policies({ identity: [conditional] })).missingContextValues).toEqual([
      'aws:PrincipalTag/Team',
    ]);
  });

  it('are missing in the conditions of statements about the resource', () => {
    const asked = request('s3:GetObject', 'arn:aws:s3:::b/data/k', {
      'aws:PrincipalTag/Team': 'data',
    });
    expect(simulate(asked, policies({ identity: [conditional] })).missingContextValues).toEqual([
      'aws:ResourceTag/x',
      'aws:SourceIp',
    ]);
  });

  it('are not missing in statements about other actions', () => {
    const asked = request('sqs:SendMessage');
    expect(simulate(asked, policies({ identity: [conditional] })).missingContextValues).toEqual([]);
  });
});
