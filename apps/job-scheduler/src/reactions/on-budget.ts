/** A hard budget is spent: new runs that it would pay are refused, until it has recovered. */
import type { BudgetEvent } from '@firesteel/contracts/events';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
import { allowances } from '../allowance/allowance-table.ts';

type DataOf<Type> = Extract<BudgetEvent, { type: Type }>['data'];

export const onBudgetExhausted: Reaction = async ({ data, globalSeq }, tx) => {
  const { accountId, at, ...budget } = data as DataOf<'BudgetExhausted'>;
  const command = { type: 'WithdrawAllowance', accountId, budget, at } as const;
  await handleIn(tx, allowances, accountId, command, { causedBy: globalSeq });
};

export const onBudgetRecovered: Reaction = async ({ data, globalSeq }, tx) => {
  const { accountId, budgetId, at } = data as DataOf<'BudgetRecovered'>;
  const command = { type: 'RestoreAllowance', accountId, budgetId, at } as const;
  await handleIn(tx, allowances, accountId, command, { causedBy: globalSeq });
};
