/**
 * Usage in exact integers. A worker of `n` units that ran for `s` seconds used `n · s · 1000`
 * unit-milliseconds; hours appear only where they are shown, and no floating point anywhere.
 */
import type { WorkerSize } from '@firesteel/contracts/worker-size';

/** What of a worker's life is rated; of several workers of one size, the sums. */
export type RatedWorker = {
  readonly size: WorkerSize;
  /** Whole seconds that the payer used it. */
  readonly usedSeconds: number;
  /** The same with what is missing to the 60 s minimum, where the payer has to make it up. */
  readonly billedSeconds: number;
};

/** Unit-milliseconds: vCPU·ms, MB·ms of memory (1 GB = 1024 MB) and GB·ms of disk. */
export type Quantities = {
  readonly vcpuMs: bigint;
  readonly memoryMbMs: bigint;
  readonly storageGbMs: bigint;
};

const none: Quantities = { vcpuMs: 0n, memoryMbMs: 0n, storageGbMs: 0n };

/** The disk of every worker that costs nothing (reference emr-serverless §5.1 rule 3). */
const freeDiskGb = 20;

const quantitiesOf = (vcpu: number, memoryMb: number, diskGb: number, seconds: number) => {
  const ms = BigInt(seconds) * 1000n;
  return {
    vcpuMs: BigInt(vcpu) * ms,
    memoryMbMs: BigInt(memoryMb) * ms,
    storageGbMs: BigInt(diskGb) * ms,
  };
};

const plus = (a: Quantities, b: Quantities): Quantities => ({
  vcpuMs: a.vcpuMs + b.vcpuMs,
  memoryMbMs: a.memoryMbMs + b.memoryMbMs,
  storageGbMs: a.storageGbMs + b.storageGbMs,
});

/** What was used: every second, storage from the first GB (§5.1 rule 4). */
export const usedQuantities = (workers: readonly RatedWorker[]): Quantities =>
  workers
    .map(({ size, usedSeconds }) =>
      quantitiesOf(size.vcpu, size.memoryMb, size.diskGb, usedSeconds),
    )
    .reduce(plus, none);

/** What is billed: at least 60 s of every worker, the first 20 GB of its disk free (§5.1 rules 2 and 3). */
export const billedQuantities = (workers: readonly RatedWorker[]): Quantities =>
  workers
    .map(({ size, billedSeconds }) =>
      quantitiesOf(size.vcpu, size.memoryMb, Math.max(0, size.diskGb - freeDiskGb), billedSeconds),
    )
    .reduce(plus, none);
