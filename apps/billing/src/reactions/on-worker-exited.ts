/**
 * A worker has ended: what it used goes on its run's account, what it idled on its application's, each once and
 * each with its postings. A posted usage is posted for good, so that the same exit is never heard twice.
 */
import type { WorkerEvent } from '@firesteel/contracts/events';
import { handleIn, load } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
import { usageTransaction } from '../posting/posting.ts';
import { postings } from '../posting/posting-table.ts';
import { priceListInEffect } from '../price-list/price-list-table.ts';
import { poolUsageIdOf, type UsageCommand, usageIdOf } from '../usage/usage.ts';
import { usages } from '../usage/usage-table.ts';

type Exited = Extract<WorkerEvent, { type: 'WorkerExited' }>['data'];

/** Meters under the list in effect in `region` when the worker ended, whenever that is learned. */
export const meterWorker =
  (region: string): Reaction =>
  async (event, tx) => {
    const exited = event.data as Exited;
    const { accountId, at, workerId } = exited;
    const prices = await priceListInEffect(tx, { region, accountId, at });
    const { priceListId } = prices;
    const known = { knownSeq: event.globalSeq, knownAt: event.recordedAt };
    const meta = { causedBy: event.globalSeq };

    const meter = async (payerId: string, type: UsageCommand['type'], usageId: string) => {
      const posted = await load(tx, postings, usageId);
      if (posted.version > 0) return;
      const { events } = await handleIn(tx, usages, payerId, { type, exited, priceListId }, meta);
      for (const { data } of events) {
        const transaction = usageTransaction(data, prices, known);
        await handleIn(tx, postings, usageId, { type: 'PostTransaction', transaction }, meta);
      }
    };
    if (exited.jobRunId !== null) await meter(exited.jobRunId, 'MeterWorker', usageIdOf(workerId));
    const pool = poolUsageIdOf(exited.applicationId);
    await meter(pool, 'MeterIdleWorker', usageIdOf(workerId, 1, 'idle'));
  };
