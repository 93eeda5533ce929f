/**
 * A job run, from SUBMITTED to its end (reference emr-serverless §3).
 * SUBMITTED → [QUEUED] → PENDING → SCHEDULED → RUNNING → SUCCESS | FAILED; any live state →
 * CANCELLING → CANCELLED. An attempt that fails and is retried leads back to PENDING.
 */
import type { AllocationOutcome, JobRunEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';
import {
  type Attempt,
  elapsedMs,
  executionMs,
  type JobRunStatus,
  newAttempt,
  withLast,
} from './attempt.ts';
import { outcomeOf } from './outcome.ts';
import { retryOf } from './retry.ts';

/** What StartJobRun was made of: all of `JobRunSubmitted` but its time. */
export type Submission = Omit<Extract<JobRunEvent, { type: 'JobRunSubmitted' }>['data'], 'at'>;

/** When a run reached a state, for the person who asks where the time went. */
export type Visit = { readonly state: JobRunStatus; readonly at: string };

/** A run that was accepted; times are ISO-8601. */
export type JobRun = Submission & {
  readonly status: JobRunStatus;
  readonly stateDetails: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When its first attempt was RUNNING. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Every attempt, first to last; the last one has the run's own status and stateDetails. */
  readonly attempts: readonly Attempt[];
  /** Time spent QUEUED, null when it never was. */
  readonly queuedMs: number | null;
  readonly visits: readonly Visit[];
};

export type JobRunState = { readonly status: 'ABSENT' } | JobRun;

export type JobRunCommand =
  | { readonly type: 'SubmitJobRun'; readonly submission: Submission; readonly at: string }
  | { readonly type: 'EnqueueJobRun'; readonly at: string }
  | { readonly type: 'DequeueJobRun'; readonly at: string }
  | { readonly type: 'RefuseJobRun'; readonly reason: string; readonly at: string }
  /** It has no workers yet and never will: what it waits for is not coming. */
  | { readonly type: 'AbandonJobRun'; readonly reason: string; readonly at: string }
  | { readonly type: 'AwaitCapacity'; readonly attempt: number; readonly at: string }
  | {
      readonly type: 'ScheduleJobRun';
      readonly attempt: number;
      readonly zone: string;
      readonly stateDetails: string;
      readonly at: string;
    }
  | { readonly type: 'RunDriver'; readonly attempt: number; readonly at: string }
  | {
      readonly type: 'EndJobRun';
      readonly attempt: number;
      readonly outcome: AllocationOutcome;
      readonly at: string;
    }
  | {
      readonly type: 'CancelJobRun';
      readonly reason: string;
      readonly graceSeconds: number;
      readonly at: string;
    }
  /** `steadyAt`: now, had nobody set the clock since the run began to wait or to run. */
  | { readonly type: 'ExpireJobRun'; readonly at: string; readonly steadyAt: string };

const finalStates: readonly JobRunStatus[] = ['SUCCESS', 'FAILED', 'CANCELLED'];

/** Whether a run has come to its end. */
export const isFinal = (status: JobRunStatus | 'ABSENT'): boolean =>
  finalStates.some((state) => state === status);

/** @throws Refused in AWS' words when the run never was */
export function requireJobRun(state: JobRunState, jobRunId: string): JobRun {
  if (state.status === 'ABSENT') throw new Refused('NotFound', `JobRun ${jobRunId} does not exist`);
  return state;
}

function submit(submission: Submission, at: string, state: JobRunState): readonly JobRunEvent[] {
  if (state.status === 'ABSENT') return [{ type: 'JobRunSubmitted', data: { ...submission, at } }];
  if (state.requestHash === submission.requestHash) return [];
  throw new Refused('Conflict', 'The client token was used before with other parameters.');
}

const identity = ({ jobRunId, applicationId }: JobRun) => ({ jobRunId, applicationId });

function cancel(
  command: Extract<JobRunCommand, { type: 'CancelJobRun' }>,
  run: JobRun,
): readonly JobRunEvent[] {
  const { reason, graceSeconds, at } = command;
  if (isFinal(run.status))
    throw new Refused(
      'Invalid',
      `JobRun ${run.jobRunId} is in state ${run.status} and cannot be cancelled.`,
    );
  if (run.status === 'CANCELLING') return [];
  const cancelling: JobRunEvent = {
    type: 'JobRunCancelling',
    data: { ...identity(run), reason, graceSeconds, at },
  };
  // A run that waits in the queue holds nothing that would have to end first.
  return run.queued && (run.status === 'QUEUED' || run.status === 'SUBMITTED')
    ? [
        cancelling,
        { type: 'JobRunCancelled', data: { ...identity(run), stateDetails: reason, at } },
      ]
    : [cancelling];
}

const minuteMs = 60_000;

type Expire = Extract<JobRunCommand, { type: 'ExpireJobRun' }>;

/** Time-outs: of the queue (FAILED, behaviours row 18) and of the execution (CANCELLING, row 17). */
function expire({ at, steadyAt }: Expire, run: JobRun): readonly JobRunEvent[] {
  const { queueTimeoutMinutes: queueLimit, executionTimeoutMinutes: limit } = run;
  if (run.status === 'QUEUED') {
    // A run that was just taken out of the queue is on its way and no longer waits.
    const over =
      run.queued &&
      queueLimit !== null &&
      elapsedMs(run.createdAt, steadyAt) >= queueLimit * minuteMs;
    const stateDetails = `Job run was queued for longer than ${queueLimit} minutes.`;
    return over ? [{ type: 'JobRunFailed', data: { ...identity(run), stateDetails, at } }] : [];
  }
  // The limit is the run's, not an attempt's: a retry does not begin it anew.
  const over = limit > 0 && executionMs(run.attempts, steadyAt) >= limit * minuteMs;
  if (run.status !== 'RUNNING' || !over) return [];
  const reason = `Job run was cancelled because it ran for longer than ${limit} minutes (executionTimeoutMinutes).`;
  return [{ type: 'JobRunCancelling', data: { ...identity(run), reason, graceSeconds: 0, at } }];
}

/** The number of the attempt that a run is at. */
const attemptOf = (run: JobRun): number => run.attempts.at(-1)?.attempt ?? 1;

/** The end of an attempt's workers: the end of the run, or the next attempt (reference §3.4). */
function end(outcome: AllocationOutcome, at: string, run: JobRun): readonly JobRunEvent[] {
  if (isFinal(run.status)) return [];
  if (run.status === 'CANCELLING')
    return [
      { type: 'JobRunCancelled', data: { ...identity(run), stateDetails: run.stateDetails, at } },
    ];
  const { succeeded, stateDetails } = outcomeOf(outcome);
  if (succeeded) return [{ type: 'JobRunSucceeded', data: { ...identity(run), at } }];
  const retry = retryOf(run, outcome, at);
  if (!retry || !run.plan)
    return [{ type: 'JobRunFailed', data: { ...identity(run), stateDetails, at } }];
  const attempt = attemptOf(run) + 1;
  const next = { ...placing(run, run.plan), attempt, cause: stateDetails, ...retry, at };
  return [{ type: 'JobRunRetried', data: next }];
}

/** What capacity needs to know of a run that asks for workers later than it was submitted. */
const placing = (run: JobRun, plan: NonNullable<JobRun['plan']>) => ({
  ...identity(run),
  accountId: run.accountId,
  releaseLabel: run.releaseLabel,
  plan,
});

/** A run that cannot go on holds no workers; who cancelled it meanwhile finds it cancelled. */
function refuse(reason: string, at: string, run: JobRun): readonly JobRunEvent[] {
  if (isFinal(run.status)) return [];
  return run.status === 'CANCELLING'
    ? [{ type: 'JobRunCancelled', data: { ...identity(run), stateDetails: run.stateDetails, at } }]
    : [{ type: 'JobRunFailed', data: { ...identity(run), stateDetails: reason, at } }];
}

/** Moves forward only: a late or repeated fact changes nothing. */
const forward = (
  run: JobRun,
  from: readonly JobRunStatus[],
  event: JobRunEvent,
): readonly JobRunEvent[] => (from.includes(run.status) ? [event] : []);

function decideLive(
  command: Exclude<JobRunCommand, { type: 'SubmitJobRun' }>,
  run: JobRun,
): readonly JobRunEvent[] {
  const { at } = command;
  // What an attempt before this one did, or came to, was dealt with when it ended.
  if ('attempt' in command && command.attempt !== attemptOf(run)) return [];
  switch (command.type) {
    case 'EnqueueJobRun':
      return run.queued ? forward(run, ['SUBMITTED'], { type: 'JobRunQueued', data: { at } }) : [];
    case 'DequeueJobRun':
      return dequeue(at, run);
    case 'RefuseJobRun':
      return refuse(command.reason, at, run);
    case 'AbandonJobRun':
      return forward(run, ['SUBMITTED', 'QUEUED', 'PENDING'], {
        type: 'JobRunFailed',
        data: { ...identity(run), stateDetails: command.reason, at },
      });
    case 'AwaitCapacity':
      return forward(run, ['SUBMITTED', 'QUEUED'], { type: 'JobRunPending', data: { at } });
    case 'ScheduleJobRun':
      return forward(run, ['SUBMITTED', 'QUEUED', 'PENDING'], {
        type: 'JobRunScheduled',
        data: { zone: command.zone, stateDetails: command.stateDetails, at },
      });
    case 'RunDriver':
      return forward(run, ['SUBMITTED', 'PENDING', 'SCHEDULED'], {
        type: 'JobRunStarted',
        data: { at },
      });
    case 'EndJobRun':
      return end(command.outcome, at, run);
    case 'CancelJobRun':
      return cancel(command, run);
    case 'ExpireJobRun':
      return expire(command, run);
  }
}

function dequeue(at: string, run: JobRun): readonly JobRunEvent[] {
  const waits = run.queued && (run.status === 'QUEUED' || run.status === 'SUBMITTED');
  // A run that is about to be refused takes its turn without asking for workers (behaviours row 30).
  if (!waits || run.plan === null || !run.executionRoleAssumable) return [];
  return [{ type: 'JobRunDequeued', data: { ...placing(run, run.plan), at } }];
}

const decide = (command: JobRunCommand, state: JobRunState): readonly JobRunEvent[] => {
  if (command.type === 'SubmitJobRun') return submit(command.submission, command.at, state);
  return state.status === 'ABSENT' ? [] : decideLive(command, state);
};

/** What may change beside the status when a run, and with it its attempt, reaches another. */
type Reached = Partial<Pick<Attempt, 'stateDetails' | 'startedAt' | 'endedAt'>>;

function reach(run: JobRun, status: JobRunStatus, at: string, change: Reached = {}): JobRun {
  return {
    ...run,
    ...change,
    startedAt: run.startedAt ?? change.startedAt ?? null,
    status,
    updatedAt: at,
    attempts: withLast(run.attempts, { ...change, status, updatedAt: at }),
    visits: [...run.visits, { state: status, at }],
  };
}

type RetriedData = Extract<JobRunEvent, { type: 'JobRunRetried' }>['data'];

/** The attempt before ends FAILED, whatever became of the run; the next one waits for workers. */
function tryAgain(run: JobRun, { attempt, cause, free, at }: RetriedData): JobRun {
  const stateDetails = `Attempt ${attempt - 1} ended: ${cause}`;
  const ended = withLast(run.attempts, {
    status: 'FAILED',
    stateDetails: cause,
    updatedAt: at,
    endedAt: at,
    free,
  });
  return {
    ...run,
    status: 'PENDING',
    stateDetails,
    updatedAt: at,
    attempts: [...ended, newAttempt(attempt, 'PENDING', stateDetails, at)],
    visits: [...run.visits, { state: 'PENDING', at }],
  };
}

function evolveLive(run: JobRun, event: Exclude<JobRunEvent, { type: 'JobRunSubmitted' }>): JobRun {
  const { at } = event.data;
  switch (event.type) {
    case 'JobRunQueued':
      return reach(run, 'QUEUED', at);
    case 'JobRunDequeued':
      return {
        ...run,
        queued: false,
        queuedMs: elapsedMs(run.createdAt, at),
        updatedAt: at,
        attempts: withLast(run.attempts, { updatedAt: at }),
      };
    case 'JobRunRetried':
      return tryAgain(run, event.data);
    case 'JobRunPending':
      return reach(run, 'PENDING', at);
    case 'JobRunScheduled':
      // Logs from before there were pools say nothing of the start.
      return reach(run, 'SCHEDULED', at, { stateDetails: event.data.stateDetails ?? '' });
    case 'JobRunStarted':
      return reach(run, 'RUNNING', at, { startedAt: at });
    case 'JobRunSucceeded':
      return reach(run, 'SUCCESS', at, { endedAt: at });
    case 'JobRunFailed':
      return reach(run, 'FAILED', at, { endedAt: at, stateDetails: event.data.stateDetails });
    case 'JobRunCancelling':
      return reach(run, 'CANCELLING', at, { stateDetails: event.data.reason });
    case 'JobRunCancelled':
      return reach(run, 'CANCELLED', at, { endedAt: at, stateDetails: event.data.stateDetails });
  }
}

function evolve(state: JobRunState, event: JobRunEvent): JobRunState {
  if (event.type !== 'JobRunSubmitted')
    return state.status === 'ABSENT' ? state : evolveLive(state, event);
  const { at, ...submission } = event.data;
  return {
    ...submission,
    status: 'SUBMITTED',
    stateDetails: '',
    createdAt: at,
    updatedAt: at,
    startedAt: null,
    endedAt: null,
    attempts: [newAttempt(1, 'SUBMITTED', '', at)],
    queuedMs: null,
    visits: [{ state: 'SUBMITTED', at }],
  };
}

export const jobRun: Decider<JobRunState, JobRunCommand, JobRunEvent> = {
  initial: { status: 'ABSENT' },
  decide,
  evolve,
};
