/**
 * Whether an account's runs are paid for: the budgets that billing says are spent, kept here so that StartJobRun
 * asks nobody. It hears of them a moment later than they are spent; runs under way go on, their retries too.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AllowanceEvent, BudgetScope, SpentBudget } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';
import type { ApplicationReading } from '../job-run/submission.ts';

export type Allowance = {
  /** Spent budgets that refuse runs, by id. */
  readonly spent: { readonly [budgetId: string]: SpentBudget };
};

export type AllowanceCommand =
  | {
      readonly type: 'WithdrawAllowance';
      readonly accountId: string;
      readonly budget: SpentBudget;
      readonly at: string;
    }
  | {
      readonly type: 'RestoreAllowance';
      readonly accountId: string;
      readonly budgetId: string;
      readonly at: string;
    };

function decide(command: AllowanceCommand, { spent }: Allowance): readonly AllowanceEvent[] {
  const { accountId, at } = command;
  if (command.type === 'WithdrawAllowance') {
    const { budget } = command;
    return isDeepStrictEqual(spent[budget.budgetId], budget)
      ? []
      : [{ type: 'AllowanceWithdrawn', data: { ...budget, accountId, at } }];
  }
  const { budgetId } = command;
  return budgetId in spent
    ? [{ type: 'AllowanceRestored', data: { budgetId, accountId, at } }]
    : [];
}

function evolve({ spent }: Allowance, event: AllowanceEvent): Allowance {
  if (event.type === 'AllowanceWithdrawn') {
    const { accountId: _, at: __, ...budget } = event.data;
    return { spent: { ...spent, [budget.budgetId]: budget } };
  }
  const { [event.data.budgetId]: _, ...others } = spent;
  return { spent: others };
}

export const allowance: Decider<Allowance, AllowanceCommand, AllowanceEvent> = {
  initial: { spent: {} },
  decide,
  evolve,
};

/** A run that is to be started: where, and with which tags of its own. */
export type WantedRun = {
  readonly application: Pick<ApplicationReading, 'applicationId' | 'settings' | 'tags'>;
  readonly tags: { readonly [key: string]: string };
};

/** As cost is attributed: with job-level cost allocation a run has its own tags alone (reference emr-serverless §5.4). */
function attributedTags({ application, tags }: WantedRun): WantedRun['tags'] {
  const byRun = application.settings['jobLevelCostAllocationConfiguration'] as
    | { enabled?: boolean }
    | undefined;
  return byRun?.enabled === true ? tags : { ...application.tags, ...tags };
}

function isIn(scope: BudgetScope, run: WantedRun): boolean {
  switch (scope.kind) {
    case 'account':
      return true;
    case 'application':
      return scope.applicationId === run.application.applicationId;
    case 'tag':
      return attributedTags(run)[scope.key] === scope.value;
  }
}

function named(scope: BudgetScope): string {
  switch (scope.kind) {
    case 'account':
      return 'the account';
    case 'application':
      return `application ${scope.applicationId}`;
    case 'tag':
      return `tag ${scope.key}=${scope.value}`;
  }
}

/** 10⁻¹⁰ USD as USD, with no zeros at the end. */
const usdText = (amountE10: string): string => {
  const digits = amountE10.padStart(11, '0');
  return `${digits.slice(0, -10)}.${digits.slice(-10)}`.replace(/\.?0+$/, '');
};

/**
 * @param month the one in which the run would begin, as in `2026-11`: what was spent in another counts no more
 * @throws Refused with QuotaExceeded when a hard budget that the run would be paid from is spent
 */
export function requireAllowance({ spent }: Allowance, run: WantedRun, month: string): void {
  const budget = Object.values(spent).find((one) => one.month === month && isIn(one.scope, run));
  if (budget)
    throw new Refused(
      'QuotaExceeded',
      `The request exceeds the monthly budget of ${named(budget.scope)}: ${usdText(budget.spentE10)} of ${usdText(budget.limitE10)} USD are spent in ${month}.`,
    );
}
