import type { BudgetEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import fc from 'fast-check';
import { budget, budgetIdOf } from './budget.ts';

const at = '2026-11-27T10:00:00.000Z';
const accountId = '123456789012';
const settings = {
  budgetId: accountId,
  accountId,
  scope: { kind: 'account' },
  limitE10: '1000',
  warnAtPercent: [50, 100],
  hard: true,
} as const;
const set = (change: Partial<typeof settings> | object = {}): BudgetEvent => ({
  type: 'BudgetSet',
  data: { ...settings, ...change, at },
});
const judge = (spent: number, month = '2026-11') =>
  ({ type: 'JudgeBudget', month, spentE10: BigInt(spent), at }) as const;

/** Types of the facts that a row of judgements leads to, thresholds with their per cents. */
const stated = (
  given_: readonly BudgetEvent[],
  judgements: readonly ReturnType<typeof judge>[],
) => {
  const events = [...given_];
  for (const command of judgements) {
    const outcome = given(budget, events).when(command);
    if ('events' in outcome) events.push(...outcome.events);
  }
  return events
    .slice(given_.length)
    .map(({ type, data }) => ('percent' in data ? `${type} ${data.percent}` : type));
};

it.each<[string, BudgetEvent, readonly ReturnType<typeof judge>[], readonly string[]]>([
  ['nothing below its first threshold', set(), [judge(499)], []],
  ['a threshold once a month', set(), [judge(500), judge(700)], ['BudgetThresholdPassed 50']],
  [
    'every threshold that one step passes, and that it is spent',
    set(),
    [judge(1_000), judge(1_500)],
    ['BudgetThresholdPassed 50', 'BudgetThresholdPassed 100', 'BudgetExhausted'],
  ],
  [
    'that it is spent at the very limit',
    set({ warnAtPercent: [] }),
    [judge(999), judge(1_000)],
    ['BudgetExhausted'],
  ],
  [
    'no more than warnings of a soft one',
    set({ hard: false }),
    [judge(9_000)],
    ['BudgetThresholdPassed 50', 'BudgetThresholdPassed 100'],
  ],
  [
    'that it has recovered in the next month',
    set({ warnAtPercent: [] }),
    [judge(1_000), judge(0, '2026-12')],
    ['BudgetExhausted', 'BudgetRecovered'],
  ],
  [
    'that it is spent in the next month as well',
    set({ warnAtPercent: [] }),
    [judge(1_000), judge(1_000, '2026-12'), judge(1_001, '2026-12')],
    ['BudgetExhausted', 'BudgetRecovered', 'BudgetExhausted'],
  ],
  [
    'that a correction took it below its limit',
    set({ warnAtPercent: [] }),
    [judge(1_000), judge(900), judge(900)],
    ['BudgetExhausted', 'BudgetRecovered'],
  ],
  [
    'thresholds anew in the next month',
    set({ hard: false }),
    [judge(500), judge(500, '2026-12')],
    ['BudgetThresholdPassed 50', 'BudgetThresholdPassed 50'],
  ],
])('states %s', (_name, first, judgements, expected) => {
  expect(stated([first], judgements)).toEqual(expected);
});

const spent: BudgetEvent = {
  type: 'BudgetExhausted',
  data: { ...settings, month: '2026-11', spentE10: '1000', at },
};

it('recovers when it is raised, when it becomes a soft one, and when it is removed', () => {
  expect(stated([set(), spent, set({ limitE10: '9000' })], [judge(1_000)])).toEqual([
    'BudgetRecovered',
  ]);
  expect(stated([set(), spent, set({ hard: false, warnAtPercent: [] })], [judge(1_000)])).toEqual([
    'BudgetRecovered',
  ]);
  expect(given(budget, [set(), spent]).when({ type: 'RemoveBudget', at })).toEqual({
    events: [
      { type: 'BudgetRecovered', data: { budgetId: accountId, accountId, month: '2026-11', at } },
      { type: 'BudgetRemoved', data: { budgetId: accountId, accountId, at } },
    ],
  });
});

it('is set again to the same as nothing', () => {
  const again = { type: 'SetBudget', settings, at: '2026-11-28T00:00:00.000Z' } as const;
  expect(given(budget, [set()]).when(again)).toEqual({ events: [] });
  expect(given(budget, []).when(again)).toEqual({
    events: [{ type: 'BudgetSet', data: { ...settings, at: again.at } }],
  });
});

it('refuses to remove what is not there, and judges nothing then', () => {
  const removed: BudgetEvent = {
    type: 'BudgetRemoved',
    data: { budgetId: accountId, accountId, at },
  };
  for (const events of [[], [set(), removed]]) {
    expect(given(budget, events).when({ type: 'RemoveBudget', at })).toEqual({
      refused: 'NotFound: There is no such budget',
    });
    expect(given(budget, events).when(judge(5_000))).toEqual({ events: [] });
  }
});

it('has one id for each scope', () => {
  const ids = [
    { kind: 'account' },
    { kind: 'application', applicationId: 'a' },
    { kind: 'tag', key: 'a', value: 'b' },
    { kind: 'tag', key: 'a', value: 'c' },
  ] as const;
  expect(new Set(ids.map((scope) => budgetIdOf(accountId, scope))).size).toBe(ids.length);
});

it('is spent after any judgements exactly when the last one says so', () => {
  const judgements = fc.array(
    fc.record({
      spent: fc.integer({ min: 0, max: 2_000 }),
      month: fc.constantFrom('2026-11', '2026-12'),
    }),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(judgements, (all) => {
      const events: BudgetEvent[] = [set()];
      for (const { spent: amount, month } of all.toSorted((a, b) =>
        a.month.localeCompare(b.month),
      )) {
        const outcome = given(budget, events).when(judge(amount, month));
        if ('events' in outcome) events.push(...outcome.events);
        expect(given(budget, events).state).toMatchObject({ exhausted: amount >= 1_000 });
      }
      const open = events.reduce(
        (count, { type }) =>
          count + (type === 'BudgetExhausted' ? 1 : type === 'BudgetRecovered' ? -1 : 0),
        0,
      );
      expect([0, 1]).toContain(open);
    }),
  );
});
