import type { RoleEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type RoleCommand, requireRole, role } from './role.ts';

const at = '2026-11-25T10:00:00.000Z';
const document = '{"Statement":[]}';
const creation = {
  accountId: '123456789012',
  roleName: 'job',
  roleId: 'AROA1',
  path: '/',
  arn: 'arn:aws:iam::123456789012:role/job',
  assumeRolePolicyDocument: document,
  description: null,
  maxSessionDuration: 3600,
  tags: [],
};
const create = (assumeRolePolicyDocument = document): RoleCommand => ({
  type: 'CreateRole',
  creation: { ...creation, assumeRolePolicyDocument },
  at,
});
const put = (policyDocument = document): RoleCommand => ({
  type: 'PutRolePolicy',
  roleName: 'job',
  policyName: 's3',
  policyDocument,
  at,
});
const created: RoleEvent = { type: 'RoleCreated', data: { ...creation, at } };
const policyPut = (policyDocument = document): RoleEvent => ({
  type: 'RolePolicyPut',
  data: { policyName: 's3', policyDocument, at },
});
const malformed = 'Invalid: MalformedPolicyDocument: Syntax errors in policy.';
const another = '{"Statement":[{}]}';

it.each<[string, RoleEvent[], RoleCommand, object]>([
  ['creates a role', [], create(), { events: [created] }],
  [
    'refuses a second one of the name',
    [created],
    create(),
    { refused: 'Conflict: Role with name job already exists.' },
  ],
  ['refuses trust that is no JSON', [], create('{'), { refused: malformed }],
  ['refuses trust without statements', [], create('{}'), { refused: malformed }],
  ['refuses trust that is null', [], create('null'), { refused: malformed }],
  ['keeps a policy', [created], put(), { events: [policyPut()] }],
  ['keeps the same policy once', [created, policyPut()], put(), { events: [] }],
  ['replaces a policy', [created, policyPut()], put(another), { events: [policyPut(another)] }],
  ['refuses a policy that is none', [created], put('7'), { refused: malformed }],
  [
    'refuses a policy of no role',
    [],
    put(),
    { refused: 'NotFound: The role with name job cannot be found.' },
  ],
])('%s', (_name, history, command, outcome) => {
  expect(given(role, history).when(command)).toEqual(outcome);
});

it('holds the latest text of every policy', () => {
  const { state } = given(role, [created, policyPut(), policyPut(another)]);
  expect(requireRole(state, 'job')).toMatchObject({ createdAt: at, policies: { s3: another } });
});
