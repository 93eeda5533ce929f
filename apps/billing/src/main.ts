/** Composition root of billing. */
import { handle } from '@firesteel/event-store/commands';
import { runDomainService } from '@firesteel/service/domain-service';
import { Router } from 'express';
import { billRoutes } from './bill/routes.ts';
import { config } from './config.ts';
import { migrations } from './migrations/migrations.ts';
import { PayerRow } from './payer/payer-table.ts';
import { postEarlierUsage } from './posting/earlier-usage.ts';
import { PostingRow } from './posting/posting-table.ts';
import { streamOfPriceList } from './price-list/price-list.ts';
import { PriceListRow, priceLists } from './price-list/price-list-table.ts';
import { publishedPriceLists } from './price-list/published-prices.ts';
import { priceListRoutes } from './price-list/routes.ts';
import { reactionsOf } from './reactions/reactions.ts';
import { statementRoutes } from './statement/routes.ts';
import { StatementRow } from './statement/statement-table.ts';
import { UsageRow } from './usage/usage-table.ts';

await runDomainService(
  'billing',
  config,
  { entities: [UsageRow, PriceListRow, PostingRow, PayerRow, StatementRow], migrations },
  async ({ em, wakeLedger }) => {
    const now = (): Date => new Date();
    const at = now().toISOString();
    for (const list of publishedPriceLists(config.AWS_REGION))
      await handle(em, priceLists, streamOfPriceList(list.priceListId), {
        type: 'PublishPriceList',
        list,
        at,
      });
    await postEarlierUsage(em);
    wakeLedger();
    return {
      routes: Router()
        .use(billRoutes(em))
        .use(priceListRoutes(em, { now, wakeLedger }))
        .use(statementRoutes(em, { now, wakeLedger })),
      reactions: reactionsOf(config.AWS_REGION),
    };
  },
);
