/** Where budgets are kept: a row each, found by account while they are set. */
import type { BudgetEvent } from '@firesteel/contracts/events';
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type Budget, type BudgetCommand, type BudgetState, budget } from './budget.ts';

export const BudgetRow = defineEntity({
  name: 'BudgetRow',
  tableName: 'budget',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<BudgetState>(),
    accountId: p.text().fieldName('account_id'),
    live: p.boolean(),
  },
});

export const budgets: Aggregate<BudgetState, BudgetCommand, BudgetEvent> = {
  category: 'budget',
  decider: budget,
  entity: BudgetRow,
  columns: (state) => ({
    account_id: state.status === 'ABSENT' ? '' : state.accountId,
    live: state.status === 'SET',
  }),
};

/** Every budget that is set, of one account or of all, in the order of their ids. */
export async function readBudgets(
  em: EntityManager,
  accountId: string | null,
): Promise<readonly Budget[]> {
  const rows = await em.execute<{ state: Budget }[]>(
    `select state from budget where live and coalesce(account_id = ?, true) order by id collate "C"`,
    [accountId],
  );
  return rows.map(({ state }) => state);
}
