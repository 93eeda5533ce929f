/** Price lists and rate cards: what is published, and publishing what is to come. For operators only. */
import type { PriceList } from '@firesteel/contracts/events';
import { Refused } from '@firesteel/decider/refused';
import { handle } from '@firesteel/event-store/commands';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Router } from 'express';
import { z } from 'zod';
import { type PriceListState, priceListIdOf, streamOfPriceList } from './price-list.ts';
import { priceLists } from './price-list-table.ts';

/** A price in 10⁻¹⁰ USD: at most ten decimal places, written as text so that none is lost on the way. */
const price = z
  .string()
  .regex(/^\d{1,5}(\.\d{1,10})?$/, 'a price is written as text, such as "0.052624"')
  .transform((text) => {
    const [whole = '', fraction = ''] = text.split('.');
    return Number(`${whole}${fraction.padEnd(10, '0')}`);
  })
  .refine(Number.isSafeInteger, 'is too large');

const moment = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/,
    'a date or a moment in UTC, such as 2026-12-01 or 2026-12-01T08:00:00Z',
  )
  .transform((text) => (text.includes('T') ? text : `${text}T00:00:00Z`))
  .refine((text) => !Number.isNaN(Date.parse(text)), 'there is no such moment');

/** A price list as an operator writes it; prices are USD an hour. */
const written = z.strictObject({
  region: z.string().regex(/^[a-z0-9-]{1,32}$/),
  architecture: z.enum(['X86_64', 'ARM64']).default('X86_64'),
  effectiveFrom: moment,
  /** The one account whose rate card it is. */
  rateCard: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  vcpuHour: price,
  memoryGbHour: price,
  storageGbHour: price,
});

/** @throws Refused with one sentence about what is wrong */
function readList(body: unknown): PriceList {
  const parsed = written.safeParse(body);
  if (!parsed.success)
    throw new Refused(
      'Invalid',
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  const { region, architecture, effectiveFrom, rateCard } = parsed.data;
  const named = {
    region,
    architecture,
    effectiveFrom,
    ...(rateCard === undefined ? {} : { accountId: rateCard }),
  };
  return {
    priceListId: priceListIdOf(named),
    ...named,
    currency: 'USD',
    vcpuHourE10: parsed.data.vcpuHour,
    memoryGbHourE10: parsed.data.memoryGbHour,
    storageGbHourE10: parsed.data.storageGbHour,
  };
}

/** The routes of `/v1/price-lists`. */
export function priceListRoutes(
  em: EntityManager,
  { now, wakeLedger }: { readonly now: () => Date; readonly wakeLedger: () => void },
): Router {
  return Router()
    .get('/v1/price-lists', async (_request, response) => {
      const rows = await em.execute<{ state: PriceListState }[]>(
        'select state from price_list order by id collate "C"',
      );
      response.json({ priceLists: rows.flatMap(({ state }) => Object.values(state.lists)) });
    })
    .post('/v1/price-lists', async (request, response) => {
      const list = readList(request.body);
      const at = now().toISOString();
      await handle(em, priceLists, streamOfPriceList(list.priceListId), {
        type: 'AnnouncePriceList',
        list,
        at,
      });
      wakeLedger();
      response.json(list);
    });
}
