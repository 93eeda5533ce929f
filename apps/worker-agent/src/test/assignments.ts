/** Specs and assignments that tests start from. */
import type { Assignment, WorkerSpec } from '@firesteel/contracts/agent-protocol';

export const driverSpec: WorkerSpec = {
  workerType: 'SPARK_DRIVER',
  releaseLabel: 'emr-7.13.0',
  size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
  heapMb: 14_336,
  javaOptions: [],
  waits: true,
};

export const executorSpec: WorkerSpec = { ...driverSpec, workerType: 'SPARK_EXECUTOR' };

const run = {
  accountId: '123456789012',
  applicationId: '00f1aabbccddee01',
  jobRunId: '00f1aabbccddeeff',
  attempt: 1,
  logsByAttempt: false,
  executionRoleArn: 'arn:aws:iam::123456789012:role/job',
  executionIamPolicy: null,
  logUri: null,
  sparkSecret: 's3cr3t',
  traceparent: null,
};

export const driverAssignment = (
  sparkSubmitArguments: readonly string[],
  changes: Partial<Assignment> = {},
  sparkProperties: { [name: string]: string } = {},
): Assignment => ({
  ...run,
  work: {
    kind: 'driver',
    sparkSubmitArguments: [...sparkSubmitArguments],
    sparkProperties,
    environment: {},
  },
  ...changes,
});

export const executorAssignment = (changes: Partial<Assignment> = {}): Assignment => ({
  ...run,
  work: {
    kind: 'executor',
    executorId: '7',
    driverUrl: 'spark://CoarseGrainedScheduler@127.0.0.1:4040',
    cores: 2,
    resourceProfileId: 0,
    sparkProperties: { 'spark.network.crypto.enabled': 'true' },
    environment: { USER_VARIABLE: 'yes' },
  },
  ...changes,
});
