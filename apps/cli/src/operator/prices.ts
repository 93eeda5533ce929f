/** The prices by which an account's workers are rated now, of those that billing has published. */
import type { PriceListAnswer } from './statements.ts';

/** A published list; integers of 10⁻¹⁰ USD an hour. */
export type PublishedList = PriceListAnswer['priceLists'][number];

/** What a worker costs, as far as it is needed here. */
export type Prices = Pick<
  PublishedList,
  'priceListId' | 'currency' | 'vcpuHourE10' | 'memoryGbHourE10' | 'storageGbHourE10'
>;

/** Where billing takes prices from when it has none for a region. */
const homeRegion = 'us-east-1';

/**
 * The list in effect for an account in a region at a moment, as billing chooses it: its rate card before everybody's list, the
 * region's before us-east-1's. Every runtime runs on x86-64, and so billing rates it. Undefined before billing's first start.
 */
export function pricesInEffect(
  lists: readonly PublishedList[],
  {
    region,
    accountId,
    at,
  }: { readonly region: string; readonly accountId: string; readonly at: Date },
): Prices | undefined {
  const inEffect = lists
    .filter(
      ({ architecture, effectiveFrom }) =>
        architecture === 'X86_64' && Date.parse(effectiveFrom) <= at.getTime(),
    )
    .toSorted((a, b) => Date.parse(b.effectiveFrom) - Date.parse(a.effectiveFrom));
  for (const name of [region, homeRegion])
    for (const whose of [accountId, undefined]) {
      const list = inEffect.find((one) => one.region === name && one.accountId === whose);
      if (list) return list;
    }
  return undefined;
}
