/** A job run in the shapes of the service model; times as epoch seconds. */
import { jobRunArn } from '@firesteel/aws-protocol/ids';
import type { JobRun } from './job-run.ts';

const seconds = (at: string): number => Date.parse(at) / 1000;

const given = <Value>(name: string, value: Value | null): Record<string, Value> =>
  value === null ? {} : { [name]: value };

const common = (run: JobRun) => ({
  applicationId: run.applicationId,
  arn: jobRunArn(run, run.applicationId, run.jobRunId),
  createdBy: run.createdBy,
  createdAt: seconds(run.createdAt),
  updatedAt: seconds(run.updatedAt),
  executionRole: run.executionRoleArn,
  state: run.status,
  stateDetails: run.stateDetails,
  releaseLabel: run.releaseLabel,
  mode: run.mode,
  ...given('name', run.name),
  attempt: 1,
  attemptCreatedAt: seconds(run.createdAt),
  attemptUpdatedAt: seconds(run.updatedAt),
});

/** Whole seconds of RUNNING (reference emr-serverless §3.1), up to `now` while it lasts. */
const executionSeconds = (run: JobRun, now: Date): Record<string, number> =>
  run.startedAt === null
    ? {}
    : {
        totalExecutionDurationSeconds: Math.floor(
          ((run.endedAt === null ? now.getTime() : Date.parse(run.endedAt)) -
            Date.parse(run.startedAt)) /
            1000,
        ),
      };

/** `JobRun` of the model, without the utilization that billing adds. */
export const toJobRun = (run: JobRun, now: Date) => ({
  jobRunId: run.jobRunId,
  ...common(run),
  jobDriver: run.jobDriver,
  ...given('executionIamPolicy', run.executionIamPolicy),
  ...given('configurationOverrides', run.configurationOverrides),
  tags: run.tags,
  ...given('networkConfiguration', run.networkConfiguration),
  ...given('imageConfiguration', run.imageConfiguration),
  executionTimeoutMinutes: run.executionTimeoutMinutes,
  ...given('retryPolicy', run.retryPolicy),
  ...executionSeconds(run, now),
  ...given('startedAt', run.startedAt === null ? null : seconds(run.startedAt)),
  ...given('endedAt', run.endedAt === null ? null : seconds(run.endedAt)),
  ...given('queuedDurationMilliseconds', run.queuedMs),
});

/** `JobRunSummary` of the model, which says `id`. */
export const toSummary = (run: JobRun) => ({
  id: run.jobRunId,
  ...common(run),
  type: 'Spark',
});
