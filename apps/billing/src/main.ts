/** Composition root of billing. */
import { handle } from '@firesteel/event-store/commands';
import { runDomainService } from '@firesteel/service/domain-service';
import { Router } from 'express';
import { billRoutes } from './bill/routes.ts';
import { BudgetRow } from './budget/budget-table.ts';
import { budgetRoutes } from './budget/routes.ts';
import { createBudgetWatch } from './budget/watch.ts';
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
import { usageRoutes } from './usage/routes.ts';
import { UsageRow } from './usage/usage-table.ts';
import { UtilizationRow } from './utilization/utilization-table.ts';

const entities = [
  UsageRow,
  PriceListRow,
  PostingRow,
  PayerRow,
  StatementRow,
  BudgetRow,
  UtilizationRow,
];

await runDomainService(
  'billing',
  config,
  { entities, migrations },
  async ({ em, wakeLedger, log }) => {
    const now = (): Date => new Date();
    const at = now().toISOString();
    for (const list of publishedPriceLists(config.AWS_REGION))
      await handle(em, priceLists, streamOfPriceList(list.priceListId), {
        type: 'PublishPriceList',
        list,
        at,
      });
    await postEarlierUsage(em);
    const look = createBudgetWatch({ em, now, wakeLedger, log });
    await look();
    wakeLedger();
    return {
      routes: Router()
        .use(billRoutes(em))
        .use(usageRoutes(em, { now, wakeLedger }))
        .use(priceListRoutes(em, { now, wakeLedger }))
        .use(statementRoutes(em, { now, wakeLedger }))
        .use(budgetRoutes(em, { now, look, wakeLedger })),
      reactions: reactionsOf(config.AWS_REGION),
      committed: look,
    };
  },
);
