/** A hard budget is spent: new runs that it would pay are refused, until it has recovered. */
import type { BudgetEvent } from '@firesteel/contracts/events';
import { commanding } from '@firesteel/messaging/reaction';
import { allowances } from '../allowance/allowance-table.ts';

type DataOf<Type> = Extract<BudgetEvent, { type: Type }>['data'];

export const onBudgetExhausted = commanding(allowances, ({ data }) => {
  const { accountId, at, ...budget } = data as DataOf<'BudgetExhausted'>;
  const command = { type: 'WithdrawAllowance', accountId, budget, at } as const;
  return { id: accountId, command };
});

export const onBudgetRecovered = commanding(allowances, ({ data }) => {
  const { accountId, budgetId, at } = data as DataOf<'BudgetRecovered'>;
  const command = { type: 'RestoreAllowance', accountId, budgetId, at } as const;
  return { id: accountId, command };
});
