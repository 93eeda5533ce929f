/** A correction has its place in the log: it is posted, once, known from that place on. */
import type { BillingEvent } from '@firesteel/contracts/events';
import { handleIn, load } from '@firesteel/event-store/aggregate';
import type { TransactionReaction } from '@firesteel/messaging/reaction';
import { correctionTransaction } from '../posting/posting.ts';
import { postings } from '../posting/posting-table.ts';
import { loadPriceList } from '../price-list/price-list-table.ts';
import { utilizations } from '../utilization/utilization-table.ts';
import { tellUtilization } from './on-utilization.ts';

type Corrected = Extract<BillingEvent, { type: 'UsageCorrected' }>['data'];

export const onUsageCorrected: TransactionReaction = async (
  { data, globalSeq, recordedAt },
  tx,
) => {
  const corrected = data as unknown as Corrected;
  const { correctionId, priceListId, jobRunId, at } = corrected;
  const prices = await loadPriceList(tx, priceListId);
  const known = { knownSeq: globalSeq, knownAt: recordedAt };
  const transaction = correctionTransaction(corrected, prices, known);
  const command = { type: 'PostTransaction', transaction } as const;
  await handleIn(tx, postings, correctionId, command, { causedBy: globalSeq });
  if (jobRunId === null) return;
  const { state } = await load(tx, utilizations, jobRunId);
  if (state.final) await tellUtilization(tx, jobRunId, { final: true, at, causedBy: globalSeq });
};
