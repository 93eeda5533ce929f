import type { InstanceProfileEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type InstanceProfileCommand, instanceProfile } from './instance-profile.ts';

const at = '2026-11-27T10:00:00.000Z';
const creation = {
  accountId: '123456789012',
  instanceProfileName: 'web',
  instanceProfileId: 'AIPA1',
  path: '/',
  tags: [],
};
const create = (others: object = {}): InstanceProfileCommand => ({
  type: 'CreateInstanceProfile',
  creation,
  others: { count: 0, sameName: false, ...others },
  at,
});
const created: InstanceProfileEvent = { type: 'InstanceProfileCreated', data: { ...creation, at } };
const add: InstanceProfileCommand = { type: 'AddRole', roleId: 'AROA1', at };
const added: InstanceProfileEvent = {
  type: 'InstanceProfileRoleAdded',
  data: { roleId: 'AROA1', at },
};
const remove = (roleId: string): InstanceProfileCommand => ({
  type: 'RemoveRole',
  roleName: 'job',
  roleId,
  at,
});
const removed: InstanceProfileEvent = {
  type: 'InstanceProfileRoleRemoved',
  data: { roleId: 'AROA1', at },
};
const remove1 = remove('AROA1');
const destroy: InstanceProfileCommand = { type: 'DeleteInstanceProfile', at };
const deleted: InstanceProfileEvent = { type: 'InstanceProfileDeleted', data: { at } };

it.each<[string, InstanceProfileEvent[], InstanceProfileCommand, object]>([
  ['creates one', [], create(), { events: [created] }],
  [
    'refuses a second one of the name',
    [],
    create({ sameName: true }),
    { refused: 'Conflict: Instance Profile web already exists.' },
  ],
  [
    'refuses one more than an account may have',
    [],
    create({ count: 1_000 }),
    { refused: 'QuotaExceeded: Cannot exceed quota for InstanceProfilesPerAccount: 1000' },
  ],
  ['hands out a role', [created], add, { events: [added] }],
  [
    'hands out one role at most',
    [created, added],
    add,
    { refused: 'QuotaExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1' },
  ],
  ['hands out no role any more', [created, added], remove1, { events: [removed] }],
  [
    'cannot lose what it does not have',
    [created, added],
    remove('AROA2'),
    { refused: 'NotFound: The role with name job cannot be found.' },
  ],
  [
    'stays while it has a role',
    [created, added],
    destroy,
    { refused: 'Conflict: Cannot delete entity, must remove roles from instance profile first.' },
  ],
  ['goes without one', [created, added, removed], destroy, { events: [deleted] }],
  [
    'is gone once it is deleted',
    [created, deleted],
    add,
    { refused: 'NotFound: Instance Profile that is asked for cannot be found.' },
  ],
  [
    'is tagged',
    [created],
    { type: 'Tag', tags: [{ key: 'team', value: 'data' }], at },
    {
      events: [
        { type: 'InstanceProfileTagged', data: { tags: [{ key: 'team', value: 'data' }], at } },
      ],
    },
  ],
])('%s', (_name, history, command, outcome) => {
  expect(given(instanceProfile, history).when(command)).toEqual(outcome);
});

it('keeps its tags as a set', () => {
  const history: InstanceProfileEvent[] = [
    created,
    { type: 'InstanceProfileTagged', data: { tags: [{ key: 'a', value: '1' }], at } },
    { type: 'InstanceProfileTagged', data: { tags: [{ key: 'b', value: '2' }], at } },
    { type: 'InstanceProfileUntagged', data: { tagKeys: ['a'], at } },
  ];
  expect(given(instanceProfile, history).state).toMatchObject({ tags: [{ key: 'b', value: '2' }] });
});
