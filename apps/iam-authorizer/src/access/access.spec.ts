import type { AccessDecision } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { access } from './access.ts';

const decision = (allowed: boolean, at: string): AccessDecision => ({
  requestId: 'r',
  accountId: '123456789012',
  principal: 'arn:aws:iam::123456789012:root',
  service: 's3',
  action: 's3:GetObject',
  resource: '*',
  allowed,
  decidedBy: 'rule',
  sourceIp: '127.0.0.1',
  at,
});
const decided = (...decisions: AccessDecision[]) =>
  ({ type: 'AccessDecided', data: { decisions } }) as const;
const [first, second] = [
  decision(true, '2026-11-25T10:00:00Z'),
  decision(false, '2026-11-25T11:00:00Z'),
];

it('records a batch as one fact', () => {
  const command = { type: 'RecordDecisions', decisions: [first, second] } as const;
  expect(given(access, []).when(command)).toEqual({ events: [decided(first, second)] });
});

it('records nothing of nothing', () => {
  const command = { type: 'RecordDecisions', decisions: [] } as const;
  expect(given(access, []).when(command)).toEqual({ events: [] });
});

it('counts what was allowed and denied, and remembers when the last was', () => {
  expect(given(access, [decided(first, second), decided(first)]).state).toEqual({
    allowed: 2,
    denied: 1,
    lastAt: first.at,
  });
});

it('remembers the last use of each long-term key and role, and nothing of other sessions', () => {
  const used = (accessKeyId: string, at: string, region: string): AccessDecision => ({
    ...decision(true, at),
    accessKeyId,
    region,
  });
  const { state } = given(access, [
    decided(used('AKIA1', first.at, 'us-east-1'), used('AKIA2', first.at, 'us-east-1'), first),
    decided(used('AKIA1', second.at, 'eu-west-1'), {
      ...second,
      roleId: 'AROA1',
      region: 'eu-west-1',
    }),
  ]);
  expect(state.lastUses).toEqual({
    AKIA1: { at: second.at, service: 's3', region: 'eu-west-1' },
    AKIA2: { at: first.at, service: 's3', region: 'us-east-1' },
    AROA1: { at: second.at, service: 's3', region: 'eu-west-1' },
  });
});
