/** Allocations and workers for tests, complete but for what a test is about. */
import type { AllocationPlan, WorkerSize } from '@firesteel/contracts/worker-size';
import type { Allocation } from '../allocation/allocation.ts';
import type { Pool } from '../pool/pool.ts';
import type { Worker } from '../worker/worker.ts';

export const at = '2026-11-25T10:00:00.000Z';

/** A time so many seconds after `at`. */
export const after = (seconds: number): string =>
  new Date(Date.parse(at) + seconds * 1_000).toISOString();

export const small: WorkerSize = { vcpu: 1, memoryMb: 2_048, diskGb: 20 };
export const medium: WorkerSize = { vcpu: 4, memoryMb: 16_384, diskGb: 20 };

/** Driver and executors of 4 vCPU and 16 GB, one executor admitted with the driver. */
export const planOf = (change: Partial<AllocationPlan> = {}): AllocationPlan => ({
  driver: { size: medium, heapMb: 14_336, javaOptions: [] },
  executor: { size: medium, heapMb: 14_336, javaOptions: ['-Da=b'] },
  gangExecutors: 1,
  initialExecutors: 3,
  maxExecutors: 100,
  sparkSubmitArguments: ['s3://b/job.py', 'one'],
  sparkProperties: { 'spark.executor.cores': '4' },
  environment: { STAGE: 'test' },
  executionRoleArn: 'arn:aws:iam::123456789012:role/job',
  executionIamPolicy: null,
  logUri: 's3://logs',
  logsByAttempt: false,
  subnetIds: [],
  maximumCapacity: null,
  ...change,
});

/** A granted allocation in zone-a, before its driver has spoken. */
export const allocationOf = (change: Partial<Allocation> = {}): Allocation => ({
  status: 'GRANTED',
  jobRunId: 'run',
  applicationId: 'app',
  accountId: '123456789012',
  releaseLabel: 'emr-7.13.0',
  attempt: 1,
  plan: planOf(),
  zone: 'zone-a',
  reason: '',
  driverUrl: null,
  targets: null,
  targetsSequence: 0,
  failureRounds: 0,
  lastFailureAt: null,
  lastRefusal: null,
  outcome: null,
  graceSeconds: 0,
  requestedAt: at,
  ...change,
});

/** The run's executor with that number, asked for in zone-a; number 0 is the driver. */
export const workerOf = (number: number, change: Partial<Worker> = {}): Worker => ({
  workerId: `${change.jobRunId ?? 'run'}-${number}`,
  applicationId: 'app',
  jobRunId: 'run',
  attempt: 1,
  accountId: '123456789012',
  workerType: number === 0 ? 'SPARK_DRIVER' : 'SPARK_EXECUTOR',
  executorId: number === 0 ? null : String(number),
  resourceProfileId: 0,
  releaseLabel: 'emr-7.13.0',
  size: medium,
  heapMb: 14_336,
  javaOptions: number === 0 ? [] : ['-Da=b'],
  zone: 'zone-a',
  reason: '',
  status: 'REQUESTED',
  pooled: false,
  leaving: false,
  pid: null,
  stopReason: null,
  exitCode: null,
  readyMs: 0,
  requestedAt: at,
  readyAt: null,
  boundAfterMs: null,
  exitedAt: null,
  ...change,
});

/** A pool of one driver and so many executors, like the sample plan's, in zone-a. */
export const poolOf = (executors: number, change: Partial<Pool> = {}): Pool => ({
  status: 'READY',
  applicationId: 'app',
  accountId: '123456789012',
  releaseLabel: 'emr-7.13.0',
  pools: [
    { workerType: 'SPARK_DRIVER', count: 1, size: medium, heapMb: 14_336, javaOptions: [] },
    {
      workerType: 'SPARK_EXECUTOR',
      count: executors,
      size: medium,
      heapMb: 14_336,
      javaOptions: ['-Da=b'],
    },
  ],
  maximumCapacity: null,
  subnetIds: [],
  zone: 'zone-a',
  reason: '',
  failuresInARow: 0,
  lastFailureAt: null,
  requestedAt: at,
  ...change,
});

/** A free worker of the sample pool; number 0 is its driver. */
export const poolWorkerOf = (number: number, change: Partial<Worker> = {}): Worker =>
  workerOf(number, {
    workerId: `app-pool-${number}`,
    jobRunId: null,
    attempt: null,
    executorId: null,
    pooled: true,
    status: 'READY',
    ...change,
  });
