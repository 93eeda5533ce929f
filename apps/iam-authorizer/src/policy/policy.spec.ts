import type { PolicyEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type ManagedPolicyCommand, policy, policyArn, requireManagedPolicy } from './policy.ts';

const at = '2026-11-25T10:00:00.000Z';
const text = (action: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: action, Resource: '*' },
  });
const creation = {
  accountId: '123456789012',
  policyName: 'buckets',
  policyId: 'ANPA1',
  path: '/team/',
  description: null,
  document: text('s3:*'),
  tags: [],
};
const created: PolicyEvent = { type: 'PolicyCreated', data: { ...creation, at } };
const create = (more: object = {}, others: object = {}): ManagedPolicyCommand => ({
  type: 'CreatePolicy',
  creation: { ...creation, ...more },
  others: { count: 0, sameName: false, ...others },
  at,
});
const version = (versionId: string, isDefault = false): PolicyEvent => ({
  type: 'PolicyVersionCreated',
  data: { versionId, document: text('s3:Get*'), isDefault, at },
});
const add = (setAsDefault: boolean, document = text('s3:Get*')): ManagedPolicyCommand => ({
  type: 'CreateVersion',
  document,
  setAsDefault,
  at,
});
const removed = (versionId: string): PolicyEvent => ({
  type: 'PolicyVersionDeleted',
  data: { versionId, at },
});
const arn = 'arn:aws:iam::123456789012:policy/team/buckets';
const five = ['v2', 'v3', 'v4', 'v5'].map((versionId) => version(versionId));

it.each<[string, PolicyEvent[], ManagedPolicyCommand, object]>([
  ['is created', [], create(), { events: [created] }],
  [
    'is one of its name',
    [],
    create({}, { sameName: true }),
    {
      refused: 'Conflict: A policy called buckets already exists. Duplicate names are not allowed.',
    },
  ],
  [
    'is one of not too many',
    [],
    create({}, { count: 1_500 }),
    { refused: 'QuotaExceeded: Cannot exceed quota for PoliciesPerAccount: 1500' },
  ],
  [
    'is a policy',
    [],
    create({ document: '{"Version":"2012-10-17"}' }),
    { refused: expect.stringMatching(/^Invalid: /) },
  ],
  [
    'has 6,144 characters at most',
    [],
    create({ document: text(`s3:${'a'.repeat(6_144)}`) }),
    { refused: 'QuotaExceeded: Cannot exceed quota for PolicySize: 6144' },
  ],
  ['gets a version', [created], add(false), { events: [version('v2')] }],
  ['gets one that counts', [created], add(true), { events: [version('v2', true)] }],
  [
    'gets no number twice',
    [created, version('v2'), removed('v2')],
    add(false),
    { events: [version('v3')] },
  ],
  [
    'has five versions at most',
    [created, ...five],
    add(true),
    {
      refused:
        'QuotaExceeded: A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    },
  ],
  [
    'has another version count',
    [created, version('v2')],
    { type: 'SetDefaultVersion', versionId: 'v2', at },
    { events: [{ type: 'PolicyDefaultVersionSet', data: { versionId: 'v2', at } }] },
  ],
  [
    'has the same version count',
    [created],
    { type: 'SetDefaultVersion', versionId: 'v1', at },
    { events: [] },
  ],
  [
    'has no version count that is not there',
    [created],
    { type: 'SetDefaultVersion', versionId: 'v2', at },
    { refused: `NotFound: Policy ${arn} version v2 does not exist or is not attachable.` },
  ],
  [
    'loses a version',
    [created, version('v2', true)],
    { type: 'DeleteVersion', versionId: 'v1', at },
    { events: [removed('v1')] },
  ],
  [
    'keeps the version that counts',
    [created, version('v2')],
    { type: 'DeleteVersion', versionId: 'v1', at },
    { refused: 'Conflict: Cannot delete the default version of a policy.' },
  ],
  [
    'goes',
    [created],
    { type: 'DeletePolicy', attachments: 0, at },
    { events: [{ type: 'PolicyDeleted', data: { at } }] },
  ],
  [
    'stays while it is used',
    [created],
    { type: 'DeletePolicy', attachments: 1, at },
    { refused: 'Conflict: Cannot delete a policy attached to entities.' },
  ],
  [
    'stays while it has other versions',
    [created, version('v2')],
    { type: 'DeletePolicy', attachments: 0, at },
    { refused: expect.stringMatching(/^Conflict: This policy has more than one version\./) },
  ],
  [
    'is tagged',
    [created],
    { type: 'Tag', tags: [{ key: 'a', value: 'b' }], at },
    { events: [{ type: 'PolicyTagged', data: { tags: [{ key: 'a', value: 'b' }], at } }] },
  ],
  [
    'is not there before it is created',
    [],
    add(true),
    { refused: expect.stringMatching(/^NotFound/) },
  ],
])('%s', (_name, history, command, outcome) => {
  expect(given(policy, history).when(command)).toEqual(outcome);
});

it('says what counts', () => {
  const later = '2026-11-26T10:00:00.000Z';
  const history: PolicyEvent[] = [
    created,
    version('v2', true),
    { type: 'PolicyDefaultVersionSet', data: { versionId: 'v1', at: later } },
    removed('v2'),
  ];
  const { state } = given(policy, history);
  const known = requireManagedPolicy(state, arn);
  expect(policyArn(known)).toBe(arn);
  expect(known).toMatchObject({
    defaultVersionId: 'v1',
    numbered: 2,
    versions: [{ versionId: 'v1', document: text('s3:*'), createdAt: at }],
  });
});
