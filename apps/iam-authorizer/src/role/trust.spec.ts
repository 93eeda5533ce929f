import { createPolicyCache } from '../policy/policy-cache.ts';
import { servicePrincipal, trusts } from './trust.ts';

const accountId = '123456789012';
const sourceArn = `arn:aws:emr-serverless:us-east-1:${accountId}:/applications/00f1`;
const allow = {
  Effect: 'Allow',
  Principal: { Service: servicePrincipal },
  Action: 'sts:AssumeRole',
};
const policy = (Statement: unknown): string => JSON.stringify({ Version: '2012-10-17', Statement });
const when = (Condition: object): string => policy([{ ...allow, Condition }]);
const cache = createPolicyCache();

it.each<[string, string, boolean]>([
  ['the usual statement', policy([allow]), true],
  ['one statement that is no list', policy(allow), true],
  [
    'one of several services',
    policy([{ ...allow, Principal: { Service: ['ec2.amazonaws.com', servicePrincipal] } }]),
    true,
  ],
  ['any action of STS', policy([{ ...allow, Action: ['sts:*'] }]), true],
  ['anybody', policy([{ ...allow, Principal: '*' }]), true],
  ['an action in other letters', policy([{ ...allow, Action: 'STS:assumerole' }]), true],
  ['an action with wildcards', policy([{ ...allow, Action: 'sts:Assume*' }]), true],
  [
    'a denial for another service',
    policy([allow, { ...allow, Effect: 'Deny', Principal: { Service: 'ec2.amazonaws.com' } }]),
    true,
  ],
  ['another service', policy([{ ...allow, Principal: { Service: 'ec2.amazonaws.com' } }]), false],
  [
    'an account',
    policy([{ ...allow, Principal: { AWS: 'arn:aws:iam::123456789012:root' } }]),
    false,
  ],
  ['another action', policy([{ ...allow, Action: 'sts:TagSession' }]), false],
  ['a denial beside it', policy([allow, { ...allow, Effect: 'Deny' }]), false],
  ['its own account', when({ StringEquals: { 'aws:SourceAccount': accountId } }), true],
  ['another account', when({ StringEquals: { 'aws:SourceAccount': '999999999999' } }), false],
  ['its application', when({ ArnEquals: { 'aws:SourceArn': sourceArn } }), true],
  [
    'any application of the account',
    when({ ArnLike: { 'aws:SourceArn': sourceArn.replace('00f1', '*') } }),
    true,
  ],
  [
    'another application',
    when({ ArnLike: { 'aws:SourceArn': sourceArn.replace('00f1', '00f2') } }),
    false,
  ],
  [
    'an external id, which no service has',
    when({ StringEquals: { 'sts:ExternalId': 'x' } }),
    false,
  ],
  ['no statement', '{}', false],
  ['null', 'null', false],
  ['no JSON', '{', false],
])('reads %s (behaviours row 30)', (_name, assumeRolePolicyDocument, trusted) => {
  const role = {
    arn: `arn:aws:iam::${accountId}:role/job`,
    roleName: 'job',
    assumeRolePolicyDocument,
  };
  expect(trusts(cache, role, { accountId, sourceArn })).toBe(trusted);
});
