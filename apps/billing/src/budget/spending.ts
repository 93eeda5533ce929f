/** What was spent of budgets: the lines of the month's statement that are in their scope. */
import type { BudgetEvent, BudgetScope, StatementLine } from '@firesteel/contracts/events';
import { handleIn, transact } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { totalOf } from '../statement/lines.ts';
import { type AnsweredPayer, readLines, readPayers } from '../statement/reading.ts';
import type { Budget } from './budget.ts';
import { budgets, readBudgets } from './budget-table.ts';

type Payers = Readonly<Record<string, AnsweredPayer>>;

function isIn(scope: BudgetScope, line: StatementLine, payers: Payers): boolean {
  switch (scope.kind) {
    case 'account':
      return true;
    case 'application':
      return line.applicationId === scope.applicationId;
    case 'tag':
      return payers[line.payerId]?.tags[scope.key] === scope.value;
  }
}

/** A budget with what the month's statement says of it, 10⁻¹⁰ USD. */
export type Spending = { readonly budget: Budget; readonly spentE10: bigint };

/** What is spent of some budgets in a month. */
export async function readSpending(
  tx: EntityManager,
  month: string,
  all: readonly Budget[],
): Promise<readonly Spending[]> {
  const spending: Spending[] = [];
  for (const accountId of new Set(all.map((budget) => budget.accountId))) {
    const everything = { throughSeq: Number.MAX_SAFE_INTEGER, asKnownAt: null };
    const lines = await readLines(tx, accountId, month, everything);
    const payers = await readPayers(tx, lines);
    for (const budget of all.filter((one) => one.accountId === accountId)) {
      const own = lines.filter((line) => isIn(budget.scope, line, payers));
      spending.push({ budget, spentE10: totalOf(own) });
    }
  }
  return spending;
}

/** Judges every budget by what is spent now; answers what there was to state. */
export const judgeBudgets = (em: EntityManager, at: string): Promise<readonly BudgetEvent[]> =>
  transact(em, async (tx) => {
    const month = at.slice(0, 'yyyy-mm'.length);
    const stated: BudgetEvent[] = [];
    for (const { budget, spentE10 } of await readSpending(tx, month, await readBudgets(tx, null))) {
      const command = { type: 'JudgeBudget', month, spentE10, at } as const;
      stated.push(...(await handleIn(tx, budgets, budget.budgetId, command)).events);
    }
    return stated;
  });
