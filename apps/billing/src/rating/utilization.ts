/** Utilization as AWS shows it: hours with three decimals (reference emr-serverless §5.1 rule 9). */
import { mbPerGb, msPerHour } from './hours.ts';
import type { Quantities } from './quantity.ts';
import { divideHalfUp } from './rounding.ts';

/** `totalResourceUtilization` and `billedResourceUtilization` of the service model. */
export type Utilization = {
  readonly vCPUHour: number;
  readonly memoryGBHour: number;
  readonly storageGBHour: number;
};

const threeDecimals = (unitMs: bigint, unitMsPerHour: bigint): number => {
  const size = unitMs < 0n ? -unitMs : unitMs;
  const hours = Number(divideHalfUp(size * 1000n, unitMsPerHour)) / 1000;
  return unitMs < 0n && hours !== 0 ? -hours : hours;
};

/** Rounded half up from the exact sum, once. */
export const utilizationOf = (quantities: Quantities): Utilization => ({
  vCPUHour: threeDecimals(quantities.vcpuMs, msPerHour),
  memoryGBHour: threeDecimals(quantities.memoryMbMs, mbPerGb * msPerHour),
  storageGBHour: threeDecimals(quantities.storageGbMs, msPerHour),
});
