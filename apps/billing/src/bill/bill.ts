/** The bill of one run: three lines, their total, and the workers they come from. */
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
import type { MeteredUsage } from '../usage/usage.ts';

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

export type Bill = {
  readonly jobRunId: string;
  readonly currency: 'USD';
  readonly priceListId: string;
  readonly lines: readonly BillLine[];
  /** The sum of the lines' amounts, which are exact at ten places. */
  readonly total: string;
  /** In the order in which they ended. */
  readonly workers: readonly BilledWorker[];
};

/** The three meters of a run: exact quantity and price. */
function metersOf(usage: MeteredUsage, prices: PriceList) {
  const { vcpuMs, memoryMbMs, storageGbMs } = billedQuantities(usage.workers);
  return [
    { meter: 'vCPU-hours', unitMs: vcpuMs, priceE10: prices.vcpuHourE10 },
    { meter: 'memory GB-hours', unitMs: memoryMbMs, priceE10: prices.memoryGbHourE10 },
    { meter: 'storage GB-hours', unitMs: storageGbMs, priceE10: prices.storageGbHourE10 },
  ] as const;
}

/** Rates a run's metered workers by the price list it is under. */
export function billOf(usage: MeteredUsage, prices: PriceList): Bill {
  const rated = metersOf(usage, prices).map(({ meter, unitMs, priceE10 }) => {
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
    jobRunId: usage.jobRunId,
    currency: prices.currency,
    priceListId: prices.priceListId,
    lines: rated.map(({ line }) => line),
    total: moneyText(rated.reduce((sum, { amountE10 }) => sum + amountE10, 0n)),
    workers: usage.workers.map(({ workerId, workerType, size, usedSeconds, billedSeconds }) => ({
      workerId,
      workerType,
      vcpu: size.vcpu,
      memoryGb: size.memoryMb / 1024,
      diskGb: size.diskGb,
      usedSeconds,
      billedSeconds,
    })),
  };
}
