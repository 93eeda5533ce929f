import type { JsonObject } from '@firesteel/contracts/events';
import {
  type ApplicationReading,
  concurrencyOf,
  type StartJobRunInput,
  submissionOf,
} from './submission.ts';

const application: ApplicationReading = {
  applicationId: '00f1',
  version: 4,
  state: 'STARTED',
  releaseLabel: 'emr-7.12.0',
  architecture: 'X86_64',
  settings: {},
};
const input: StartJobRunInput = {
  executionRoleArn: 'arn:aws:iam::123456789012:role/job',
  jobDriver: { sparkSubmit: { entryPoint: 's3://bucket/job.py' } },
};
const submitted = (change: Partial<StartJobRunInput> = {}, releaseLabel = 'emr-7.12.0') =>
  submissionOf(
    { ...input, ...change },
    { ...application, releaseLabel },
    {
      jobRunId: 'run',
      accountId: '123456789012',
      region: 'us-east-1',
      createdBy: 'arn:aws:iam::123456789012:user/ada',
      executionRoleAssumable: true,
    },
  );

describe('executionTimeoutMinutes (row 16)', () => {
  it.each<[Partial<StartJobRunInput>, number]>([
    [{}, 720],
    [{ executionTimeoutMinutes: 0 }, 0],
    [{ executionTimeoutMinutes: 5 }, 5],
    [{ executionTimeoutMinutes: 10_080 }, 10_080],
    [{ mode: 'BATCH', executionTimeoutMinutes: 6 }, 6],
    [{ mode: 'STREAMING' }, 0],
    [{ mode: 'STREAMING', executionTimeoutMinutes: 0 }, 0],
  ])('%j is %d minutes', (change, minutes) => {
    expect(submitted(change).executionTimeoutMinutes).toBe(minutes);
  });

  it.each<[Partial<StartJobRunInput>, string]>([
    [{ executionTimeoutMinutes: 1 }, 'RunTimeout must be at least 5 minutes.'],
    [{ executionTimeoutMinutes: 4 }, 'RunTimeout must be at least 5 minutes.'],
    [{ executionTimeoutMinutes: 10_081 }, 'RunTimeout must be at most 10080 minutes.'],
    [
      { mode: 'STREAMING', executionTimeoutMinutes: 5 },
      'executionTimeoutMinutes is not supported for STREAMING jobs.',
    ],
  ])('%j is refused', (change, sentence) => {
    expect(() => submitted(change)).toThrow(sentence);
  });
});

describe('retryPolicy (reference emr-serverless §3.4)', () => {
  it.each<[Partial<StartJobRunInput>, boolean]>([
    [{}, false],
    [{ retryPolicy: {} }, false],
    [{ retryPolicy: { maxAttempts: 1 } }, false],
    [{ retryPolicy: { maxAttempts: 2 } }, true],
    [{ mode: 'BATCH', retryPolicy: { maxAttempts: 10 } }, true],
    // The other mode's number is kept and has no effect.
    [{ mode: 'BATCH', retryPolicy: { maxFailedAttemptsPerHour: 5 } }, false],
    [{ mode: 'STREAMING' }, true],
    [{ mode: 'STREAMING', retryPolicy: { maxFailedAttemptsPerHour: 1 } }, true],
  ])('%j has logs by attempt: %s', (change, logsByAttempt) => {
    const { plan, retryPolicy } = submitted(change);
    expect(plan?.logsByAttempt).toBe(logsByAttempt);
    expect(retryPolicy).toEqual(change.retryPolicy ?? null);
  });

  it.each<[Partial<StartJobRunInput>, string, string]>([
    [
      { retryPolicy: { maxAttempts: 11 } },
      'emr-7.12.0',
      'retryPolicy.maxAttempts must be between 1 and 10.',
    ],
    [
      { retryPolicy: { maxAttempts: 0 } },
      'emr-7.12.0',
      'retryPolicy.maxAttempts must be between 1 and 10.',
    ],
    [
      { mode: 'STREAMING', retryPolicy: { maxFailedAttemptsPerHour: 11 } },
      'emr-7.12.0',
      'retryPolicy.maxFailedAttemptsPerHour must be between 1 and 10.',
    ],
    [
      { mode: 'STREAMING' },
      'emr-7.0.0',
      'STREAMING jobs are supported from release label emr-7.1.0 on.',
    ],
    [
      { retryPolicy: { maxAttempts: 2 } },
      'emr-6.15.0',
      'Retries are supported from release label emr-7.1.0 on.',
    ],
  ])('%j on %s is refused', (change, releaseLabel, sentence) => {
    expect(() => submitted(change, releaseLabel)).toThrow(sentence);
  });
});

it.each<[string, string, JsonObject, number | null, number | null]>([
  ['off before 7.3.0', 'emr-7.2.0', {}, null, null],
  ['on from 7.3.0', 'emr-7.3.0', {}, 15, 360],
  ['on for the line of Spark 4', 'emr-spark-8.0.0', {}, 15, 360],
  [
    'on where configured',
    'emr-6.15.0',
    { schedulerConfiguration: { maxConcurrentRuns: 2 } },
    2,
    360,
  ],
  [
    'as configured',
    'emr-7.12.0',
    { schedulerConfiguration: { maxConcurrentRuns: 3, queueTimeoutMinutes: 20 } },
    3,
    20,
  ],
])('concurrency is %s', (_name, releaseLabel, settings, maxConcurrentRuns, queueTimeoutMinutes) => {
  expect(concurrencyOf({ ...application, releaseLabel, settings })).toEqual({
    maxConcurrentRuns,
    queueTimeoutMinutes,
  });
});

it('accepts a run that cannot be planned, with the sentence that will end it', () => {
  const jobDriver = { hive: { query: 'select 1' } };
  expect(submitted({ jobDriver })).toMatchObject({
    plan: null,
    refusal: 'Job failed: Only sparkSubmit job drivers can run on this installation.',
  });
});

it('knows the same request again whatever the order of its members (row 12)', () => {
  const { requestHash } = submitted({ tags: { a: '1', b: '2' } });
  expect(submitted({ tags: { b: '2', a: '1' } }).requestHash).toBe(requestHash);
  expect(submitted({ tags: { a: '1', b: '3' } }).requestHash).not.toBe(requestHash);
});
