import type { RoleEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type RoleCommand, requireRole, role } from './role.ts';

const at = '2026-11-25T10:00:00.000Z';
const later = '2026-11-26T10:00:00.000Z';
const trust = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' },
  });
const policy = (action: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: action, Resource: '*' },
  });
const emr = trust('emr-serverless.amazonaws.com');
const creation = {
  accountId: '123456789012',
  roleName: 'job',
  roleId: 'AROA1',
  path: '/',
  arn: 'arn:aws:iam::123456789012:role/job',
  assumeRolePolicyDocument: emr,
  description: null,
  maxSessionDuration: 3_600,
  permissionsBoundary: null,
  tags: [],
};
const create = (more: object = {}, others: object = {}): RoleCommand => ({
  type: 'CreateRole',
  creation: { ...creation, ...more },
  others: { count: 0, sameName: false, ...others },
  at,
});
const created: RoleEvent = { type: 'RoleCreated', data: { ...creation, at } };
const put = (policyDocument = policy('s3:*'), policyName = 's3'): RoleCommand => ({
  type: 'PutPolicy',
  policyName,
  policyDocument,
  at,
});
const policyPut = (policyDocument = policy('s3:*')): RoleEvent => ({
  type: 'RolePolicyPut',
  data: { policyName: 's3', policyDocument, at },
});
const arn = 'arn:aws:iam::aws:policy/AmazonS3FullAccess';
const attached = (policyArn = arn): RoleEvent => ({
  type: 'RolePolicyAttached',
  data: { policyArn, at },
});
const update = (description?: string, maxSessionDuration?: number): RoleCommand => ({
  type: 'UpdateRole',
  description,
  maxSessionDuration,
  at,
});
const updated: RoleEvent = {
  type: 'RoleUpdated',
  data: { description: 'nightly', maxSessionDuration: 7_200, at },
};
const gone = 'NotFound: The role with name that is asked for cannot be found.';

