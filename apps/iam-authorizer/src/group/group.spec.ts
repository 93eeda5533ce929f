import type { GroupEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type GroupCommand, group, groupArn, requireGroup } from './group.ts';

const at = '2026-11-25T10:00:00.000Z';
const creation = { accountId: '123456789012', groupName: 'devs', groupId: 'AGPA1', path: '/' };
const created: GroupEvent = { type: 'GroupCreated', data: { ...creation, at } };
const create = (others: object = {}): GroupCommand => ({
  type: 'CreateGroup',
  creation,
  others: { count: 0, sameName: false, ...others },
  at,
});
const attached: GroupEvent = { type: 'GroupPolicyAttached', data: { policyArn: 'arn', at } };

it.each<[string, GroupEvent[], GroupCommand, object]>([
  ['is created', [], create(), { events: [created] }],
  [
    'is one of its name',
    [],
    create({ sameName: true }),
    { refused: 'Conflict: Group with name devs already exists.' },
  ],
  [
    'is one of not too many',
    [],
    create({ count: 300 }),
    { refused: 'QuotaExceeded: Cannot exceed quota for GroupsPerAccount: 300' },
  ],
  [
    'gets another name',
    [created],
    { type: 'RenameGroup', groupName: 'engineers', path: '/team/', sameName: false, at },
    { events: [{ type: 'GroupRenamed', data: { groupName: 'engineers', path: '/team/', at } }] },
  ],
  [
    'attaches a policy',
    [created],
    { type: 'AttachPolicy', policyArn: 'arn', at },
    { events: [attached] },
  ],
  [
    'goes when nobody is in it',
    [created],
    { type: 'DeleteGroup', members: 0, at },
    { events: [{ type: 'GroupDeleted', data: { at } }] },
  ],
  [
    'stays while somebody is in it',
    [created],
    { type: 'DeleteGroup', members: 1, at },
    { refused: 'Conflict: Cannot delete entity, must remove users from group first.' },
  ],
  [
    'stays while it carries a policy',
    [created, attached],
    { type: 'DeleteGroup', members: 0, at },
    { refused: 'Conflict: Cannot delete entity, must detach all policies first.' },
  ],
  [
    'carries nothing before it is there',
    [],
    { type: 'AttachPolicy', policyArn: 'arn', at },
    { refused: 'NotFound: The group with name that is asked for cannot be found.' },
  ],
])('%s', (_name, history, command, outcome) => {
  expect(given(group, history).when(command)).toEqual(outcome);
});

it('is known by its path and name', () => {
  const renamed: GroupEvent = {
    type: 'GroupRenamed',
    data: { groupName: 'engineers', path: '/team/', at },
  };
  const { state } = given(group, [created, renamed, attached]);
  expect(groupArn(requireGroup(state, 'engineers'))).toBe(
    'arn:aws:iam::123456789012:group/team/engineers',
  );
});
