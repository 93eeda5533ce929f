/** Bills worked out twice: from the log alone, and from the rows the service answers with. */
import { type Bill, billOf } from '@firesteel/billing/bill';
import type { PriceListState } from '@firesteel/billing/price-list';
import type { UsageState } from '@firesteel/billing/usage';
import type { PriceList } from '@firesteel/contracts/events';
import type { TableRow } from './audited-service.ts';
import { canonicalJson } from './canonical-json.ts';
import { cellDifference } from './differences.ts';
import type { Pair } from './folded-rows.ts';

type Lists = Map<string, PriceList>;

const keepLists = (lists: Lists, row: TableRow | undefined): void => {
  const state = row?.['state'] as PriceListState | undefined;
  for (const [id, list] of Object.entries(state?.lists ?? {})) lists.set(id, list);
};

/** The price lists in folded rows. */
export function priceListsOf(rows: readonly TableRow[]): Lists {
  const lists: Lists = new Map();
  for (const row of rows) keepLists(lists, row);
  return lists;
}

/** The bill of a usage row, or in words why there is none. */
export function billFrom(lists: Lists, row: TableRow): Bill | string {
  const usage = row['state'] as UsageState;
  if (usage.status === 'ABSENT') return 'no bill';
  try {
    return billOf(usage, (priceListId) => {
      const list = lists.get(priceListId);
      if (!list) throw new Error(`no price list ${priceListId}`);
      return list;
    });
  } catch (error) {
    return `no bill: ${error}`;
  }
}

/** Takes pairs of `price-list` and then of `usage`, and answers the bills that differ. */
export function createBillComparison(): (category: string, table: string, pair: Pair) => string[] {
  const replayed: Lists = new Map();
  const live: Lists = new Map();
  return (category, table, pair) => {
    if (category === 'price-list') {
      keepLists(replayed, pair.folded?.row);
      keepLists(live, pair.live?.row);
    }
    if (category !== 'usage' || !pair.folded || !pair.live) return [];
    const said = billFrom(replayed, pair.folded.row);
    const is = billFrom(live, pair.live.row);
    return canonicalJson(is) === canonicalJson(said)
      ? []
      : [cellDifference(table, pair.id, 'bill', is, said)];
  };
}
