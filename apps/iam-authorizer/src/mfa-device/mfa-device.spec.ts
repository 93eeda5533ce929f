import type { MFADeviceEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type MFADeviceCommand, mfaDevice, serialNumberOf } from './mfa-device.ts';
import { stepAt } from './totp.ts';

const at = '2026-11-28T10:00:00.000Z';
const later = (seconds: number): string => new Date(Date.parse(at) + seconds * 1_000).toISOString();
const now = stepAt(Date.parse(at));
const creation = {
  accountId: '123456789012',
  virtualMFADeviceName: 'phone',
  path: '/team/',
  seedSealed: 'sealed',
  tags: [],
};
const create = (others: object = {}): MFADeviceCommand => ({
  type: 'CreateVirtualMFADevice',
  creation,
  others: { count: 0, sameName: false, ...others },
  at,
});
const named = (more: object): MFADeviceCommand => {
  const command = { ...create(), creation: { ...creation, ...more } };
  return command as MFADeviceCommand;
};
const unnameable =
  'Invalid: Path and VirtualMFADeviceName make no serial number: it has at most 256 characters of a-z, A-Z, 0-9 and _+=/:,.@-';
const created: MFADeviceEvent = { type: 'MFADeviceCreated', data: { ...creation, at } };
const enable = (steps: number[], devices = 0): MFADeviceCommand => ({
  type: 'Enable',
  userId: 'AIDA1',
  steps,
  devices,
  at,
});
const enabled: MFADeviceEvent = {
  type: 'MFADeviceEnabled',
  data: { userId: 'AIDA1', step: now, at },
};
const resync = (steps: number[], userId = 'AIDA1'): MFADeviceCommand => ({
  type: 'Resync',
  userId,
  steps,
  at,
});
const resynced = (step: number, drift: number): MFADeviceEvent => ({
  type: 'MFADeviceResynced',
  data: { step, drift, at },
});
const use = (steps: number[], when = at): MFADeviceCommand => ({
  type: 'UseCode',
  userId: 'AIDA1',
  steps,
  at: when,
});
const accepted = (step: number): MFADeviceEvent => ({
  type: 'MFADeviceCodeAccepted',
  data: { step, at },
});
const refused = (when = at): MFADeviceEvent => ({
  type: 'MFADeviceCodeRefused',
  data: { at: when },
});
const five = Array.from({ length: 5 }, () => refused());
const deactivate = (userId = 'AIDA1'): MFADeviceCommand => ({ type: 'Deactivate', userId, at });
const deactivated: MFADeviceEvent = { type: 'MFADeviceDeactivated', data: { at } };
const destroy: MFADeviceCommand = { type: 'Delete', at };
const deleted: MFADeviceEvent = { type: 'MFADeviceDeleted', data: { at } };
const tags = [{ key: 'a', value: 'b' }];

const gone = "NotFound: VirtualMFADevice with serial number that is asked for doesn't exist.";
const invalid = 'Denied: Authentication code for device is not valid.';
const notTheirs = 'NotFound: MFA Device invalid for user.';
const wrong = 'Denied: MultiFactorAuthentication failed with invalid MFA one time pass code.';

