import type { PrincipalEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type AccessKey, type PrincipalCommand, principal } from './principal.ts';

const accountId = '123456789012';
const at = '2026-11-25T10:00:00.000Z';
const arn = `arn:aws:iam::${accountId}:root`;
const key = (accessKeyId: string, secretSealed = 'sealed'): AccessKey => ({
  accessKeyId,
  secretSealed,
  principal: arn,
});
const ensure = (wanted: AccessKey) => ({ type: 'EnsureRoot', accountId, key: wanted, at }) as const;
const registered: PrincipalEvent = { type: 'AccountRegistered', data: { accountId, at } };
const created = (of: AccessKey): PrincipalEvent => ({
  type: 'AccessKeyCreated',
  data: { accountId, ...of, at },
});
const deactivated = (accessKeyId: string): PrincipalEvent => ({
  type: 'AccessKeyDeactivated',
  data: { accessKeyId, at },
});

it.each<[string, PrincipalEvent[], AccessKey, PrincipalEvent[]]>([
  ['registers the account with its first key', [], key('A'), [registered, created(key('A'))]],
  ['leaves the key that is already good', [registered, created(key('A'))], key('A'), []],
  [
    'replaces another key',
    [registered, created(key('A'))],
    key('B'),
    [deactivated('A'), created(key('B'))],
  ],
  [
    'replaces the secret of the same key',
    [registered, created(key('A'))],
    key('A', 'other'),
    [deactivated('A'), created(key('A', 'other'))],
  ],
  [
    'makes an old key good again',
    [registered, created(key('A')), deactivated('A'), created(key('B'))],
    key('A'),
    [deactivated('B'), created(key('A'))],
  ],
])('%s', (_name, history, wanted, events) => {
  expect(given(principal, history).when(ensure(wanted))).toEqual({ events });
  expect(given(principal, [...history, ...events]).state).toEqual({ accountId, keys: [wanted] });
});

const reported = (reportedAt: string): PrincipalEvent => ({
  type: 'CredentialReportGenerated',
  data: { at: reportedAt },
});

it('is registered once, with a name', () => {
  const register = { type: 'RegisterAccount', accountId, name: 'research', at } as const;
  const named: PrincipalEvent = {
    type: 'AccountRegistered',
    data: { accountId, name: 'research', at },
  };
  expect(given(principal, []).when(register)).toEqual({ events: [named] });
  expect(given(principal, [named]).state).toEqual({ accountId, name: 'research', keys: [] });
  expect(given(principal, [registered]).when(register)).toEqual({
    refused: `Conflict: The account ${accountId} exists already.`,
  });
});

it.each<[string, PrincipalEvent[], PrincipalCommand, object]>([
  [
    'takes an alias',
    [registered],
    { type: 'SetAlias', alias: 'data', isTaken: false, at },
    { events: [{ type: 'AccountAliasSet', data: { alias: 'data', at } }] },
  ],
  [
    'takes no alias that is taken',
    [registered],
    { type: 'SetAlias', alias: 'data', isTaken: true, at },
    { refused: 'Conflict: The account alias data already exists.' },
  ],
  [
    'has its alias already',
    [registered, { type: 'AccountAliasSet', data: { alias: 'data', at } }],
    { type: 'SetAlias', alias: 'data', isTaken: true, at },
    { events: [] },
  ],
  [
    'opens a report of its credentials',
    [registered],
    { type: 'GenerateCredentialReport', at },
    { events: [reported(at)] },
  ],
  [
    'has a report for four hours',
    [registered, reported('2026-11-25T06:00:00.001Z')],
    { type: 'GenerateCredentialReport', at: '2026-11-25T10:00:00.000Z' },
    { events: [] },
  ],
  [
    'opens another report then',
    [registered, reported('2026-11-25T06:00:00.000Z')],
    { type: 'GenerateCredentialReport', at: '2026-11-25T10:00:00.000Z' },
    { events: [reported('2026-11-25T10:00:00.000Z')] },
  ],
  [
    'has no alias to lose',
    [registered, { type: 'AccountAliasSet', data: { alias: null, at } }],
    { type: 'DeleteAlias', alias: 'data', at },
    { refused: 'NotFound: The account alias with name data cannot be found.' },
  ],
])('%s', (_name, history, command, outcome) => {
  expect(given(principal, history).when(command)).toEqual(outcome);
});
