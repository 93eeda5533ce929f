import type { Budget } from '../operator/budgets.ts';
import { budgetLines, noteworthy, percentsOf, scopeOf } from './budget.ts';

const budget = (change: Partial<Budget> = {}): Budget => ({
  budgetId: '123456789012',
  accountId: '123456789012',
  scope: { kind: 'account' },
  month: '2026-11',
  limit: '10.0000000000',
  spent: '1.0000000000',
  percent: 10,
  warnAtPercent: [50, 80],
  hard: true,
  ...change,
});

it('understands what is to be watched', () => {
  expect(scopeOf({ applicationId: undefined, tag: undefined })).toEqual({ kind: 'account' });
  expect(scopeOf({ applicationId: 'a', tag: undefined })).toEqual({
    kind: 'application',
    applicationId: 'a',
  });
  expect(scopeOf({ applicationId: undefined, tag: 'team=a=b' })).toEqual({
    kind: 'tag',
    key: 'team',
    value: 'a=b',
  });
  expect(() => scopeOf({ applicationId: undefined, tag: 'team' })).toThrow('--tag takes KEY=VALUE');
  expect(() => scopeOf({ applicationId: 'a', tag: 'b=c' })).toThrow('not both');
});

it('understands per cents', () => {
  expect(percentsOf('50, 100')).toEqual([50, 100]);
  for (const text of ['', '0', '50,', '1.5', 'all'])
    expect(() => percentsOf(text)).toThrow('--warn-at');
});

it.each<[string, Partial<Budget>, string]>([
  ['nothing of one below its thresholds', {}, ''],
  ['the highest threshold that was passed', { percent: 85 }, 'over 80 %'],
  ['that one is spent', { percent: 100 }, 'spent: runs are refused'],
  ['no more than a threshold of a soft one', { percent: 300, hard: false }, 'over 80 %'],
])('shows %s', (_name, change, expected) => {
  const line = budgetLines([budget(change)]).at(-1);
  expect(line?.trimEnd().endsWith(expected === '' ? 'yes' : expected)).toBe(true);
  expect(noteworthy([budget(change)]).length).toBe(expected === '' ? 0 : 1);
});
