/** What a replay of the log needs of this service: its aggregates, by category. */
import { budgets } from './budget/budget-table.ts';
import { payers } from './payer/payer-table.ts';
import { postings } from './posting/posting-table.ts';
import { priceLists } from './price-list/price-list-table.ts';
import { statements } from './statement/statement-table.ts';
import { usages } from './usage/usage-table.ts';
import { utilizations } from './utilization/utilization-table.ts';

export const aggregates = [
  usages,
  priceLists,
  postings,
  payers,
  statements,
  budgets,
  utilizations,
] as const;
