/** Questions about usage and bills, of runs and of applications' idle pools; the answers come from integers alone. */
import { Refused } from '@firesteel/decider/refused';
import { load } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Request, Router } from 'express';
import { loadPriceLists } from '../price-list/price-list-table.ts';
import { billedQuantities, usedQuantities } from '../rating/quantity.ts';
import { utilizationOf } from '../rating/utilization.ts';
import { poolUsageIdOf, ratedWorkersOf, type UsageState } from '../usage/usage.ts';
import { usages } from '../usage/usage-table.ts';
import { type Bill, billOf } from './bill.ts';

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
        totalResourceUtilization: utilizationOf(usedQuantities(ratedWorkersOf(usage))),
        billedResourceUtilization: utilizationOf(billedQuantities(ratedWorkersOf(usage))),
      };

/** Who pays, as a path names it. */
type Payer = {
  readonly usageIdOf: (request: Request) => string;
  readonly named: (request: Request) => string;
};

const jobRun: Payer = {
  usageIdOf: ({ params }) => String(params['jobRunId']),
  named: ({ params }) => `JobRun ${params['jobRunId']}`,
};

const application: Payer = {
  usageIdOf: ({ params }) => poolUsageIdOf(String(params['applicationId'])),
  named: ({ params }) => `Application ${params['applicationId']}`,
};

/** The routes of `/v1/usage` and `/v1/bills`. */
export function billRoutes(em: EntityManager): Router {
  const usageOf = async (request: Request, payer: Payer): Promise<UsageState> =>
    visible(request, (await load(em, usages, payer.usageIdOf(request))).state);

  const billFor = async (request: Request, payer: Payer): Promise<Bill> => {
    const usage = await usageOf(request, payer);
    if (usage.status === 'ABSENT')
      throw new Refused('NotFound', `${payer.named(request)} has no bill yet`);
    const lists = ratedWorkersOf(usage).map(({ priceListId }) => priceListId);
    return billOf(usage, await loadPriceLists(em, lists));
  };

  return Router()
    .get('/v1/usage/job-runs/:jobRunId', async (request, response) => {
      response.json(utilizationAnswer(await usageOf(request, jobRun)));
    })
    .get('/v1/bills/job-runs/:jobRunId', async (request, response) => {
      response.json(await billFor(request, jobRun));
    })
    .get('/v1/usage/applications/:applicationId', async (request, response) => {
      response.json(utilizationAnswer(await usageOf(request, application)));
    })
    .get('/v1/bills/applications/:applicationId', async (request, response) => {
      response.json(await billFor(request, application));
    });
}
