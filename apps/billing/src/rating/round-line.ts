/**
 * The one place where money is rounded: a statement line, which is one meter of one run. Its exact
 * quantity times its exact price is rounded once, half to even, to 10⁻¹⁰ USD. Worker amounts are never
 * rounded and summed, so neither the number of workers nor their order can move the total.
 */
import type { Meter } from '@firesteel/contracts/events';
import { mbPerGb, msPerHour } from './hours.ts';
import { decimalText, divideHalfEven, divideHalfUp, shortDecimalText } from './rounding.ts';

/** Unit-milliseconds in one hour of the meter's unit. */
const unitMsPerHour: Readonly<Record<Meter, bigint>> = {
  'vCPU-hours': msPerHour,
  'memory GB-hours': mbPerGb * msPerHour,
  'storage GB-hours': msPerHour,
};

/** Decimal places of money (10⁻¹⁰ USD) and of the quantities shown beside it. */
const moneyPlaces = 10;
const quantityPlaces = 6;

/** Rounds an exact amount (unit-milliseconds times a price) to 10⁻¹⁰ USD: once a line. */
export const roundedE10 = (meter: Meter, exactAmount: bigint): bigint =>
  exactAmount < 0n
    ? -divideHalfEven(-exactAmount, unitMsPerHour[meter])
    : divideHalfEven(exactAmount, unitMsPerHour[meter]);

/** Exact money of one line, in 10⁻¹⁰ USD. */
export const lineAmountE10 = (meter: Meter, unitMs: bigint, priceE10: number): bigint =>
  roundedE10(meter, unitMs * BigInt(priceE10));

const signed = (value: bigint, text: (size: bigint) => string): string =>
  value < 0n ? `-${text(-value)}` : text(value);

/** Money as text, always ten places: `0.0035082667`; negative only in corrections. */
export const moneyText = (amountE10: bigint): string =>
  signed(amountE10, (size) => decimalText(size, moneyPlaces));

/** A price as text, as AWS prints it: `0.052624`. */
export const priceText = (priceE10: number): string =>
  shortDecimalText(BigInt(priceE10), moneyPlaces);

/** Hours as text with six places, half up, for reading only: the amount comes from the exact quantity. */
export const quantityText = (meter: Meter, unitMs: bigint): string =>
  signed(unitMs, (size) =>
    decimalText(
      divideHalfUp(size * 10n ** BigInt(quantityPlaces), unitMsPerHour[meter]),
      quantityPlaces,
    ),
  );
