/** Questions about usage and bills; the answers come from integers alone. */
import { Refused } from '@firesteel/decider/refused';
import { load } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Request, Router } from 'express';
import { loadPriceList } from '../price-list/price-list-table.ts';
import { billedQuantities, usedQuantities } from '../rating/quantity.ts';
import { utilizationOf } from '../rating/utilization.ts';
import type { UsageState } from '../usage/usage.ts';
import { usages } from '../usage/usage-table.ts';
import { billOf } from './bill.ts';

/** The account a call is made for, where the caller says it: another account's usage does not exist. */
const visible = (request: Request, usage: UsageState): UsageState => {
  const accountId = request.get('x-firesteel-account');
  const foreign =
    accountId !== undefined && usage.status === 'METERED' && usage.accountId !== accountId;
  return foreign ? { status: 'ABSENT' } : usage;
};

/** The utilization members of GetJobRun; none before a worker has been metered. */
export const utilizationAnswer = (usage: UsageState) =>
  usage.status === 'ABSENT'
    ? {}
    : {
        totalResourceUtilization: utilizationOf(usedQuantities(usage.workers)),
        billedResourceUtilization: utilizationOf(billedQuantities(usage.workers)),
      };

/** The routes of `/v1/usage` and `/v1/bills`. */
export function billRoutes(em: EntityManager): Router {
  const usageOf = async (request: Request): Promise<UsageState> => {
    const { state } = await load(em, usages, String(request.params['jobRunId']));
    return visible(request, state);
  };
  return Router()
    .get('/v1/usage/job-runs/:jobRunId', async (request, response) => {
      response.json(utilizationAnswer(await usageOf(request)));
    })
    .get('/v1/bills/job-runs/:jobRunId', async (request, response) => {
      const usage = await usageOf(request);
      if (usage.status === 'ABSENT')
        throw new Refused('NotFound', `JobRun ${request.params['jobRunId']} has no bill yet`);
      response.json(billOf(usage, await loadPriceList(em, usage.priceListId)));
    });
}
