/** Composition root of billing. */
import { handle } from '@firesteel/event-store/aggregate';
import { runDomainService } from '@firesteel/service/domain-service';
import { billRoutes } from './bill/routes.ts';
import { config } from './config.ts';
import { migrations } from './migrations/migrations.ts';
import { priceListStreamOf, streamOfPriceList } from './price-list/price-list.ts';
import { PriceListRow, priceLists } from './price-list/price-list-table.ts';
import { pricedRegion, publishedPriceLists } from './price-list/published-prices.ts';
import { meterWorker } from './reactions/on-worker-exited.ts';
import { UsageRow } from './usage/usage-table.ts';

await runDomainService(
  'billing',
  config,
  {
    entities: [UsageRow, PriceListRow],
    migrations,
  },
  async ({ em, wakeLedger }) => {
    const at = new Date().toISOString();
    for (const list of publishedPriceLists(config.AWS_REGION))
      await handle(em, priceLists, streamOfPriceList(list.priceListId), {
        type: 'PublishPriceList',
        list,
        at,
      });
    wakeLedger();
    // Every runtime there is runs on x86-64; whatever the application asked for, that is what ran.
    const priceListStream = priceListStreamOf(pricedRegion(config.AWS_REGION), 'X86_64');
    return {
      routes: billRoutes(em),
      reactions: { WorkerExited: meterWorker(priceListStream) },
    };
  },
);
