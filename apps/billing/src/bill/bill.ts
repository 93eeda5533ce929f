/** A bill: three lines for each price list, their total, and the workers they come from. A run has one, and an application for its idle pool. */
import type { Meter, PriceList } from '@firesteel/contracts/events';
import type { WorkerType } from '@firesteel/contracts/worker-size';
import { metersOf } from '../rating/meters.ts';
import { billedQuantities } from '../rating/quantity.ts';
import { lineAmountE10, moneyText, priceText, quantityText } from '../rating/round-line.ts';
import {
  type ListedWorker,
  type MeteredUsage,
  type PoolUsage,
  type RunUsage,
  ratedWorkersOf,
  type WorkerUsage,
} from '../usage/usage.ts';

/** Numbers as decimal text: no reader has to trust a float with money. */
export type BillLine = {
  readonly meter: Meter;
  /** Hours, six places. */
  readonly quantity: string;
  /** USD an hour. */
  readonly unitPrice: string;
  /** USD, ten places. */
  readonly amount: string;
  readonly priceListId: string;
};

export type BilledWorker = {
  readonly workerId: string;
  readonly workerType: WorkerType;
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly diskGb: number;
  readonly usedSeconds: number;
  readonly billedSeconds: number;
};

/** A worker on the bill of the run that held it. */
export type BilledRunWorker = BilledWorker & {
  readonly attempt: number;
  /** Seconds it idled in its application's pool before; the application pays them. */
  readonly idleSeconds: number;
};

type Rated = {
  readonly currency: 'USD';
  /** That of its first worker; the lines name their own. */
  readonly priceListId: string;
  readonly lines: readonly BillLine[];
  /** The sum of the lines' amounts, which are exact at ten places. */
  readonly total: string;
};

export type RunBill = Rated & {
  readonly jobRunId: string;
  /** In the order in which they ended. */
  readonly workers: readonly BilledRunWorker[];
};

/** What the idle seconds of an application's pre-initialised workers cost. */
export type PoolBill = Rated & {
  readonly applicationId: string;
  /** How many ended before those that are listed; the lines count them too. */
  readonly earlierWorkers: number;
  /** The latest, in the order in which they ended. */
  readonly workers: readonly BilledWorker[];
};

export type Bill = RunBill | PoolBill;

/** Finds a published price list. */
export type PriceListOf = (priceListId: string) => PriceList;

type RatedLine = { readonly line: BillLine; readonly amountE10: bigint };

/** The lines of what is under one price list: each meter's exact quantity, rounded once. */
const linesUnder = (workers: readonly ListedWorker[], prices: PriceList): readonly RatedLine[] =>
  metersOf(billedQuantities(workers), prices).map(({ meter, unitMs, priceE10 }) => {
    const amountE10 = lineAmountE10(meter, unitMs, priceE10);
    const { priceListId } = prices;
    const [quantity, unitPrice] = [quantityText(meter, unitMs), priceText(priceE10)];
    return {
      line: { meter, quantity, unitPrice, amount: moneyText(amountE10), priceListId },
      amountE10,
    };
  });

function rated(usage: MeteredUsage, listOf: PriceListOf): Rated {
  const workers = ratedWorkersOf(usage);
  const lists = [...new Set(workers.map(({ priceListId }) => priceListId))];
  const lines = lists.flatMap((id) =>
    linesUnder(
      workers.filter(({ priceListId }) => priceListId === id),
      listOf(id),
    ),
  );
  return {
    currency: 'USD',
    priceListId: usage.priceListId,
    lines: lines.map(({ line }) => line),
    total: moneyText(lines.reduce((sum, { amountE10 }) => sum + amountE10, 0n)),
  };
}

const billedWorker = ({
  workerId,
  workerType,
  size,
  usedSeconds,
  billedSeconds,
}: WorkerUsage): BilledWorker => ({
  workerId,
  workerType,
  vcpu: size.vcpu,
  memoryGb: size.memoryMb / 1024,
  diskGb: size.diskGb,
  usedSeconds,
  billedSeconds,
});

const runBill = (usage: RunUsage, listOf: PriceListOf): RunBill => ({
  jobRunId: usage.jobRunId,
  ...rated(usage, listOf),
  workers: usage.workers.map((worker) => ({
    ...billedWorker(worker),
    attempt: worker.attempt ?? 1,
    idleSeconds: idleSecondsOf(worker, usage.workers),
  })),
});

/** What of a worker's life the run does not pay; told once, of one that lived under several price lists. */
function idleSecondsOf(worker: WorkerUsage, all: readonly WorkerUsage[]): number {
  const same = all.filter(({ workerId }) => workerId === worker.workerId);
  if (same.at(-1) !== worker) return 0;
  return worker.lifeSeconds - same.reduce((sum, { usedSeconds }) => sum + usedSeconds, 0);
}

const poolBill = (usage: PoolUsage, listOf: PriceListOf): PoolBill => ({
  applicationId: usage.applicationId,
  ...rated(usage, listOf),
  earlierWorkers: usage.earlier.reduce((sum, { workers }) => sum + workers, 0),
  workers: usage.workers.map(billedWorker),
});

/**
 * Rates metered workers, each by the price list that was in effect when it ended.
 * @throws what `listOf` throws for a list that was never published
 */
export const billOf = (usage: MeteredUsage, listOf: PriceListOf): Bill =>
  usage.jobRunId === null ? poolBill(usage, listOf) : runBill(usage, listOf);
