import type { AllowanceEvent, BudgetScope } from '@firesteel/contracts/events';
import { Refused } from '@firesteel/decider/refused';
import { given } from '@firesteel/decider/spec';
import { allowance, requireAllowance, type WantedRun } from './allowance.ts';

const at = '2026-11-27T10:00:00.000Z';
const accountId = '123456789012';
const spentOf = (scope: BudgetScope) => ({
  budgetId: 'budget',
  scope,
  month: '2026-11',
  limitE10: '100000000000',
  spentE10: '100300000001',
});
const withdrawn = (scope: BudgetScope = { kind: 'account' }): AllowanceEvent => ({
  type: 'AllowanceWithdrawn',
  data: { ...spentOf(scope), accountId, at },
});
const run = (change: Partial<WantedRun['application']> = {}, tags = {}): WantedRun => ({
  application: { applicationId: 'app', settings: {}, tags: { team: 'data' }, ...change },
  tags,
});
const allocated = { jobLevelCostAllocationConfiguration: { enabled: true } };

it('is withdrawn once, and restored once', () => {
  const budget = spentOf({ kind: 'account' });
  const withdraw = { type: 'WithdrawAllowance', accountId, budget, at } as const;
  const restore = { type: 'RestoreAllowance', accountId, budgetId: 'budget', at } as const;
  expect(given(allowance, []).when(withdraw)).toEqual({ events: [withdrawn()] });
  expect(given(allowance, [withdrawn()]).when(withdraw)).toEqual({ events: [] });
  expect(given(allowance, []).when(restore)).toEqual({ events: [] });
  const restored: AllowanceEvent = {
    type: 'AllowanceRestored',
    data: { budgetId: 'budget', accountId, at },
  };
  expect(given(allowance, [withdrawn()]).when(restore)).toEqual({ events: [restored] });
  expect(given(allowance, [withdrawn(), restored]).state).toEqual(allowance.initial);
});

const application = (applicationId: string): BudgetScope => ({
  kind: 'application',
  applicationId,
});
const tag = (key: string, value: string): BudgetScope => ({ kind: 'tag', key, value });

it.each<[string, BudgetScope, WantedRun, string, string | null]>([
  ['a run of the account', { kind: 'account' }, run(), '2026-11', 'the account'],
  ['no run of another month', { kind: 'account' }, run(), '2026-12', null],
  ['a run of the application', application('app'), run(), '2026-11', 'application app'],
  ['no run of another application', application('b'), run(), '2026-11', null],
  ['a run with the tag of its application', tag('team', 'data'), run(), '2026-11', 'tag team=data'],
  ['no run with another value', tag('team', 'data'), run({}, { team: 'bi' }), '2026-11', null],
  [
    'a run with the tag itself',
    tag('team', 'bi'),
    run({}, { team: 'bi' }),
    '2026-11',
    'tag team=bi',
  ],
  [
    'no run by its application’s tag with job-level cost allocation',
    tag('team', 'data'),
    run({ settings: allocated }),
    '2026-11',
    null,
  ],
])('refuses %s', (_name, scope, wanted, month, whose) => {
  const { state } = given(allowance, [withdrawn(scope)]);
  const start = () => requireAllowance(state, wanted, month);
  if (whose === null) expect(start).not.toThrow();
  else
    expect(start).toThrow(
      new Refused(
        'QuotaExceeded',
        `The request exceeds the monthly budget of ${whose}: 10.0300000001 of 10 USD are spent in 2026-11.`,
      ),
    );
});
