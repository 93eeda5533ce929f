/** A job run and its attempts in the shapes of the service model; times as epoch seconds. */
import { jobRunArn } from '@firesteel/aws-protocol/ids';
import { Refused } from '@firesteel/decider/refused';
import { type Place, pageToken } from '@firesteel/http/page-token';
import { type Attempt, executionMs } from './attempt.ts';
import type { JobRun } from './job-run.ts';

const seconds = (at: string): number => Date.parse(at) / 1000;

const given = <Value>(name: string, value: Value | null): Record<string, Value> =>
  value === null ? {} : { [name]: value };

const givenTime = (name: string, at: string | null): Record<string, number> =>
  given(name, at === null ? null : seconds(at));

const common = (run: JobRun, { attempt, status, stateDetails }: Attempt) => ({
  applicationId: run.applicationId,
  arn: jobRunArn(run, run.applicationId, run.jobRunId),
  createdBy: run.createdBy,
  executionRole: run.executionRoleArn,
  state: status,
  stateDetails,
  releaseLabel: run.releaseLabel,
  mode: run.mode,
  ...given('name', run.name),
  attempt,
});

const times = (run: JobRun, attempt: Attempt) => ({
  createdAt: seconds(run.createdAt),
  updatedAt: seconds(run.updatedAt),
  attemptCreatedAt: seconds(attempt.createdAt),
  attemptUpdatedAt: seconds(attempt.updatedAt),
});

/** @throws Refused in AWS' words when the run has no such attempt */
function requireAttempt({ attempts, jobRunId }: JobRun, number: number | undefined): Attempt {
  const found =
    number === undefined ? attempts.at(-1) : attempts.find(({ attempt }) => attempt === number);
  if (!found)
    throw new Refused('NotFound', `Attempt ${number} of JobRun ${jobRunId} does not exist`);
  return found;
}

/** Whole seconds of RUNNING (reference emr-serverless §3.1), up to `now` while it lasts. */
const executionSeconds = (attempts: readonly Attempt[], now: Date): Record<string, number> =>
  attempts.every(({ startedAt }) => startedAt === null)
    ? {}
    : {
        totalExecutionDurationSeconds: Math.floor(executionMs(attempts, now.toISOString()) / 1000),
      };

/** When it ran: the whole run, all its attempts together, or the one that was asked for. */
const execution = (run: JobRun, asked: Attempt | undefined, now: Date) => ({
  ...executionSeconds(asked ? [asked] : run.attempts, now),
  ...givenTime('startedAt', (asked ?? run).startedAt),
  ...givenTime('endedAt', (asked ?? run).endedAt),
});

/**
 * `JobRun` of the model, without the utilization that billing adds. State and times of running are
 * those of the attempt asked for; without one they are the run's, whose state is its last attempt's.
 * @throws Refused when the run has no such attempt
 */
export const toJobRun = (run: JobRun, now: Date, number?: number) => {
  const attempt = requireAttempt(run, number);
  return {
    jobRunId: run.jobRunId,
    ...common(run, attempt),
    ...times(run, attempt),
    jobDriver: run.jobDriver,
    ...given('executionIamPolicy', run.executionIamPolicy),
    ...given('configurationOverrides', run.configurationOverrides),
    tags: run.tags,
    ...given('networkConfiguration', run.networkConfiguration),
    ...given('imageConfiguration', run.imageConfiguration),
    executionTimeoutMinutes: run.executionTimeoutMinutes,
    ...given('retryPolicy', run.retryPolicy),
    ...execution(run, number === undefined ? undefined : attempt, now),
    ...given('queuedDurationMilliseconds', run.queuedMs),
  };
};

/** `JobRunSummary` of the model, which says `id`. */
export const toSummary = (run: JobRun) => {
  const attempt = requireAttempt(run, undefined);
  return { id: run.jobRunId, ...common(run, attempt), ...times(run, attempt), type: 'Spark' };
};

/** `JobRunAttemptSummary` of the model: `createdAt` is the attempt's, `id` the run's. */
const toAttemptSummary = (run: JobRun, attempt: Attempt) => ({
  id: run.jobRunId,
  ...common(run, attempt),
  jobCreatedAt: seconds(run.createdAt),
  createdAt: seconds(attempt.createdAt),
  updatedAt: seconds(attempt.updatedAt),
  type: 'Spark',
});

/** One page of a run's attempts, the latest first as in lists of runs, and the token of the next. */
export function attemptsPage(run: JobRun, maxResults: number, after: Place | null) {
  const before = after === null ? Number.POSITIVE_INFINITY : Number(after[0]);
  const left = run.attempts.filter(({ attempt }) => attempt < before).reverse();
  const page = left.slice(0, maxResults);
  const last = page.at(-1);
  return {
    jobRunAttempts: page.map((attempt) => toAttemptSummary(run, attempt)),
    ...(last && left.length > maxResults
      ? { nextToken: pageToken([String(last.attempt), run.jobRunId]) }
      : {}),
  };
}
