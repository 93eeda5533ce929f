/**
 * A monthly budget. It warns once a month at each of its thresholds; a hard one states when it is spent, and when
 * that is no longer so. What is spent is what the statement says: usage counts once it is metered, which is at a
 * worker's end and every half hour before it, so that a run under way may overspend by what is still to be metered.
 */
import { createHash } from 'node:crypto';
import type { BudgetEvent, BudgetScope } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';

type Settings = Omit<Extract<BudgetEvent, { type: 'BudgetSet' }>['data'], 'at'>;

export type Budget = Settings & {
  readonly status: 'SET';
  /** The month that was judged last; null before the first. */
  readonly month: string | null;
  /** Thresholds that were passed in it, in per cent. */
  readonly passed: readonly number[];
  /** Whether it was stated to be spent in that month. */
  readonly exhausted: boolean;
};

export type BudgetState =
  | { readonly status: 'ABSENT' }
  | { readonly status: 'REMOVED'; readonly accountId: string }
  | Budget;

export type BudgetCommand =
  | { readonly type: 'SetBudget'; readonly settings: Settings; readonly at: string }
  | { readonly type: 'RemoveBudget'; readonly at: string }
  /** `spentE10` is what the month's statement says of the scope. */
  | {
      readonly type: 'JudgeBudget';
      readonly month: string;
      readonly spentE10: bigint;
      readonly at: string;
    };

/** One budget for each scope of an account: setting it again changes it. */
export function budgetIdOf(accountId: string, scope: BudgetScope): string {
  switch (scope.kind) {
    case 'account':
      return accountId;
    case 'application':
      return `${accountId}.application.${scope.applicationId}`;
    case 'tag': {
      const digest = createHash('sha256').update(`${scope.key}\n${scope.value}`).digest('hex');
      return `${accountId}.tag.${digest.slice(0, 16)}`;
    }
  }
}

const sameSettings = (budget: Budget, { limitE10, warnAtPercent, hard }: Settings): boolean =>
  budget.limitE10 === limitE10 &&
  budget.hard === hard &&
  budget.warnAtPercent.join() === warnAtPercent.join();

const recovered = ({ budgetId, accountId, month, exhausted }: Budget, at: string): BudgetEvent[] =>
  exhausted && month !== null
    ? [{ type: 'BudgetRecovered', data: { budgetId, accountId, month, at } }]
    : [];

function judge(
  budget: Budget,
  { month, spentE10, at }: Extract<BudgetCommand, { type: 'JudgeBudget' }>,
): readonly BudgetEvent[] {
  const { budgetId, accountId, scope, limitE10, hard, warnAtPercent } = budget;
  const spent = { budgetId, accountId, scope, month, limitE10, spentE10: String(spentE10), at };
  const isThisMonth = budget.month === month;
  const passed = isThisMonth ? budget.passed : [];
  const reached = (percent: number): boolean =>
    spentE10 * 100n >= BigInt(limitE10) * BigInt(percent);
  const isExhausted = hard && reached(100);
  const wasExhausted = budget.exhausted && isThisMonth;
  return [
    ...(isExhausted && isThisMonth ? [] : recovered(budget, at)),
    ...warnAtPercent
      .filter((percent) => reached(percent) && !passed.includes(percent))
      .map((percent) => ({
        type: 'BudgetThresholdPassed' as const,
        data: { ...spent, percent },
      })),
    ...(isExhausted && !wasExhausted ? [{ type: 'BudgetExhausted' as const, data: spent }] : []),
  ];
}

/** @throws Refused when there is no budget to remove */
function decide(command: BudgetCommand, state: BudgetState): readonly BudgetEvent[] {
  if (command.type === 'SetBudget') {
    const { settings, at } = command;
    return state.status === 'SET' && sameSettings(state, settings)
      ? []
      : [{ type: 'BudgetSet', data: { ...settings, at } }];
  }
  if (state.status === 'SET')
    return command.type === 'JudgeBudget' ? judge(state, command) : remove(state, command.at);
  if (command.type === 'RemoveBudget') throw new Refused('NotFound', 'There is no such budget');
  return [];
}

const remove = (budget: Budget, at: string): readonly BudgetEvent[] => [
  ...recovered(budget, at),
  {
    type: 'BudgetRemoved',
    data: { budgetId: budget.budgetId, accountId: budget.accountId, at },
  },
];

/** A budget in a month: what was passed in another one is forgotten. */
const inMonth = (budget: Budget, month: string): Budget =>
  budget.month === month ? budget : { ...budget, month, passed: [], exhausted: false };

function evolve(state: BudgetState, event: BudgetEvent): BudgetState {
  if (event.type === 'BudgetSet') {
    const { at: _, ...settings } = event.data;
    // A spent one stays spent until it is judged again; its thresholds are new ones.
    const { month, exhausted } = state.status === 'SET' ? state : { month: null, exhausted: false };
    return { status: 'SET', ...settings, month, passed: [], exhausted };
  }
  if (state.status !== 'SET') return state;
  switch (event.type) {
    case 'BudgetThresholdPassed': {
      const budget = inMonth(state, event.data.month);
      return { ...budget, passed: [...budget.passed, event.data.percent] };
    }
    case 'BudgetExhausted':
      return { ...inMonth(state, event.data.month), exhausted: true };
    case 'BudgetRecovered':
      return { ...state, exhausted: false };
    case 'BudgetRemoved':
      return { status: 'REMOVED', accountId: state.accountId };
  }
}

export const budget: Decider<BudgetState, BudgetCommand, BudgetEvent> = {
  initial: { status: 'ABSENT' },
  decide,
  evolve,
};