it.each<[string, RoleEvent[], RoleCommand, object]>([
  ['creates a role', [], create(), { events: [created] }],
  [
    'refuses a second one of the name',
    [],
    create({}, { sameName: true }),
    { refused: 'Conflict: Role with name job already exists.' },
  ],
  [
    'refuses one more than an account may have',
    [],
    create({}, { count: 1_000 }),
    { refused: 'QuotaExceeded: Cannot exceed quota for RolesPerAccount: 1000' },
  ],
  [
    'refuses tags that are one key twice',
    [],
    create({
      tags: [
        { key: 'a', value: '1' },
        { key: 'A', value: '2' },
      ],
    }),
    {
      refused: 'Invalid: Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    },
  ],
  [
    'refuses trust that is no policy',
    [],
    create({ assumeRolePolicyDocument: '{' }),
    { refused: expect.stringMatching(/^Invalid: /) },
  ],
  [
    'refuses trust that names a resource',
    [],
    create({ assumeRolePolicyDocument: policy('sts:AssumeRole') }),
    { refused: expect.stringMatching(/^Invalid: /) },
  ],
  ['updates what is said', [created], update('nightly', 7_200), { events: [updated] }],
  ['leaves what is not said', [created, updated], update(undefined, 7_200), { events: [] }],
  [
    'changes who may assume it',
    [created],
    { type: 'ChangeTrust', assumeRolePolicyDocument: trust('ec2.amazonaws.com'), at },
    {
      events: [
        {
          type: 'RoleTrustChanged',
          data: { assumeRolePolicyDocument: trust('ec2.amazonaws.com'), at },
        },
      ],
    },
  ],
  [
    'keeps the same trust once',
    [created],
    { type: 'ChangeTrust', assumeRolePolicyDocument: emr, at },
    { events: [] },
  ],
  ['keeps a policy', [created], put(), { events: [policyPut()] }],
  ['keeps the same policy once', [created, policyPut()], put(), { events: [] }],
  [
    'replaces a policy',
    [created, policyPut()],
    put(policy('s3:Get*')),
    { events: [policyPut(policy('s3:Get*'))] },
  ],
  [
    'refuses a policy that is none',
    [created],
    put('7'),
    { refused: expect.stringMatching(/^Invalid: /) },
  ],
  [
    'refuses policies that are too long together',
    [created, policyPut(policy(`s3:${'a'.repeat(6_000)}`))],
    put(policy(`s3:${'b'.repeat(6_000)}`), 'more'),
    { refused: 'QuotaExceeded: Maximum policy size of 10240 bytes exceeded for role job' },
  ],
  ['refuses a policy of no role', [], put(), { refused: gone }],
  [
    'removes a policy',
    [created, policyPut()],
    { type: 'DeletePolicy', policyName: 's3', at },
    { events: [{ type: 'RolePolicyDeleted', data: { policyName: 's3', at } }] },
  ],
  [
    'removes no policy that is not there',
    [created],
    { type: 'DeletePolicy', policyName: 'constructor', at },
    { refused: 'NotFound: The role policy with name constructor cannot be found.' },
  ],
  [
    'attaches a managed policy',
    [created],
    { type: 'AttachPolicy', policyArn: arn, at },
    { events: [attached()] },
  ],
  [
    'attaches it once',
    [created, attached()],
    { type: 'AttachPolicy', policyArn: arn, at },
    { events: [] },
  ],
  [
    'attaches ten at most',
    [created, ...Array.from({ length: 10 }, (_, index) => attached(`${arn}${index}`))],
    { type: 'AttachPolicy', policyArn: arn, at },
    { refused: 'QuotaExceeded: Cannot exceed quota for PoliciesPerRole: 10' },
  ],
  [
    'detaches it',
    [created, attached()],
    { type: 'DetachPolicy', policyArn: arn, at },
    { events: [{ type: 'RolePolicyDetached', data: { policyArn: arn, at } }] },
  ],
  [
    'detaches nothing else',
    [created],
    { type: 'DetachPolicy', policyArn: arn, at },
    { refused: `NotFound: Policy ${arn} was not found.` },
  ],
  [
    'is limited by a boundary',
    [created],
    { type: 'SetBoundary', policyArn: arn, at },
    { events: [{ type: 'RoleBoundarySet', data: { policyArn: arn, at } }] },
  ],
  [
    'has no boundary to lose',
    [created],
    { type: 'SetBoundary', policyArn: null, at },
    { events: [] },
  ],
  [
    'is tagged',
    [created],
    { type: 'Tag', tags: [{ key: 'team', value: 'data' }], at },
    { events: [{ type: 'RoleTagged', data: { tags: [{ key: 'team', value: 'data' }], at } }] },
  ],
  [
    'goes with nothing attached',
    [created],
    { type: 'DeleteRole', instanceProfiles: 0, at },
    { events: [{ type: 'RoleDeleted', data: { at } }] },
  ],
  [
    'stays while a managed policy is attached',
    [created, attached()],
    { type: 'DeleteRole', instanceProfiles: 0, at },
    { refused: 'Conflict: Cannot delete entity, must detach all policies first.' },
  ],
  [
    'stays while it has a policy of its own',
    [created, policyPut()],
    { type: 'DeleteRole', instanceProfiles: 0, at },
    { refused: 'Conflict: Cannot delete entity, must delete policies first.' },
  ],
  [
    'stays while an instance profile hands it out',
    [created],
    { type: 'DeleteRole', instanceProfiles: 1, at },
    {
      refused: 'Conflict: Cannot delete entity, must remove roles from instance profile first.',
    },
  ],
  [
    'is gone once it is deleted',
    [created, { type: 'RoleDeleted', data: { at } }],
    { type: 'DeleteRole', instanceProfiles: 0, at },
    { refused: gone },
  ],
])('%s', (_name, history, command, outcome) => {
  expect(given(role, history).when(command)).toEqual(outcome);
});

it('holds the latest text of every policy', () => {
  const { state } = given(role, [created, policyPut(), policyPut(policy('s3:Get*'))]);
  expect(requireRole(state, 'job')).toMatchObject({
    createdAt: at,
    policies: { s3: policy('s3:Get*') },
    attached: [],
  });
});

it('reads a role of a version that knew of no boundaries', () => {
  const { permissionsBoundary: _unknown, ...known } = creation;
  const { state } = given(role, [{ type: 'RoleCreated', data: { ...known, at } }]);
  expect(requireRole(state, 'job').permissionsBoundary).toBeNull();
});

it('forgets what it was when it is deleted', () => {
  const history: RoleEvent[] = [
    created,
    policyPut(),
    { type: 'RolePolicyDeleted', data: { policyName: 's3', at } },
    attached(),
    { type: 'RolePolicyDetached', data: { policyArn: arn, at } },
    { type: 'RoleTrustChanged', data: { assumeRolePolicyDocument: emr, at: later } },
    { type: 'RoleDeleted', data: { at: later } },
  ];
  expect(given(role, history).state).toEqual({ exists: false });
  expect(given(role, history.slice(0, -1)).state).toMatchObject({ policies: {}, attached: [] });
});
