/**
 * Which pre-initialised workers a run can use: those of its release whose size and heap are at least
 * what it asks for and whose JVM was started with the same options (reference emr-serverless §4.5).
 */
import type { PoolPlan, WorkerPlan, WorkerType } from '@firesteel/contracts/worker-size';
import type { Allocation } from '../allocation/allocation.ts';
import { isFree, reached, type Worker } from '../worker/worker.ts';
import type { Pool } from './pool.ts';

const sameOptions = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((option, index) => option === b[index]);

/** Whether a JVM started as `offered` can do what `wanted` asks for. */
export const serves = (offered: WorkerPlan, wanted: WorkerPlan): boolean =>
  offered.size.vcpu >= wanted.size.vcpu &&
  offered.size.memoryMb >= wanted.size.memoryMb &&
  offered.size.diskGb >= wanted.size.diskGb &&
  offered.heapMb >= wanted.heapMb &&
  sameOptions(offered.javaOptions, wanted.javaOptions);

/** The free workers of the run's pool that can be its drivers or executors, ready ones first. */
export const freeFor = (
  allocation: Allocation,
  workerType: WorkerType,
  wanted: WorkerPlan,
  workers: readonly Worker[],
): Worker[] =>
  workers
    .filter(
      (worker) =>
        isFree(worker) &&
        worker.applicationId === allocation.applicationId &&
        worker.workerType === workerType &&
        worker.releaseLabel === allocation.releaseLabel &&
        serves(worker, wanted),
    )
    .sort(
      (a, b) =>
        Number(reached(b, 'READY')) - Number(reached(a, 'READY')) ||
        a.requestedAt.localeCompare(b.requestedAt),
    );

const describe = ({ size, heapMb, javaOptions }: WorkerPlan): string => {
  const options = javaOptions.length === 0 ? 'no Java options' : javaOptions.join(' ');
  return `${size.vcpu} vCPU, ${size.memoryMb / 1024} GB, ${size.diskGb} GB of disk, heap ${heapMb} MB, ${options}`;
};

/** Why a pool's workers of one type cannot serve; null when they can. A pool without that type is no mismatch. */
function mismatchOfType(
  plans: readonly PoolPlan[],
  workerType: WorkerType,
  begin: string,
  wanted: WorkerPlan,
): string | null {
  const offered = plans.filter((plan) => plan.workerType === workerType);
  const [first] = offered;
  if (!first || offered.some((plan) => serves(plan, wanted))) return null;
  return `${begin} not match the pre-initialised capacity (wanted: ${describe(wanted)}; pre-initialised: ${describe(first)}).`;
}

/** What a run's submitter should know: that its workers start cold although the application has a pool. */
export function mismatchOf(pool: Pool, { plan, releaseLabel }: Allocation): string | null {
  if (releaseLabel !== pool.releaseLabel)
    return `Workers start cold because the run is of ${releaseLabel} and the pre-initialised capacity of ${pool.releaseLabel}.`;
  const parts = [
    mismatchOfType(
      pool.pools,
      'SPARK_DRIVER',
      'The driver starts cold because it does',
      plan.driver,
    ),
    mismatchOfType(
      pool.pools,
      'SPARK_EXECUTOR',
      'The executors start cold because they do',
      plan.executor,
    ),
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(' ');
}
