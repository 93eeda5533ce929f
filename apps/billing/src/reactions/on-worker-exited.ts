/** A worker has ended: what it used goes on its run's account, once. */
import type { WorkerEvent } from '@firesteel/contracts/events';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
import { currentPriceListId } from '../price-list/price-list-table.ts';
import { usages } from '../usage/usage-table.ts';

type Exited = Extract<WorkerEvent, { type: 'WorkerExited' }>['data'];

/** Meters under the list in effect in `priceListStream`. */
export const meterWorker =
  (priceListStream: string): Reaction =>
  async (event, tx) => {
    const exited = event.data as Exited;
    const priceListId = await currentPriceListId(tx, priceListStream);
    await handleIn(
      tx,
      usages,
      exited.jobRunId,
      { type: 'MeterWorker', exited, priceListId },
      { causedBy: event.globalSeq },
    );
  };