it.each<[string, MFADeviceEvent[], MFADeviceCommand, object]>([
  ['is created', [], create(), { events: [created] }],
  [
    'is one of its path and name',
    [],
    create({ sameName: true }),
    { refused: 'Conflict: MFADevice entity at the same path and name already exists.' },
  ],
  [
    'is one of so many of an account',
    [],
    create({ count: 5_000 }),
    { refused: 'QuotaExceeded: Cannot exceed quota for VirtualMFADevicesPerAccount: 5000' },
  ],
  [
    'can be named: not when it is too long',
    [],
    named({ virtualMFADeviceName: 'n'.repeat(250) }),
    { refused: unnameable },
  ],
  ['can be named: not with other letters', [], named({ path: '/a!b/' }), { refused: unnameable }],
  ['is enabled with two codes', [created], enable([now]), { events: [enabled] }],
  ['is not enabled with others', [created], enable([]), { refused: invalid }],
  [
    'is for one user',
    [created, enabled],
    enable([now + 2]),
    { refused: 'Conflict: MFA Device is already in use.' },
  ],
  [
    'is one of eight of a user',
    [created],
    enable([now], 8),
    { refused: 'QuotaExceeded: Cannot exceed quota for MFADevicesPerUser: 8' },
  ],
  [
    'is not enabled again with a code that was used',
    [created, enabled, deactivated],
    enable([now + 1]),
    { refused: invalid },
  ],
  [
    'is enabled again with later codes',
    [created, enabled, deactivated],
    enable([now + 2]),
    { events: [{ type: 'MFADeviceEnabled', data: { userId: 'AIDA1', step: now + 2, at } }] },
  ],
  ['takes a code', [created, enabled], use([now + 1]), { events: [accepted(now + 1)] }],
  ['writes a wrong code down', [created, enabled], use([]), { events: [refused()] }],
  [
    'takes no code twice',
    [created, enabled, accepted(now + 1)],
    use([now + 1]),
    { events: [refused()] },
  ],
  ['takes no code that enabled it', [created, enabled], use([now]), { events: [refused()] }],
  [
    'takes no earlier code',
    [created, enabled, accepted(now + 1)],
    use([now]),
    { events: [refused()] },
  ],
  ['takes no code for nobody', [created], use([now]), { refused: notTheirs }],
  [
    'looks at no code right after five wrong ones',
    [created, enabled, ...five],
    use([now + 1], later(29)),
    { refused: wrong },
  ],
  [
    'looks at one a while after them',
    [created, enabled, ...five],
    use([now + 1], later(30)),
    { events: [{ type: 'MFADeviceCodeAccepted', data: { step: now + 1, at: later(30) } }] },
  ],
  [
    'looks at the next one a while after that',
    [created, enabled, ...five, refused(later(30))],
    use([now + 1], later(59)),
    { refused: wrong },
  ],
  [
    'forgets wrong codes with a right one',
    [created, enabled, ...five, accepted(now + 1), refused()],
    use([now + 2]),
    { events: [accepted(now + 2)] },
  ],
  [
    'is synchronised with a clock that is ahead',
    [created, enabled],
    resync([now + 50]),
    { events: [resynced(now + 50, 50)] },
  ],
  [
    'has no drift within what is tolerated anyway',
    [created, enabled],
    { ...resync([now - 5, now + 2, now + 3]), at: later(60) },
    {
      events: [{ type: 'MFADeviceResynced', data: { step: now + 2, drift: 0, at: later(60) } }],
    },
  ],
  [
    'is not synchronised with used codes',
    [created, enabled],
    resync([now + 1]),
    { refused: invalid },
  ],
  [
    'is not synchronised for another user',
    [created, enabled],
    resync([now + 2], 'AIDA2'),
    { refused: notTheirs },
  ],
  ['is deactivated', [created, enabled], deactivate(), { events: [deactivated] }],
  [
    'is not deactivated for another',
    [created, enabled],
    deactivate('AIDA2'),
    { refused: notTheirs },
  ],
  [
    'is not deactivated twice',
    [created, enabled, deactivated],
    deactivate(),
    { refused: notTheirs },
  ],
  [
    'stays while it is in use',
    [created, enabled],
    destroy,
    { refused: 'Conflict: MFA VirtualDevice in use. Must deactivate first.' },
  ],
  ['is deleted', [created, enabled, deactivated], destroy, { events: [deleted] }],
  ['is gone then', [created, deleted], destroy, { refused: gone }],
  [
    'is tagged',
    [created],
    { type: 'Tag', tags, at },
    { events: [{ type: 'MFADeviceTagged', data: { tags, at } }] },
  ],
  [
    'is untagged',
    [created, { type: 'MFADeviceTagged', data: { tags, at } }],
    { type: 'Untag', tagKeys: ['A'], at },
    { events: [{ type: 'MFADeviceUntagged', data: { tagKeys: ['a'], at } }] },
  ],
])('%s', (_name, history, command, outcome) => {
  expect(given(mfaDevice, history).when(command)).toEqual(outcome);
});

it('has no drift any more when it is enabled anew', () => {
  const events = [created, enabled, resynced(now + 50, 50), deactivated];
  const again: MFADeviceEvent = {
    type: 'MFADeviceEnabled',
    data: { userId: 'AIDA2', step: now + 60, at },
  };
  expect(given(mfaDevice, events).state).toMatchObject({ drift: 50, enabled: null });
  expect(given(mfaDevice, [...events, again]).state).toMatchObject({
    drift: 0,
    enabled: { userId: 'AIDA2', at },
  });
  expect(mfaDevice.evolve(mfaDevice.initial, deactivated)).toEqual({ exists: false });
});

it('has an ARN for a serial number', () => {
  expect(serialNumberOf(creation)).toBe('arn:aws:iam::123456789012:mfa/team/phone');
});
