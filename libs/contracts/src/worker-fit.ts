/** The worker sizes AWS offers, and the smallest that holds what is asked (reference emr-serverless §4.1, §4.2). */
import type { WorkerSize } from './worker-size.ts';

type MemoryRange = { readonly vcpu: number; readonly memoryGb: readonly number[] };

const steps = (from: number, to: number, step: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

/** Allowed memory per vCPU count, smallest first. */
const sizes: readonly MemoryRange[] = [
  { vcpu: 1, memoryGb: steps(2, 8, 1) },
  { vcpu: 2, memoryGb: steps(4, 16, 1) },
  { vcpu: 4, memoryGb: steps(8, 30, 1) },
  { vcpu: 8, memoryGb: steps(16, 60, 4) },
  { vcpu: 16, memoryGb: steps(32, 120, 8) },
  { vcpu: 32, memoryGb: [60, 120, 244] },
];

const mbPerGb = 1024;

/**
 * The smallest allowed worker with at least these cores and this memory; a core count between two
 * sizes takes the larger, the memory is rounded up. Undefined when no worker is that large.
 */
export function fitWorker(cores: number, memoryMb: number, diskGb: number): WorkerSize | undefined {
  const range = sizes.find(({ vcpu }) => vcpu >= cores);
  const memoryGb = range?.memoryGb.find((gb) => gb * mbPerGb >= memoryMb);
  return range && memoryGb !== undefined
    ? { vcpu: range.vcpu, memoryMb: memoryGb * mbPerGb, diskGb }
    : undefined;
}

/** The most memory a worker with these cores may have, in MB; 0 when there is no such worker. */
export const largestMemoryMb = (cores: number): number =>
  (sizes.find(({ vcpu }) => vcpu >= cores)?.memoryGb.at(-1) ?? 0) * mbPerGb;
