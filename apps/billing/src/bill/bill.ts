/** A bill: three lines, their total, and the workers they come from. A run has one, and an application for its idle pool. */
import type { PriceList } from '@firesteel/contracts/events';
import type { WorkerType } from '@firesteel/contracts/worker-size';
import { billedQuantities } from '../rating/quantity.ts';
import {
  lineAmountE10,
  type Meter,
  moneyText,
  priceText,
  quantityText,
} from '../rating/round-line.ts';
import {
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

/** The three meters: exact quantity and price. */
function metersOf(usage: MeteredUsage, prices: PriceList) {
  const { vcpuMs, memoryMbMs, storageGbMs } = billedQuantities(ratedWorkersOf(usage));
  return [
    { meter: 'vCPU-hours', unitMs: vcpuMs, priceE10: prices.vcpuHourE10 },
    { meter: 'memory GB-hours', unitMs: memoryMbMs, priceE10: prices.memoryGbHourE10 },
    { meter: 'storage GB-hours', unitMs: storageGbMs, priceE10: prices.storageGbHourE10 },
  ] as const;
}

function rated(usage: MeteredUsage, prices: PriceList): Rated {
  const meters = metersOf(usage, prices).map(({ meter, unitMs, priceE10 }) => {
    const amountE10 = lineAmountE10(meter, unitMs, priceE10);
    const line: BillLine = {
      meter,
      quantity: quantityText(meter, unitMs),
      unitPrice: priceText(priceE10),
      amount: moneyText(amountE10),
    };
    return { line, amountE10 };
  });
  return {
    currency: prices.currency,
    priceListId: prices.priceListId,
    lines: meters.map(({ line }) => line),
    total: moneyText(meters.reduce((sum, { amountE10 }) => sum + amountE10, 0n)),
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

const runBill = (usage: RunUsage, prices: PriceList): RunBill => ({
  jobRunId: usage.jobRunId,
  ...rated(usage, prices),
  workers: usage.workers.map((worker) => ({
    ...billedWorker(worker),
    attempt: worker.attempt ?? 1,
    idleSeconds: worker.lifeSeconds - worker.usedSeconds,
  })),
});

const poolBill = (usage: PoolUsage, prices: PriceList): PoolBill => ({
  applicationId: usage.applicationId,
  ...rated(usage, prices),
  earlierWorkers: usage.earlier.reduce((sum, { workers }) => sum + workers, 0),
  workers: usage.workers.map(billedWorker),
});

/** Rates metered workers by the price list that their usage is under. */
export const billOf = (usage: MeteredUsage, prices: PriceList): Bill =>
  usage.jobRunId === null ? poolBill(usage, prices) : runBill(usage, prices);
