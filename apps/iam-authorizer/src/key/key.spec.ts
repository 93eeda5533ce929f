import type { KeyEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type KeyCommand, key } from './key.ts';

const at = '2026-11-25T10:00:00.000Z';
const issue = {
  accessKeyId: 'AKIA1',
  accountId: '123456789012',
  userId: 'AIDA1',
  secretSealed: 'sealed',
};
const issued: KeyEvent = { type: 'KeyIssued', data: { ...issue, at } };
const set = (status: 'Active' | 'Inactive'): KeyCommand => ({ type: 'SetStatus', status, at });
const wasSet = (status: 'Active' | 'Inactive'): KeyEvent => ({
  type: 'KeyStatusSet',
  data: { status, at },
});
const gone = 'NotFound: The Access Key with id that is asked for cannot be found.';

it.each<[string, KeyEvent[], KeyCommand, object]>([
  ['is issued', [], { type: 'IssueKey', issue, keys: 1, at }, { events: [issued] }],
  [
    'is one of two at most',
    [],
    { type: 'IssueKey', issue, keys: 2, at },
    { refused: 'QuotaExceeded: Cannot exceed quota for AccessKeysPerUser: 2' },
  ],
  ['is turned off', [issued], set('Inactive'), { events: [wasSet('Inactive')] }],
  ['is on already', [issued], set('Active'), { events: [] }],
  [
    'is turned on again',
    [issued, wasSet('Inactive')],
    set('Active'),
    { events: [wasSet('Active')] },
  ],
  ['goes', [issued], { type: 'DeleteKey', at }, { events: [{ type: 'KeyDeleted', data: { at } }] }],
  [
    'is gone then',
    [issued, { type: 'KeyDeleted', data: { at } }],
    set('Active'),
    { refused: gone },
  ],
  ['is not there before it is issued', [], { type: 'DeleteKey', at }, { refused: gone }],
])('%s', (_name, history, command, outcome) => {
  expect(given(key, history).when(command)).toEqual(outcome);
});
