import { servicePrincipal, trusts } from './trust.ts';

const allow = {
  Effect: 'Allow',
  Principal: { Service: servicePrincipal },
  Action: 'sts:AssumeRole',
};
const policy = (Statement: unknown): string => JSON.stringify({ Version: '2012-10-17', Statement });

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
  ['wildcards that mean something else', policy([{ ...allow, Action: 'sts:AssumeRole?*' }]), false],
  ['a dot that is a dot', policy([{ ...allow, Action: 'sts.AssumeRole' }]), false],
  ['no action', policy([{ ...allow, Action: undefined }]), false],
  [
    'all but something else',
    policy([{ ...allow, Action: undefined, NotAction: 'sts:TagSession' }]),
    true,
  ],
  ['all but this', policy([{ ...allow, Action: undefined, NotAction: ['sts:AssumeRole'] }]), false],
  ['a denial of all', policy([allow, { Effect: 'Deny', Principal: '*', Action: '*' }]), false],
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
  ['no statement', '{}', false],
  ['null', 'null', false],
  ['no JSON', '{', false],
])('reads %s (behaviours row 30)', (_name, document, trusted) => {
  expect(trusts(document, servicePrincipal)).toBe(trusted);
});
