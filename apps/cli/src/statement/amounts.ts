/** Exact integers as decimal text; nothing here is rounded that billing has not rounded, but quantities for people. */
import type { StatementLine } from '../operator/statements.ts';

const msPerHour = 3_600_000n;

/** Unit-milliseconds in an hour of a meter's unit. */
const unitMsPerHour: Readonly<Record<StatementLine['meter'], bigint>> = {
  'vCPU-hours': msPerHour,
  'memory GB-hours': 1024n * msPerHour,
  'storage GB-hours': msPerHour,
};

/** `-35` with two places is `-0.35`. */
export function decimalText(scaled: bigint, places: number): string {
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(places + 1, '0');
  return `${scaled < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** 10⁻¹⁰ USD as USD. */
export const moneyText = (amountE10: bigint): string => decimalText(amountE10, 10);

/** Hours, half up. */
export function hoursText(meter: StatementLine['meter'], unitMs: bigint, places: number): string {
  const size = unitMs < 0n ? -unitMs : unitMs;
  const divisor = unitMsPerHour[meter];
  const scaled = (2n * size * 10n ** BigInt(places) + divisor) / (2n * divisor);
  return decimalText(unitMs < 0n ? -scaled : scaled, places);
}
