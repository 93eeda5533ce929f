/** What workers cost for each second they live, reckoned as billing does: in integers, rounded once per meter. */
import type { WorkerSize } from '@firesteel/contracts/worker-size';
import type { HeldWorker } from './answers.ts';
import type { Prices } from './prices.ts';

/** The disk of every worker that costs nothing (reference emr-serverless §5.1 rule 3). */
const freeDiskGb = 20;
const secondsPerHour = 3600n;
const mbPerGb = 1024n;
const moneyPlaces = 10;

/** Billing counts from ready until the process has ended (behaviours row 23), serving or idle. */
export const isBilled = ({ status }: Pick<HeldWorker, 'status'>): boolean =>
  status !== 'REQUESTED' && status !== 'LAUNCHED';

/** To the nearest, ties to the even neighbour. */
function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  return twice < divisor || (twice === divisor && quotient % 2n === 0n) ? quotient : quotient + 1n;
}

const sum = (numbers: readonly number[]): bigint =>
  numbers.reduce((total, number) => total + BigInt(number), 0n);

/** 10⁻¹⁰ USD for one second of all these workers together; the 60 s minimum of a worker's life is not in it. */
export function secondE10(sizes: readonly WorkerSize[], prices: Prices): bigint {
  const vcpu = sum(sizes.map((size) => size.vcpu));
  const memoryMb = sum(sizes.map((size) => size.memoryMb));
  const paidDiskGb = sum(sizes.map((size) => Math.max(0, size.diskGb - freeDiskGb)));
  const lines = [
    divideHalfEven(vcpu * BigInt(prices.vcpuHourE10), secondsPerHour),
    divideHalfEven(memoryMb * BigInt(prices.memoryGbHourE10), mbPerGb * secondsPerHour),
    divideHalfEven(paidDiskGb * BigInt(prices.storageGbHourE10), secondsPerHour),
  ];
  return lines.reduce((total, line) => total + line, 0n);
}

/** Always ten places, as bills have them: `0.0000841533`. */
export function moneyText(amountE10: bigint): string {
  const digits = String(amountE10).padStart(moneyPlaces + 1, '0');
  return `${digits.slice(0, -moneyPlaces)}.${digits.slice(-moneyPlaces)}`;
}
