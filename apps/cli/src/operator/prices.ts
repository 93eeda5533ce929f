/** The prices that billing has published, out of the log: no second list that could differ from the bills. */
import type { PriceList } from '@firesteel/contracts/events';
import { openDatabase } from '@firesteel/event-store/database';
import { z } from 'zod';

/** Integers of 10⁻¹⁰ USD an hour. */
const published = z.object({
  priceListId: z.string(),
  currency: z.literal('USD'),
  vcpuHourE10: z.number().int(),
  memoryGbHourE10: z.number().int(),
  storageGbHourE10: z.number().int(),
});

/** What a worker costs, as far as it is needed here. */
export type Prices = Pick<
  PriceList,
  'priceListId' | 'currency' | 'vcpuHourE10' | 'memoryGbHourE10' | 'storageGbHourE10'
>;

/** Where billing takes prices from when it has none for a region. */
const homeRegion = 'us-east-1';

/** Everybody's list in effect in a stream. Every runtime runs on x86-64, and so billing rates it. */
const listInEffect = `
  select data from log.event
  where stream = ? and type = 'PriceListPublished'
    and data ->> 'accountId' is null and (data ->> 'effectiveFrom')::timestamptz <= ?::timestamptz
  order by (data ->> 'effectiveFrom')::timestamptz desc limit 1`;

/**
 * The list in effect for a region at a moment, or us-east-1's where billing has published none for it; undefined before billing's
 * first start.
 * @param adminUrl a login that may read the whole log
 * @throws the driver's error when the database cannot be reached
 */
export async function readPrices(
  adminUrl: string,
  region: string,
  at: Date,
): Promise<Prices | undefined> {
  const orm = await openDatabase({ url: adminUrl, entities: [], migrations: [], poolSize: 1 });
  try {
    for (const name of [region, homeRegion]) {
      const stream = `price-list-${name}.x86_64`;
      const [row] = await orm.em.execute<{ data: unknown }[]>(listInEffect, [
        stream,
        at.toISOString(),
      ]);
      if (row !== undefined) return published.parse(row.data);
    }
    return undefined;
  } finally {
    await orm.close();
  }
}
