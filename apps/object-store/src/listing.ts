import { afterPrefix, type OrderedKey } from './ordered-key.ts';
import type { IndexEntry, SortedIndex } from './sorted-index.ts';

/** What to list: all strings are in ordered form; `after` excludes everything up to and including it. */
export type ListingRequest = {
  readonly prefix: OrderedKey;
  readonly delimiter: OrderedKey;
  readonly after: OrderedKey;
  readonly limit: number;
};

/** One line of a listing: an object, or a common prefix that stands for all keys below it. */
export type ListingItem<V> =
  | { readonly kind: 'entry'; readonly key: OrderedKey; readonly value: V }
  | { readonly kind: 'prefix'; readonly key: OrderedKey };

/** A page of a listing; `truncated` tells whether at least one more item follows. */
export type ListingPage<V> = {
  readonly items: readonly ListingItem<V>[];
  readonly truncated: boolean;
};

/** Ends a key in an index that appends something to it: UTF-8 never has this byte. */
export const keyEnd: OrderedKey = '\u00ff';

const itemFor = <V>(entry: IndexEntry<V>, request: ListingRequest): ListingItem<V> => {
  const { prefix, delimiter } = request;
  const at = delimiter === '' ? -1 : entry.key.indexOf(delimiter, prefix.length);
  // Bytes that are in no key separate it from what an index appends, where a delimiter means nothing.
  if (at < 0 || entry.key.slice(0, at).includes(keyEnd)) {
    return { kind: 'entry', key: entry.key, value: entry.value };
  }
  return { kind: 'prefix', key: entry.key.slice(0, at + delimiter.length) };
};

const startOf = ({ prefix, after }: ListingRequest): OrderedKey =>
  after > prefix ? after : prefix;

/** The items of a listing in order; a common prefix is left by one jump, however many keys it holds. */
function* items<V>(index: SortedIndex<V>, request: ListingRequest): Generator<ListingItem<V>> {
  let position: OrderedKey | undefined = startOf(request);
  while (position !== undefined) {
    const walked: Walk<V> = yield* walk(index, position, request);
    position = walked.jumpTo;
  }
}

type Walk<V> = { readonly jumpTo: OrderedKey | undefined; readonly last?: ListingItem<V> };

/** Walks keys until a common prefix is met, whose end is where the next walk starts. */
function* walk<V>(
  index: SortedIndex<V>,
  position: OrderedKey,
  request: ListingRequest,
): Generator<ListingItem<V>, Walk<V>> {
  for (const entry of index.from(position)) {
    if (!entry.key.startsWith(request.prefix)) return { jumpTo: undefined };
    const item = itemFor(entry, request);
    if (item.key > request.after || request.after === '') yield item;
    if (item.kind === 'prefix') return { jumpTo: afterPrefix(item.key) };
  }
  return { jumpTo: undefined };
}

/**
 * One page of the keys of `index` that start with the prefix, rolled up at the delimiter, in UTF-8
 * binary order. A common prefix that is not greater than `after` was listed before and is left out.
 * Source: ListObjectsV2 in the Amazon S3 API reference.
 */
export const listPage = <V>(index: SortedIndex<V>, request: ListingRequest): ListingPage<V> => {
  if (request.limit <= 0) return { items: [], truncated: false };
  const page: ListingItem<V>[] = [];
  for (const item of items(index, request)) {
    if (page.length === request.limit) return { items: page, truncated: true };
    page.push(item);
  }
  return { items: page, truncated: false };
};
