import type { UserEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { requireUser, type UserCommand, user, userArn } from './user.ts';

const at = '2026-11-25T10:00:00.000Z';
const creation = {
  accountId: '123456789012',
  userName: 'Alice',
  userId: 'AIDA1',
  path: '/team/',
  permissionsBoundary: null,
  tags: [],
};
const created: UserEvent = { type: 'UserCreated', data: { ...creation, at } };
const create = (others: object = {}): UserCommand => ({
  type: 'CreateUser',
  creation,
  others: { count: 0, sameName: false, ...others },
  at,
});
const rename = (userName: string, path: string, sameName = false): UserCommand => ({
  type: 'RenameUser',
  userName,
  path,
  sameName,
  at,
});
const joined = (groupId: string): UserEvent => ({
  type: 'UserAddedToGroup',
  data: { groupId, at },
});
const policy = (action: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: action, Resource: '*' },
  });
const withPassword: UserEvent = {
  type: 'UserLoginProfileCreated',
  data: { passwordHash: 'h1', passwordResetRequired: true, at },
};
const passwordChanged = (passwordHash?: string, passwordResetRequired = false): UserEvent => ({
  type: 'UserLoginProfileUpdated',
  data: { ...(passwordHash === undefined ? {} : { passwordHash }), passwordResetRequired, at },
});
const withoutPassword: UserEvent = { type: 'UserLoginProfileDeleted', data: { at } };
const updateProfile = (passwordHash?: string, passwordResetRequired?: boolean): UserCommand => ({
  type: 'UpdateLoginProfile',
  passwordHash,
  passwordResetRequired,
  at,
});
const gone = 'NotFound: The user with name that is asked for cannot be found.';

