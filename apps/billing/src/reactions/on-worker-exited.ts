/** A worker has ended: what it used goes on its run's account, what it idled on its application's, each once. */
import type { WorkerEvent } from '@firesteel/contracts/events';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
import { currentPriceListId } from '../price-list/price-list-table.ts';
import { poolUsageIdOf, type UsageCommand } from '../usage/usage.ts';
import { usages } from '../usage/usage-table.ts';

type Exited = Extract<WorkerEvent, { type: 'WorkerExited' }>['data'];

/** Meters under the list in effect in `priceListStream`. */
export const meterWorker =
  (priceListStream: string): Reaction =>
  async (event, tx) => {
    const exited = event.data as Exited;
    const priceListId = await currentPriceListId(tx, priceListStream);
    const meter = (usageId: string, type: UsageCommand['type']) =>
      handleIn(tx, usages, usageId, { type, exited, priceListId }, { causedBy: event.globalSeq });
    if (exited.jobRunId !== null) await meter(exited.jobRunId, 'MeterWorker');
    await meter(poolUsageIdOf(exited.applicationId), 'MeterIdleWorker');
  };
