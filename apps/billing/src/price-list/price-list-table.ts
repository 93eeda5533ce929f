/** Where price lists are kept: a row for each region and architecture. */
import type { PriceList } from '@firesteel/contracts/events';
import { type Aggregate, load } from '@firesteel/event-store/aggregate';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import {
  listInEffect,
  type PriceListCommand,
  type PriceListEvent,
  type PriceListState,
  priceList,
  priceListStreamOf,
  streamOfPriceList,
} from './price-list.ts';

export const PriceListRow = defineEntity({
  name: 'PriceListRow',
  tableName: 'price_list',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<PriceListState>(),
    currentId: p.text().fieldName('current_id').nullable(),
  },
});

export const priceLists: Aggregate<PriceListState, PriceListCommand, PriceListEvent> = {
  category: 'price-list',
  decider: priceList,
  entity: PriceListRow,
  columns: ({ currentId }) => ({ current_id: currentId }),
};

/** Reads published lists by their ids. @throws when one was never published */
export async function loadPriceLists(
  em: EntityManager,
  priceListIds: readonly string[],
): Promise<(priceListId: string) => PriceList> {
  const lists = new Map<string, PriceList>();
  for (const id of new Set(priceListIds)) lists.set(id, await loadPriceList(em, id));
  return (id) => {
    const list = lists.get(id);
    if (!list) throw new Error(`price list ${id} was never published`);
    return list;
  };
}

/**
 * Reads a published list.
 * @throws when there is none: usage only ever names published lists
 */
export async function loadPriceList(em: EntityManager, priceListId: string): Promise<PriceList> {
  const { state } = await load(em, priceLists, streamOfPriceList(priceListId));
  const list = state.lists[priceListId];
  if (!list) throw new Error(`price list ${priceListId} was never published`);
  return list;
}

/** Where prices are taken from when a region has none of its own. */
const homeRegion = 'us-east-1';

/**
 * The list by which usage of a moment is rated: the region's, or us-east-1's where the region has none.
 * Every runtime there is runs on x86-64; whatever an application asked for, that is what ran.
 * @throws when none is in effect: the start of the service publishes one
 */
export async function priceListInEffect(
  em: EntityManager,
  {
    region,
    accountId,
    at,
  }: { readonly region: string; readonly accountId: string; readonly at: string },
): Promise<PriceList> {
  for (const name of [region, homeRegion]) {
    const { state } = await load(em, priceLists, priceListStreamOf(name, 'X86_64'));
    const list = listInEffect(state, accountId, at);
    if (list) return list;
  }
  throw new Error(`no price list is in effect for ${region} at ${at}`);
}
