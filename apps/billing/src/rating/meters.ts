/** The three meters of what was used: exact quantity and price. */
import type { Meter, PriceList } from '@firesteel/contracts/events';
import type { Quantities } from './quantity.ts';

/** A meter's exact quantity in unit-milliseconds, and its price in 10⁻¹⁰ USD an hour. */
export type Metered = {
  readonly meter: Meter;
  readonly unitMs: bigint;
  readonly priceE10: number;
};

/** Every meter, in the order of bills. */
export const meters: readonly Meter[] = ['vCPU-hours', 'memory GB-hours', 'storage GB-hours'];

/** What a price list asks for an hour of a meter's unit. */
export const priceOf = (meter: Meter, prices: PriceList): number =>
  ({
    'vCPU-hours': prices.vcpuHourE10,
    'memory GB-hours': prices.memoryGbHourE10,
    'storage GB-hours': prices.storageGbHourE10,
  })[meter];

/** Quantities as meters, priced. */
export const metersOf = (
  { vcpuMs, memoryMbMs, storageGbMs }: Quantities,
  prices: PriceList,
): readonly Metered[] => {
  const unitMs = {
    'vCPU-hours': vcpuMs,
    'memory GB-hours': memoryMbMs,
    'storage GB-hours': storageGbMs,
  };
  return meters.map((meter) => ({
    meter,
    unitMs: unitMs[meter],
    priceE10: priceOf(meter, prices),
  }));
};
