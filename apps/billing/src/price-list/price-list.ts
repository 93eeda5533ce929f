/**
 * The price lists of one region and architecture, rate cards of single accounts among them. A published
 * list never changes: new prices are a new list with a new id, in effect from a moment that is still to
 * come, so that what was rated can always be worked out again and is never rated anew.
 */
import type { BillingEvent, PriceList } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';

export type PriceListState = {
  /** The id of the list that was published last; null before the first. */
  readonly currentId: string | null;
  /** Every list ever published, by id. */
  readonly lists: { readonly [priceListId: string]: PriceList };
};

export type PriceListCommand = {
  /** AWS' prices at the first start, before anything is rated; or an operator's, for times to come. */
  readonly type: 'PublishPriceList' | 'AnnouncePriceList';
  readonly list: PriceList;
  readonly at: string;
};

/** The fact this aggregate is made of. */
export type PriceListEvent = Extract<BillingEvent, { type: 'PriceListPublished' }>;

const same = (a: PriceList, b: PriceList): boolean =>
  a.region === b.region &&
  a.architecture === b.architecture &&
  a.effectiveFrom === b.effectiveFrom &&
  a.accountId === b.accountId &&
  a.vcpuHourE10 === b.vcpuHourE10 &&
  a.memoryGbHourE10 === b.memoryGbHourE10 &&
  a.storageGbHourE10 === b.storageGbHourE10;

const millisOf = (moment: string): number => Date.parse(moment);

/** @throws Refused when the id was published before with other values, or the list would reach into the past */
function decide(
  { type, list, at }: PriceListCommand,
  { lists }: PriceListState,
): readonly PriceListEvent[] {
  const before = lists[list.priceListId];
  if (before && !same(before, list))
    throw new Refused(
      'Conflict',
      `price list ${list.priceListId} is published and never changes: give the new prices a new effectiveFrom`,
    );
  if (before) return [];
  if (type === 'AnnouncePriceList' && millisOf(list.effectiveFrom) <= millisOf(at))
    throw new Refused(
      'Invalid',
      `a price list takes effect after it is published: ${list.effectiveFrom} is over`,
    );
  return [{ type: 'PriceListPublished', data: { ...list, at } }];
}

/** The latest of some lists that is in effect at a moment. */
const latest = (lists: readonly PriceList[], atMs: number): PriceList | undefined =>
  lists
    .filter(({ effectiveFrom }) => millisOf(effectiveFrom) <= atMs)
    .toSorted((a, b) => millisOf(b.effectiveFrom) - millisOf(a.effectiveFrom))[0];

/**
 * The list by which an account's usage of a moment is rated: its own rate card if one is in effect,
 * else everybody's; undefined when none is.
 */
export function listInEffect(
  { lists }: PriceListState,
  accountId: string,
  at: string,
): PriceList | undefined {
  const all = Object.values(lists);
  const own = all.filter((list) => list.accountId === accountId);
  const everybodys = all.filter((list) => list.accountId === undefined);
  return latest(own, millisOf(at)) ?? latest(everybodys, millisOf(at));
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

/**
 * A list's id says all that must differ: `us-east-1.x86_64.2026-12-01`, of one account with its number behind;
 * a moment that is no midnight UTC is written out.
 */
export const priceListIdOf = ({
  region,
  architecture,
  effectiveFrom,
  accountId,
}: Pick<PriceList, 'region' | 'architecture' | 'effectiveFrom' | 'accountId'>): string =>
  [
    priceListStreamOf(region, architecture),
    effectiveFrom.replace('T00:00:00Z', ''),
    ...(accountId === undefined ? [] : [accountId]),
  ].join('.');

/** The stream in which a list was published: its id is the stream's with the date behind it. */
export const streamOfPriceList = (priceListId: string): string =>
  priceListId.split('.').slice(0, 2).join('.');
