/**
 * Double entry: every metered usage is one balanced transaction, a debit of who pays and a credit of the revenue
 * under a price list, for each meter. Exact integers: a quantity in unit-milliseconds, an amount of that times the
 * price (nothing is rounded before a statement's line). What is posted never changes; a correction is a transaction
 * of its own that names what it corrects.
 */
import type {
  BillingEvent,
  Meter,
  Posting,
  PostingEvent,
  PriceList,
} from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { meters, metersOf } from '../rating/meters.ts';
import { billedQuantities, type RatedWorker } from '../rating/quantity.ts';

type Usage = Extract<BillingEvent, { type: 'WorkerUsageMetered' }>['data'];
type Correction = Extract<BillingEvent, { type: 'UsageCorrected' }>['data'];

export type Transaction = PostingEvent['data'];

export type PostingState =
  | { readonly status: 'ABSENT' }
  | ({ readonly status: 'POSTED' } & Transaction);

export type PostingCommand = {
  readonly type: 'PostTransaction';
  readonly transaction: Transaction;
};

/** The fact from which a usage is known: its place in the log, and when the log took it. */
export type Known = { readonly knownSeq: number; readonly knownAt: string };

/** Who pays a usage, as `usage-…` and `payer-…` streams are named. */
export const payerIdOf = ({
  jobRunId,
  applicationId,
}: Pick<Transaction, 'jobRunId' | 'applicationId'>): string =>
  jobRunId ?? `application-${applicationId}`;

/** Exact sums of some postings. */
export type Sum = { readonly unitMs: bigint; readonly amount: bigint };

/** The sums of a transaction's postings of one meter, on accounts of a kind or on all. */
export const sumOf = (postings: readonly Posting[], meter: Meter, accountKind = ''): Sum =>
  postings
    .filter((posting) => posting.meter === meter && posting.account.startsWith(accountKind))
    .reduce(
      (sum, { unitMs, amount }) => ({
        unitMs: sum.unitMs + BigInt(unitMs),
        amount: sum.amount + BigInt(amount),
      }),
      { unitMs: 0n, amount: 0n },
    );

/** A debit and its credit for every meter of which anything is billed, or given back. */
const postingsOf = (
  usage: Pick<Usage, 'accountId' | 'applicationId' | 'jobRunId'> & RatedWorker,
  prices: PriceList,
): readonly Posting[] =>
  metersOf(billedQuantities([usage]), prices)
    .filter(({ unitMs }) => unitMs !== 0n)
    .flatMap(({ meter, unitMs, priceE10 }) => {
      const side = (account: string, signed: bigint): Posting => ({
        account,
        meter,
        unitMs: String(signed * unitMs),
        amount: String(signed * unitMs * BigInt(priceE10)),
      });
      return [
        side(`receivable:${usage.accountId}:${payerIdOf(usage)}`, 1n),
        side(`revenue:${prices.priceListId}`, -1n),
      ];
    });

/** The transaction of a metered usage under the list that it names. */
export const usageTransaction = (usage: Usage, prices: PriceList, known: Known): Transaction => ({
  transactionId: usage.usageId,
  corrects: null,
  accountId: usage.accountId,
  applicationId: usage.applicationId,
  jobRunId: usage.jobRunId,
  priceListId: prices.priceListId,
  usageAt: usage.at,
  ...known,
  postings: postingsOf(usage, prices),
});

/** The transaction of a correction: what it adds, under the list of the usage and in its month. */
export const correctionTransaction = (
  { correctionId, usageId, usageAt, added, reason, by, ...what }: Correction,
  prices: PriceList,
  known: Known,
): Transaction => ({
  transactionId: correctionId,
  corrects: usageId,
  correction: { reason, by },
  accountId: what.accountId,
  applicationId: what.applicationId,
  jobRunId: what.jobRunId,
  priceListId: prices.priceListId,
  usageAt,
  ...known,
  postings: postingsOf({ ...what, ...added }, prices),
});

/** @throws Error when a meter's postings are not zero in sum: that is a defect, never a request's fault */
function requireBalanced({ transactionId, postings }: Transaction): void {
  for (const meter of meters) {
    const { unitMs, amount } = sumOf(postings, meter);
    if (unitMs !== 0n || amount !== 0n)
      throw new Error(
        `transaction ${transactionId} is not balanced: ${meter} ${unitMs}, ${amount}`,
      );
  }
}

export const posting: Decider<PostingState, PostingCommand, PostingEvent> = {
  initial: { status: 'ABSENT' },
  decide({ transaction }, state) {
    if (state.status === 'POSTED') return [];
    requireBalanced(transaction);
    return [{ type: 'TransactionPosted', data: transaction }];
  },
  evolve: (_state, { data }) => ({ status: 'POSTED', ...data }),
};
