/** Where price lists are kept: a row for each region and architecture. */
import type { PriceList } from '@firesteel/contracts/events';
import { type Aggregate, load } from '@firesteel/event-store/aggregate';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import {
  type PriceListCommand,
  type PriceListEvent,
  type PriceListState,
  priceList,
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

/**
 * The id of the list in effect in a stream.
 * @throws when nothing was published there: the start of the service does it
 */
export async function currentPriceListId(em: EntityManager, stream: string): Promise<string> {
  const { state } = await load(em, priceLists, stream);
  if (state.currentId === null) throw new Error(`no price list was published for ${stream}`);
  return state.currentId;
}