it.each<[string, UserEvent[], UserCommand, object]>([
  ['is created', [], create(), { events: [created] }],
  [
    'is one of its name',
    [],
    create({ sameName: true }),
    { refused: 'Conflict: User with name Alice already exists.' },
  ],
  [
    'is one of not too many',
    [],
    create({ count: 5_000 }),
    { refused: 'QuotaExceeded: Cannot exceed quota for UsersPerAccount: 5000' },
  ],
  [
    'gets another name',
    [created],
    rename('Alicia', '/'),
    { events: [{ type: 'UserRenamed', data: { userName: 'Alicia', path: '/', at } }] },
  ],
  ['keeps the name it has', [created], rename('Alice', '/team/'), { events: [] }],
  [
    'gets no name of another',
    [created],
    rename('Bob', '/', true),
    { refused: 'Conflict: User with name Bob already exists.' },
  ],
  [
    'joins a group',
    [created],
    { type: 'AddToGroup', groupId: 'AGPA1', at },
    { events: [joined('AGPA1')] },
  ],
  [
    'joins a group once',
    [created, joined('AGPA1')],
    { type: 'AddToGroup', groupId: 'AGPA1', at },
    { events: [] },
  ],
  [
    'is in ten groups at most',
    [created, ...Array.from({ length: 10 }, (_, index) => joined(`AGPA${index}`))],
    { type: 'AddToGroup', groupId: 'AGPA10', at },
    { refused: 'QuotaExceeded: Cannot exceed quota for GroupsPerUser: 10' },
  ],
  [
    'leaves a group',
    [created, joined('AGPA1')],
    { type: 'RemoveFromGroup', groupId: 'AGPA1', at },
    { events: [{ type: 'UserRemovedFromGroup', data: { groupId: 'AGPA1', at } }] },
  ],
  [
    'leaves no group it is not in',
    [created],
    { type: 'RemoveFromGroup', groupId: 'AGPA1', at },
    { events: [] },
  ],
  [
    'carries 2,048 characters of its own at most',
    [created],
    { type: 'PutPolicy', policyName: 'p', policyDocument: policy(`s3:${'a'.repeat(2_048)}`), at },
    { refused: 'QuotaExceeded: Maximum policy size of 2048 bytes exceeded for user Alice' },
  ],
  [
    'is tagged anew where the value is another',
    [created, { type: 'UserTagged', data: { tags: [{ key: 'team', value: 'a' }], at } }],
    {
      type: 'Tag',
      tags: [
        { key: 'team', value: 'a' },
        { key: 'Stage', value: 'test' },
      ],
      at,
    },
    { events: [{ type: 'UserTagged', data: { tags: [{ key: 'Stage', value: 'test' }], at } }] },
  ],
  [
    'loses a tag, whatever its case',
    [created, { type: 'UserTagged', data: { tags: [{ key: 'Team', value: 'a' }], at } }],
    { type: 'Untag', tagKeys: ['team', 'other'], at },
    { events: [{ type: 'UserUntagged', data: { tagKeys: ['Team'], at } }] },
  ],
  [
    'gets a password',
    [created],
    { type: 'CreateLoginProfile', passwordHash: 'h1', passwordResetRequired: true, at },
    { events: [withPassword] },
  ],
  [
    'has one password',
    [created, withPassword],
    { type: 'CreateLoginProfile', passwordHash: 'h2', passwordResetRequired: true, at },
    { refused: 'Conflict: Login Profile for user Alice already exists.' },
  ],
  [
    'gets another password, and has to change it as before',
    [created, withPassword],
    updateProfile('h2'),
    { events: [passwordChanged('h2', true)] },
  ],
  [
    'keeps the password where only the need to change it goes',
    [created, withPassword],
    updateProfile(undefined, false),
    { events: [passwordChanged(undefined, false)] },
  ],
  [
    'keeps a login profile of which nothing changes',
    [created, withPassword],
    updateProfile(undefined, true),
    { events: [] },
  ],
  ...[updateProfile('h2'), { type: 'DeleteLoginProfile', at } as const].map(
    (command): [string, UserEvent[], UserCommand, object] => [
      `has no password for ${command.type}`,
      [created, withPassword, withoutPassword],
      command,
      { refused: 'NotFound: Login Profile for User Alice cannot be found.' },
    ],
  ),
  [
    'loses its password',
    [created, withPassword],
    { type: 'DeleteLoginProfile', at },
    { events: [withoutPassword] },
  ],
  [
    'stays while it has a password',
    [created, withPassword],
    { type: 'DeleteUser', accessKeys: 0, mfaDevices: 0, at },
    { refused: 'Conflict: Cannot delete entity, must delete login profile first.' },
  ],
  [
    'goes',
    [created],
    { type: 'DeleteUser', accessKeys: 0, mfaDevices: 0, at },
    { events: [{ type: 'UserDeleted', data: { at } }] },
  ],
  [
    'stays while it has keys',
    [created],
    { type: 'DeleteUser', accessKeys: 1, mfaDevices: 0, at },
    { refused: 'Conflict: Cannot delete entity, must delete access keys first.' },
  ],
  [
    'stays while it has an MFA device',
    [created],
    { type: 'DeleteUser', accessKeys: 0, mfaDevices: 1, at },
    { refused: 'Conflict: Cannot delete entity, must delete MFA device first.' },
  ],
  [
    'stays while it is in a group',
    [created, joined('AGPA1')],
    { type: 'DeleteUser', accessKeys: 0, mfaDevices: 0, at },
    { refused: 'Conflict: Cannot delete entity, must remove users from group first.' },
  ],
  [
    'stays while it carries a policy',
    [created, { type: 'UserPolicyAttached', data: { policyArn: 'arn', at } }],
    { type: 'DeleteUser', accessKeys: 0, mfaDevices: 0, at },
    { refused: 'Conflict: Cannot delete entity, must detach all policies first.' },
  ],
  [
    'is gone then',
    [created, { type: 'UserDeleted', data: { at } }],
    rename('Bob', '/'),
    { refused: gone },
  ],
])('%s', (_name, history, command, outcome) => {
  expect(given(user, history).when(command)).toEqual(outcome);
});

it('is known by its path and name', () => {
  const history: UserEvent[] = [
    created,
    { type: 'UserRenamed', data: { userName: 'Alicia', path: '/', at } },
    joined('AGPA1'),
    { type: 'UserBoundarySet', data: { policyArn: 'arn', at } },
    { type: 'UserPolicyPut', data: { policyName: 'p', policyDocument: policy('s3:*'), at } },
    { type: 'UserTagged', data: { tags: [{ key: 'Team', value: 'a' }], at } },
    { type: 'UserTagged', data: { tags: [{ key: 'team', value: 'b' }], at } },
  ];
  const { state } = given(user, history);
  const known = requireUser(state, 'Alicia');
  expect(userArn(known)).toBe('arn:aws:iam::123456789012:user/Alicia');
  expect(known).toMatchObject({
    groups: ['AGPA1'],
    permissionsBoundary: 'arn',
    policies: { p: policy('s3:*') },
    tags: [{ key: 'team', value: 'b' }],
  });
});

it('remembers earlier passwords, the latest first, and forgets them with the login profile', () => {
  const changes = Array.from({ length: 30 }, (_, index) => passwordChanged(`h${index + 2}`));
  const history = [created, withPassword, ...changes];
  const { loginProfile } = requireUser(given(user, history).state, 'Alice');
  expect(loginProfile).toMatchObject({ passwordHash: 'h31', passwordResetRequired: false });
  expect(loginProfile?.earlierHashes).toEqual(
    Array.from({ length: 23 }, (_, index) => `h${30 - index}`),
  );
  expect(given(user, [created, withPassword, withoutPassword]).state).toEqual(
    given(user, [created]).state,
  );
});
