/** Pages of IAM's listings: `MaxItems` of them, the next after `Marker`. */
import { IamRefused } from './iam-refused.ts';
import { type Input, optionalNumber, optionalText } from './input.ts';

/** Items of a page that asks for no number of them (IAM API reference, MaxItems). */
const usualItems = 100;

/** What of a listing is asked for: `after` is empty at its beginning. */
export type Page = { readonly after: string; readonly limit: number };

/** @throws IamRefused for a marker that is none of ours */
export function pageOf(input: Input): Page {
  const marker = optionalText(input, 'Marker');
  const after = Buffer.from(marker ?? '', 'base64url').toString('utf8');
  if (marker !== undefined && markerOf(after) !== marker)
    throw new IamRefused('ValidationError', 'Invalid Marker.');
  return { after, limit: optionalNumber(input, 'MaxItems') ?? usualItems };
}

const markerOf = (key: string): string => Buffer.from(key, 'utf8').toString('base64url');

/** One page's items and how it goes on. */
export type Paged<Item> = {
  readonly items: readonly Item[];
  readonly more: { readonly IsTruncated: boolean; readonly Marker?: string };
};

/**
 * Cuts a page out of items in the order of their keys, in which `page.after` has been left behind
 * already: one item more than the page holds tells that there is another page.
 */
export function cut<Item>(
  items: readonly Item[],
  { limit }: Page,
  keyOf: (item: Item) => string,
): Paged<Item> {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return items.length > limit && last !== undefined
    ? { items: page, more: { IsTruncated: true, Marker: markerOf(keyOf(last)) } }
    : { items: page, more: { IsTruncated: false } };
}

/** Cuts a page out of all items in the order of their keys. */
export const pageFrom = <Item>(
  all: readonly Item[],
  page: Page,
  keyOf: (item: Item) => string,
): Paged<Item> =>
  cut(
    all.filter((item) => keyOf(item) > page.after),
    page,
    keyOf,
  );

/** Numbers that sort as text does. */
export const ordinal = (index: number): string => String(index).padStart(6, '0');
