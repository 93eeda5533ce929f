import type { AllocationOutcome, JobRunEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import fc from 'fast-check';
import { planSparkRun } from '../spark-submit/plan.ts';
import { isFinal, type JobRunCommand, jobRun, requireJobRun } from './job-run.ts';

/** A moment, in minutes after a fixed one. */
const at = (minutes = 0): string =>
  new Date(Date.parse('2026-11-25T10:00:00.000Z') + minutes * 60_000).toISOString();
type Submission = Extract<JobRunCommand, { type: 'SubmitJobRun' }>['submission'];
const jobDriver = { sparkSubmit: { entryPoint: 's3://bucket/job.py' } };
const submission: Submission = {
  jobRunId: 'run',
  applicationId: '00f1',
  accountId: '123456789012',
  region: 'us-east-1',
  createdBy: 'arn:aws:iam::123456789012:user/ada',
  name: null,
  releaseLabel: 'emr-7.12.0',
  architecture: 'X86_64',
  executionRoleArn: 'arn:aws:iam::123456789012:role/job',
  executionRoleAssumable: true,
  executionIamPolicy: null,
  jobDriver,
  configurationOverrides: null,
  tags: {},
  executionTimeoutMinutes: 5,
  queueTimeoutMinutes: 15,
  mode: 'BATCH',
  retryPolicy: null,
  networkConfiguration: null,
  imageConfiguration: null,
  plan: planSparkRun({
    jobDriver,
    jobOverrides: null,
    applicationSettings: {},
    executionRoleArn: 'arn:aws:iam::123456789012:role/job',
    executionIamPolicy: null,
  }),
  refusal: null,
  queued: false,
  requestHash: 'hash',
};
const submit = (change: Partial<Submission> = {}): JobRunCommand => ({
  type: 'SubmitJobRun',
  submission: { ...submission, ...change },
  at: at(),
});
const moved = (
  type: 'EnqueueJobRun' | 'DequeueJobRun' | 'AwaitCapacity' | 'RunDriver' | 'ExpireJobRun',
  minutes = 0,
): JobRunCommand => ({ type, at: at(minutes) });
const schedule: JobRunCommand = { type: 'ScheduleJobRun', zone: 'local-a', at: at() };
const cancel: JobRunCommand = {
  type: 'CancelJobRun',
  reason: 'asked to',
  graceSeconds: 7,
  at: at(),
};
const refuse: JobRunCommand = { type: 'RefuseJobRun', reason: 'no role', at: at() };
const end = (outcome: AllocationOutcome): JobRunCommand => ({
  type: 'EndJobRun',
  outcome,
  at: at(3),
});
const exit = (exitCode: number): JobRunCommand =>
  end({ kind: 'driverExited', exitCode, outOfMemory: false, lastExceptions: 'boom' });

/** The history that commands lead to, from nothing; what is refused leaves none. */
const leading = (...commands: readonly JobRunCommand[]): JobRunEvent[] => {
  const events: JobRunEvent[] = [];
  for (const command of commands) {
    const outcome = given(jobRun, events).when(command);
    if ('events' in outcome) events.push(...outcome.events);
  }
  return events;
};
const stateAfter = (...commands: readonly JobRunCommand[]) =>
  requireJobRun(given(jobRun, leading(...commands)).state, 'run');
const typesAfter = (before: readonly JobRunCommand[], command: JobRunCommand): unknown => {
  const outcome = given(jobRun, leading(...before)).when(command);
  return 'events' in outcome ? outcome.events.map(({ type }) => type) : outcome.refused;
};

const submitted = [submit()];
const queued = [submit({ queued: true }), moved('EnqueueJobRun')];
const dequeued = [...queued, moved('DequeueJobRun', 2)];
const running = [submit(), moved('AwaitCapacity'), schedule, moved('RunDriver', 1)];
const succeeded = [...running, exit(0)];
const failed = [...running, exit(1)];
const cancelling = [...running, cancel];
const cancelled = [...cancelling, end({ kind: 'cancelled' })];

it('remembers when a run reached each state', () => {
  expect(stateAfter(...succeeded)).toMatchObject({
    status: 'SUCCESS',
    createdAt: at(),
    startedAt: at(1),
    endedAt: at(3),
    visits: [
      { state: 'SUBMITTED', at: at() },
      { state: 'PENDING', at: at() },
      { state: 'SCHEDULED', at: at() },
      { state: 'RUNNING', at: at(1) },
      { state: 'SUCCESS', at: at(3) },
    ],
  });
});

it('counts the time in the queue (row 18)', () => {
  expect(stateAfter(...dequeued)).toMatchObject({ queuedMs: 120_000, queued: false });
});

it('tells capacity the plan when a run leaves the queue', () => {
  expect(given(jobRun, leading(...queued)).when(moved('DequeueJobRun'))).toMatchObject({
    events: [{ type: 'JobRunDequeued', data: { jobRunId: 'run', plan: { gangExecutors: 1 } } }],
  });
});

it.each<[string, readonly JobRunCommand[], string, string]>([
  [
    'row 17: one that takes too long',
    [...running, moved('ExpireJobRun', 6), end({ kind: 'cancelled' })],
    'CANCELLED',
    'Job run was cancelled because it ran for longer than 5 minutes (executionTimeoutMinutes).',
  ],
  [
    'row 18: one that waits too long',
    [...queued, moved('ExpireJobRun', 15)],
    'FAILED',
    'Job run was queued for longer than 15 minutes.',
  ],
  ['row 24: one whose driver exits 0', succeeded, 'SUCCESS', ''],
  [
    'one whose driver exits otherwise',
    failed,
    'FAILED',
    'Job failed, please check complete logs in configured logging destination. ExitCode: 1. Last few exceptions: boom',
  ],
  ['row 30: one that may not assume its role', [submit(), refuse], 'FAILED', 'no role'],
  [
    'a cancelled one, although its driver exited 0 meanwhile',
    [...cancelling, exit(0)],
    'CANCELLED',
    'asked to',
  ],
  [
    'a cancelled one that would have been refused',
    [submit(), cancel, refuse],
    'CANCELLED',
    'asked to',
  ],
  ['a cancelled one that waited', [...queued, cancel], 'CANCELLED', 'asked to'],
  [
    'a cancelled one that was about to wait',
    [submit({ queued: true }), cancel],
    'CANCELLED',
    'asked to',
  ],
])('ends %s', (_row, commands, status, stateDetails) => {
  expect(stateAfter(...commands)).toMatchObject({ status, stateDetails });
});

it.each<[string, readonly JobRunCommand[], JobRunCommand, readonly string[]]>([
  ['row 12: the same client token, same parameters', running, submit(), []],
  ['queue, when it need not wait', submitted, moved('EnqueueJobRun'), []],
  [
    'dequeue before the queue has been entered',
    [submit({ queued: true })],
    moved('DequeueJobRun'),
    ['JobRunDequeued'],
  ],
  ['dequeue twice', dequeued, moved('DequeueJobRun'), []],
  [
    'row 30: dequeue of one that may not assume its role',
    [submit({ queued: true, executionRoleAssumable: false })],
    moved('DequeueJobRun'),
    [],
  ],
  [
    'dequeue of one without a plan',
    [submit({ queued: true, plan: null, refusal: 'no' })],
    moved('DequeueJobRun'),
    [],
  ],
  ['capacity after the queue', dequeued, moved('AwaitCapacity'), ['JobRunPending']],
  ['a late PENDING', running, moved('AwaitCapacity'), []],
  ['a late SCHEDULED', running, schedule, []],
  ['a second RUNNING', running, moved('RunDriver'), []],
  ['RUNNING before SCHEDULED was heard', submitted, moved('RunDriver'), ['JobRunStarted']],
  ['RUNNING while it is cancelled', [submit(), cancel], moved('RunDriver'), []],
  [
    'row 16: 0 minutes never end',
    [submit({ executionTimeoutMinutes: 0 }), moved('RunDriver')],
    moved('ExpireJobRun', 99_999),
    [],
  ],
  ['row 17: not yet', running, moved('ExpireJobRun', 5), []],
  ['row 17: at the minute', running, moved('ExpireJobRun', 6), ['JobRunCancelling']],
  ['row 17: once', [...running, moved('ExpireJobRun', 6)], moved('ExpireJobRun', 7), []],
  ['row 18: not yet', queued, moved('ExpireJobRun', 14), []],
  ['row 18: one that has just left the queue', dequeued, moved('ExpireJobRun', 99), []],
  [
    'row 18: a queue without an end',
    [submit({ queued: true, queueTimeoutMinutes: null }), moved('EnqueueJobRun')],
    moved('ExpireJobRun', 99_999),
    [],
  ],
  ['a time-out before it runs', submitted, moved('ExpireJobRun', 99), []],
  ['cancel of one that runs', running, cancel, ['JobRunCancelling']],
  ['cancel of one on its way out of the queue', dequeued, cancel, ['JobRunCancelling']],
  ['cancel twice', cancelling, cancel, []],
  ['an end after the end', succeeded, exit(1), []],
  ['a refusal after the end', succeeded, refuse, []],
  ['anything about a run that never was', [], cancel, []],
])('%s', (_row, before, command, types) => {
  expect(typesAfter(before, command)).toEqual(types);
});

it.each<[string, readonly JobRunCommand[], JobRunCommand, string]>([
  [
    'row 12: the same client token, other parameters',
    submitted,
    submit({ requestHash: 'other' }),
    'Conflict: The client token was used before with other parameters.',
  ],
  [
    'row 13: cancel after success',
    succeeded,
    cancel,
    'Invalid: JobRun run is in state SUCCESS and cannot be cancelled.',
  ],
  [
    'row 13: cancel after failure',
    failed,
    cancel,
    'Invalid: JobRun run is in state FAILED and cannot be cancelled.',
  ],
  [
    'row 13: cancel after cancellation',
    cancelled,
    cancel,
    'Invalid: JobRun run is in state CANCELLED and cannot be cancelled.',
  ],
])('refuses %s', (_row, before, command, sentence) => {
  expect(typesAfter(before, command)).toBe(sentence);
});

it('does not exist in AWS’ words (row 8)', () => {
  expect(() => requireJobRun({ status: 'ABSENT' }, 'x')).toThrow('JobRun x does not exist');
});

describe('whatever happens, in whatever order', () => {
  const command = fc.constantFrom(
    submit({ queued: true }),
    moved('EnqueueJobRun'),
    moved('DequeueJobRun', 1),
    moved('AwaitCapacity', 2),
    schedule,
    moved('RunDriver', 3),
    moved('ExpireJobRun', 20),
    cancel,
    refuse,
    exit(0),
    exit(1),
  );
  const history = fc.array(command, { maxLength: 16 });

  it('the same command again is no news', () => {
    fc.assert(
      fc.property(history, command, (before, told) => {
        expect(leading(...before, told, told)).toEqual(leading(...before, told));
      }),
    );
  });

  it('a run ends once and stays as it ended', () => {
    fc.assert(
      fc.property(history, (commands) => {
        const ends = leading(submit(), ...commands).filter(({ type }) =>
          ['JobRunSucceeded', 'JobRunFailed', 'JobRunCancelled'].includes(type),
        );
        const { status } = stateAfter(submit(), ...commands);
        expect(ends.length).toBe(isFinal(status) ? 1 : 0);
      }),
    );
  });
});
