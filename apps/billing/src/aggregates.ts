/** What a replay of the log needs of this service: its aggregates, by category. */
import { priceLists } from './price-list/price-list-table.ts';
import { usages } from './usage/usage-table.ts';

export const aggregates = [usages, priceLists] as const;
