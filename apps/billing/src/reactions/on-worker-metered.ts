/**
 * A worker has ended, or lives on and its meter was read: what it used since it was metered last goes on its run's
 * account, what it idled on its application's, each once and each with its postings. A posted usage is posted for
 * good, so that the same fact is never heard twice.
 */
import { handleIn, load } from '@firesteel/event-store/aggregate';
import type { TransactionReaction } from '@firesteel/messaging/reaction';
import { usageTransaction } from '../posting/posting.ts';
import { postings } from '../posting/posting-table.ts';
import { priceListInEffect } from '../price-list/price-list-table.ts';
import { type MeterUsage, poolUsageIdOf, type ToldLife, usageIdOf } from '../usage/usage.ts';
import { usages } from '../usage/usage-table.ts';

/** Meters under the list in effect in `region` at the moment of the fact, whenever that is learned. */
export const meterWorker =
  (region: string): TransactionReaction =>
  async (event, tx) => {
    const life = event.data as unknown as ToldLife;
    const { accountId, at, workerId, reading } = life;
    const prices = await priceListInEffect(tx, { region, accountId, at });
    const { priceListId } = prices;
    const known = { knownSeq: event.globalSeq, knownAt: event.recordedAt };
    const meta = { causedBy: event.globalSeq };

    const meter = async (payerId: string, type: MeterUsage['type'], usageId: string) => {
      const posted = await load(tx, postings, usageId);
      if (posted.version > 0) return;
      const { events } = await handleIn(tx, usages, payerId, { type, life, priceListId }, meta);
      for (const { type: fact, data } of events) {
        if (fact !== 'WorkerUsageMetered') continue;
        const transaction = usageTransaction(data, prices, known);
        await handleIn(tx, postings, usageId, { type: 'PostTransaction', transaction }, meta);
      }
    };
    if (life.jobRunId !== null)
      await meter(life.jobRunId, 'MeterWorker', usageIdOf(workerId, 'run', reading));
    const pool = poolUsageIdOf(life.applicationId);
    await meter(pool, 'MeterIdleWorker', usageIdOf(workerId, 'idle', reading));
  };
