/** What capacity answers for an application with a pool of two, one run on it and one that waits. */
import type { ApplicationCapacity } from './answers.ts';

const size = { vcpu: 4, memoryMb: 16_384, diskGb: 20 };

export const answeredCapacity: ApplicationCapacity = {
  applicationId: '00f1cbsc6anuij25',
  pool: {
    status: 'READY',
    zone: 'zone-a',
    reason: '',
    workers: [
      { workerType: 'SPARK_DRIVER', count: 1, ready: 0, serving: 1 },
      { workerType: 'SPARK_EXECUTOR', count: 1, ready: 1, serving: 0 },
    ],
  },
  workers: [
    {
      workerId: 'w1',
      workerType: 'SPARK_DRIVER',
      status: 'BOUND',
      jobRunId: '00f1run',
      attempt: 2,
      zone: 'zone-a',
      size,
      reason: 'pre-initialised',
      stopReason: null,
      since: '2026-11-26T10:00:00.000Z',
    },
    {
      workerId: 'w2',
      workerType: 'SPARK_EXECUTOR',
      status: 'LAUNCHED',
      jobRunId: null,
      attempt: null,
      zone: 'zone-a',
      size,
      reason: 'pre-initialised',
      stopReason: 'the application stops',
      since: '2026-11-26T10:00:50.000Z',
    },
  ],
  waiting: [
    {
      jobRunId: '00f1other',
      attempt: 1,
      reason: 'no zone has room',
      since: '2026-11-26T10:00:55.000Z',
    },
  ],
  held: { vcpu: 8, memoryMb: 32_768, diskGb: 40 },
  room: {
    application: { vcpu: 8, memoryMb: 16_384, diskGb: null },
    zones: [{ zone: 'zone-a', state: 'HEALTHY', vcpu: 8, memoryMb: 69_990 }],
  },
  recent: [{ at: '2026-11-26T10:00:50.000Z', what: 'w2 was asked for', reason: 'pre-initialised' }],
};
