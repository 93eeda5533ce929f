/** Sections of reference_policies_condition-keys and the table of principal values of reference_policies_variables. */
import { derivedValue, issuerArnOf, type Principal } from './request.ts';
import {
  anonymous,
  federatedUser,
  request,
  roleSession,
  root,
  service,
  tagged,
  user,
} from './test/cases.ts';

const bob = user('division/bob');
const run = roleSession('job', 'run');
const carol = federatedUser('Carol', 'arn:aws:iam::123456789012:user/broker');
const emr = service('emr-serverless.amazonaws.com');

it.each<[string, string, Principal, string | null]>([
  ['a user', 'aws:principalarn', bob, 'arn:aws:iam::123456789012:user/division/bob'],
  ['a role, not its session', 'aws:principalarn', run, 'arn:aws:iam::123456789012:role/job'],
  ['a federated user', 'aws:principalarn', carol, 'arn:aws:sts::123456789012:federated-user/Carol'],
  ['the root user', 'aws:principalarn', root(), 'arn:aws:iam::123456789012:root'],
  ['nobody', 'aws:principalarn', anonymous, null],
  ['a user', 'aws:principaltype', bob, 'User'],
  ['a role session', 'aws:principaltype', run, 'AssumedRole'],
  ['a federated user', 'aws:principaltype', carol, 'FederatedUser'],
  ['the root user', 'aws:principaltype', root(), 'Account'],
  ['nobody', 'aws:principaltype', anonymous, 'Anonymous'],
  ['a user, without its path', 'aws:username', bob, 'bob'],
  ['no role session', 'aws:username', run, null],
  ['no federated user', 'aws:username', carol, null],
  ['not the root user', 'aws:username', root(), null],
  ['a role session', 'aws:userid', run, 'AROAEXAMPLE:run'],
  ['a federated user', 'aws:userid', carol, '123456789012:Carol'],
  ['the root user', 'aws:userid', root(), '123456789012'],
  ['a user', 'aws:principalaccount', bob, '123456789012'],
  ['a service', 'aws:principalaccount', emr, null],
  ['a service', 'aws:principalisawsservice', emr, 'true'],
  ['a user', 'aws:principalisawsservice', bob, 'false'],
  ['a service', 'aws:principalservicename', emr, 'emr-serverless.amazonaws.com'],
  ['a role session', 'aws:principalservicename', run, null],
  ['tags without case', 'aws:principaltag/team', tagged(bob, { Team: 'data' }), 'data'],
  ['a tag that is not there', 'aws:principaltag/crew', tagged(bob, { Team: 'data' }), null],
])('of %s: %s', (_who, key, principal, value) => {
  expect(derivedValue(request('s3:GetObject', '*', {}, principal), key)).toBe(value);
});

it('knows whose the resource is', () => {
  const asked = request('s3:GetObject', '*', {}, bob, '999999999999');
  expect(derivedValue(asked, 'aws:resourceaccount')).toBe('999999999999');
});

it.each<[string, Principal, string | null]>([
  ['a session', run, 'arn:aws:iam::123456789012:role/job'],
  [
    'a session of a role with a path',
    { ...run, sessionIssuerArn: 'arn:aws:iam::123456789012:role/team/job' },
    'arn:aws:iam::123456789012:role/team/job',
  ],
  [
    'a session of another partition',
    { ...run, arn: 'arn:aws-cn:sts::123456789012:assumed-role/job/run' },
    'arn:aws-cn:iam::123456789012:role/job',
  ],
  ['a federated user', carol, 'arn:aws:iam::123456789012:user/broker'],
  ['a user', bob, null],
])('knows the issuer of %s', (_who, principal, arn) => {
  expect(issuerArnOf(principal)).toBe(arn);
});
