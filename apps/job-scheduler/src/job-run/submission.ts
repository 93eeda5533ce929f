/** From a validated StartJobRun and a fresh reading of its application to what is submitted. */
import { requestHashOf } from '@firesteel/aws-protocol/request-hash';
import type { Json, JsonObject } from '@firesteel/contracts/events';
import { Refused } from '@firesteel/decider/refused';
import { planSparkRun } from '../spark-submit/plan.ts';
import { isAtLeast } from '../spark-submit/release-label.ts';
import type { Submission } from './job-run.ts';
import { maxAttemptsOf, requireRetryPolicy } from './retry.ts';

/** What the gateway read from the registry for this very call. */
export type ApplicationReading = {
  readonly applicationId: string;
  readonly version: number;
  readonly state: string;
  readonly releaseLabel: string;
  readonly architecture: 'X86_64' | 'ARM64';
  readonly settings: JsonObject;
  /** Left out by gateways of before there were budgets. */
  readonly tags?: { readonly [key: string]: string } | undefined;
};

/** The members of StartJobRun, already validated against the service model. */
export type StartJobRunInput = {
  readonly executionRoleArn: string;
  readonly jobDriver?: JsonObject | undefined;
  readonly executionIamPolicy?: JsonObject | undefined;
  readonly configurationOverrides?: JsonObject | undefined;
  readonly tags?: { readonly [key: string]: string } | undefined;
  readonly executionTimeoutMinutes?: number | undefined;
  readonly name?: string | undefined;
  readonly mode?: 'BATCH' | 'STREAMING' | undefined;
  readonly retryPolicy?: JsonObject | undefined;
};

/** Who submits, where, and what the id is. */
export type SubmissionContext = {
  readonly jobRunId: string;
  readonly accountId: string;
  readonly region: string;
  readonly createdBy: string;
  readonly executionRoleAssumable: boolean;
};

const defaultTimeoutMinutes = 720;
const longestBatchMinutes = 10_080;

/** @throws Refused where behaviours row 16 says so */
function timeoutOf({ executionTimeoutMinutes: minutes, mode }: StartJobRunInput): number {
  if (mode === 'STREAMING') {
    if (minutes !== undefined && minutes !== 0)
      throw new Refused('Invalid', 'executionTimeoutMinutes is not supported for STREAMING jobs.');
    return 0;
  }
  if (minutes === undefined) return defaultTimeoutMinutes;
  if (minutes > 0 && minutes < 5)
    throw new Refused('Invalid', 'RunTimeout must be at least 5 minutes.');
  if (minutes > longestBatchMinutes)
    throw new Refused('Invalid', `RunTimeout must be at most ${longestBatchMinutes} minutes.`);
  return minutes;
}

const member = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)[name]
    : undefined;

/** The application's concurrency limits: on by default from 7.3.0 with 15 runs and 360 minutes (reference §3.6). */
export function concurrencyOf({ releaseLabel, settings }: ApplicationReading): {
  readonly maxConcurrentRuns: number | null;
  readonly queueTimeoutMinutes: number | null;
} {
  const configured = settings['schedulerConfiguration'];
  if (configured === undefined && !isAtLeast(releaseLabel, 7, 3))
    return { maxConcurrentRuns: null, queueTimeoutMinutes: null };
  return {
    maxConcurrentRuns: Number(member(configured, 'maxConcurrentRuns') ?? 15),
    queueTimeoutMinutes: Number(member(configured, 'queueTimeoutMinutes') ?? 360),
  };
}

type Planned = Pick<Submission, 'plan' | 'refusal'>;

/** Logs of attempts lie apart wherever there may be more than one by policy (reference §3.4). */
const logsByAttempt = ({ mode, retryPolicy }: StartJobRunInput): boolean =>
  mode === 'STREAMING' || maxAttemptsOf(retryPolicy ?? null) > 1;

/** A plan, or the sentence with which the run will end FAILED: spark-submit would refuse late, too. */
function planned(input: StartJobRunInput, application: ApplicationReading): Planned {
  try {
    return {
      plan: planSparkRun({
        jobDriver: input.jobDriver ?? {},
        jobOverrides: input.configurationOverrides ?? null,
        applicationSettings: application.settings,
        executionRoleArn: input.executionRoleArn,
        executionIamPolicy: input.executionIamPolicy ?? null,
        releaseLabel: application.releaseLabel,
        logsByAttempt: logsByAttempt(input),
      }),
      refusal: null,
    };
  } catch (error) {
    if (error instanceof Refused) return { plan: null, refusal: `Job failed: ${error.message}` };
    throw error;
  }
}

/**
 * @throws Refused where StartJobRun itself must be refused
 */
export function submissionOf(
  input: StartJobRunInput,
  application: ApplicationReading,
  context: SubmissionContext,
): Omit<Submission, 'queued'> {
  const { settings, applicationId, releaseLabel, architecture } = application;
  const { mode = 'BATCH', retryPolicy = null } = input;
  requireRetryPolicy(retryPolicy, mode, releaseLabel);
  const object = (name: string): JsonObject | null => (settings[name] ?? null) as JsonObject | null;
  return {
    ...context,
    applicationId,
    releaseLabel,
    architecture,
    name: input.name ?? null,
    executionRoleArn: input.executionRoleArn,
    executionIamPolicy: input.executionIamPolicy ?? null,
    jobDriver: input.jobDriver ?? {},
    configurationOverrides: input.configurationOverrides ?? null,
    tags: input.tags ?? {},
    executionTimeoutMinutes: timeoutOf(input),
    queueTimeoutMinutes: concurrencyOf(application).queueTimeoutMinutes,
    mode,
    retryPolicy,
    networkConfiguration: object('networkConfiguration'),
    imageConfiguration: object('imageConfiguration'),
    ...planned(input, application),
    requestHash: requestHashOf(input),
  };
}
