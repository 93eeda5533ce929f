/**
 * The price lists of one region and architecture. A published list never changes: new prices are a new
 * list with a new id, so that a bill under an old one can always be worked out again.
 */
import type { BillingEvent, PriceList } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';

export type PriceListState = {
  /** The id of the list in effect; null before the first. */
  readonly currentId: string | null;
  /** Every list ever published, by id. */
  readonly lists: { readonly [priceListId: string]: PriceList };
};

export type PriceListCommand = {
  readonly type: 'PublishPriceList';
  readonly list: PriceList;
  readonly at: string;
};

/** The fact this aggregate is made of. */
export type PriceListEvent = Extract<BillingEvent, { type: 'PriceListPublished' }>;

const same = (a: PriceList, b: PriceList): boolean =>
  a.region === b.region &&
  a.architecture === b.architecture &&
  a.effectiveFrom === b.effectiveFrom &&
  a.vcpuHourE10 === b.vcpuHourE10 &&
  a.memoryGbHourE10 === b.memoryGbHourE10 &&
  a.storageGbHourE10 === b.storageGbHourE10;

/** @throws Refused when the id was published before with other values */
function decide(
  { list, at }: PriceListCommand,
  { currentId, lists }: PriceListState,
): readonly PriceListEvent[] {
  const before = lists[list.priceListId];
  if (before && !same(before, list))
    throw new Refused(
      'Conflict',
      `price list ${list.priceListId} is published and never changes: give the new prices a new effectiveFrom`,
    );
  if (before && currentId === list.priceListId) return [];
  return [{ type: 'PriceListPublished', data: { ...list, at } }];
}

function evolve({ lists }: PriceListState, { data }: PriceListEvent): PriceListState {
  const { at: _, ...list } = data;
  return { currentId: list.priceListId, lists: { ...lists, [list.priceListId]: list } };
}

export const priceList: Decider<PriceListState, PriceListCommand, PriceListEvent> = {
  initial: { currentId: null, lists: {} },
  decide,
  evolve,
};

/** The stream of a region and architecture: `us-east-1.x86_64`. */
export const priceListStreamOf = (
  region: string,
  architecture: PriceList['architecture'],
): string => `${region}.${architecture.toLowerCase()}`;

/** The stream in which a list was published: its id is the stream's with the date behind it. */
export const streamOfPriceList = (priceListId: string): string =>
  priceListId.split('.').slice(0, 2).join('.');
