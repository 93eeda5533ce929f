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
    releaseLabel: 'emr-7.12.0',
    logsByAttempt: false,
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
  type: 'EnqueueJobRun' | 'DequeueJobRun' | 'ExpireJobRun',
  minutes = 0,
): JobRunCommand => ({ type, at: at(minutes), steadyAt: at(minutes) });
/** Capacity's facts of one attempt. */
const attempt = (number: number) => {
  const fact = (type: 'AwaitCapacity' | 'RunDriver', minutes = 0): JobRunCommand => ({
    type,
    attempt: number,
    at: at(minutes),
  });
  const end = (outcome: AllocationOutcome, minutes = 3): JobRunCommand => ({
    type: 'EndJobRun',
    attempt: number,
    outcome,
    at: at(minutes),
  });
  return {
    awaits: (minutes = 0) => fact('AwaitCapacity', minutes),
    scheduled: (stateDetails = '', minutes = 0): JobRunCommand => ({
      type: 'ScheduleJobRun',
      attempt: number,
      zone: 'local-a',
      stateDetails,
      at: at(minutes),
    }),
    runs: (minutes = 0) => fact('RunDriver', minutes),
    end,
    exits: (exitCode: number, minutes = 3) =>
      end({ kind: 'driverExited', exitCode, outOfMemory: false, lastExceptions: 'boom' }, minutes),
    losesItsZone: (minutes = 3) =>
      end({ kind: 'zoneLost', zone: 'local-a', reason: 'silent' }, minutes),
  };
};
const [first, second, third] = [attempt(1), attempt(2), attempt(3)];
const cancel: JobRunCommand = {
  type: 'CancelJobRun',
  reason: 'asked to',
  graceSeconds: 7,
  at: at(),
};
const refuse: JobRunCommand = { type: 'RefuseJobRun', reason: 'no role', at: at() };
const abandon: JobRunCommand = { type: 'AbandonJobRun', reason: 'no pool', at: at(4) };

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
/** Submitted with this retry policy, and RUNNING. */
const runningWith = (change: Partial<Submission>): readonly JobRunCommand[] => [
  submit(change),
  first.awaits(),
  first.scheduled(),
  first.runs(1),
];
const running = runningWith({});
const succeeded = [...running, first.exits(0)];
const failed = [...running, first.exits(1)];
const cancelling = [...running, cancel];
const cancelled = [...cancelling, first.end({ kind: 'cancelled' })];
/** RUNNING, failed, and PENDING again. */
const retried = [...runningWith({ retryPolicy: { maxAttempts: 3 } }), first.exits(1)];

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
    [...running, moved('ExpireJobRun', 6), first.end({ kind: 'cancelled' })],
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
    [...cancelling, first.exits(0)],
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
  ['capacity after the queue', dequeued, first.awaits(), ['JobRunPending']],
  ['a late PENDING', running, first.awaits(), []],
  ['a late SCHEDULED', running, first.scheduled(), []],
  ['a second RUNNING', running, first.runs(), []],
  ['RUNNING before SCHEDULED was heard', submitted, first.runs(), ['JobRunStarted']],
  ['RUNNING while it is cancelled', [submit(), cancel], first.runs(), []],
  [
    'row 16: 0 minutes never end',
    [submit({ executionTimeoutMinutes: 0 }), first.runs()],
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
  ['an end after the end', succeeded, first.exits(1), []],
  ['a retry after the end', failed, first.losesItsZone(), []],
  ['what an earlier attempt came to', retried, first.exits(0), []],
  ['SCHEDULED of an earlier attempt', retried, first.scheduled(), []],
  ['RUNNING of an earlier attempt', retried, first.runs(9), []],
  ['PENDING of the attempt that already is', retried, second.awaits(), []],
  ['SCHEDULED of the second attempt', retried, second.scheduled(), ['JobRunScheduled']],
  ['RUNNING of the second attempt', retried, second.runs(9), ['JobRunStarted']],
  ['cancel between two attempts', retried, cancel, ['JobRunCancelling']],
  ['row 3: no pool for one that waits', submitted, abandon, ['JobRunFailed']],
  ['row 3: no pool for one in the queue', queued, abandon, ['JobRunFailed']],
  ['row 3: no pool for one between two attempts', retried, abandon, ['JobRunFailed']],
  ['row 3: no pool for one that has its workers', running, abandon, []],
  ['row 3: no pool for one that is cancelled', [submit(), cancel], abandon, []],
  ['row 3: no pool after the end', succeeded, abandon, []],
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

describe('retries (reference emr-serverless §3.4)', () => {
  const lost: AllocationOutcome = { kind: 'driverLost', reason: 'host gone' };
  const executors: AllocationOutcome = { kind: 'executorsFailed', reason: 'four' };
  const tooLarge: AllocationOutcome = { kind: 'cannotFit', reason: 'too large' };

  it.each<[string, readonly JobRunCommand[], JobRunCommand, readonly string[]]>([
    ['no second attempt by default', running, first.exits(1), ['JobRunFailed']],
    [
      'none when the only one is allowed',
      runningWith({ retryPolicy: { maxAttempts: 1 } }),
      first.exits(1),
      ['JobRunFailed'],
    ],
    [
      'another for a driver that failed',
      runningWith({ retryPolicy: { maxAttempts: 2 } }),
      first.exits(1),
      ['JobRunRetried'],
    ],
    ['another for a driver that was lost', retried, second.end(lost), ['JobRunRetried']],
    ['another for executors that failed', retried, second.end(executors), ['JobRunRetried']],
    ['none after the last', [...retried, second.exits(1)], third.exits(1), ['JobRunFailed']],
    ['none after success', retried, second.exits(0), ['JobRunSucceeded']],
    ['none for what can never fit', retried, second.end(tooLarge), ['JobRunFailed']],
    ['none when it was cancelled', [...retried, cancel], second.exits(1), ['JobRunCancelled']],
    [
      'none when it took too long',
      [...retried, second.runs(4), moved('ExpireJobRun', 9)],
      second.exits(143),
      ['JobRunCancelled'],
    ],
    [
      'another for a lost zone, beside the policy',
      running,
      first.losesItsZone(),
      ['JobRunRetried'],
    ],
    [
      'none for the second lost zone of a run without retries',
      [...running, first.losesItsZone()],
      second.losesItsZone(),
      ['JobRunFailed'],
    ],
    [
      'another for the second lost zone while the policy allows it',
      [...runningWith({ retryPolicy: { maxAttempts: 2 } }), first.losesItsZone()],
      second.losesItsZone(),
      ['JobRunRetried'],
    ],
    [
      'no more than the policy’s and the free one',
      [
        ...runningWith({ retryPolicy: { maxAttempts: 2 } }),
        first.losesItsZone(),
        second.losesItsZone(),
      ],
      third.exits(1),
      ['JobRunFailed'],
    ],
    [
      'none by the other mode’s limit',
      runningWith({ retryPolicy: { maxFailedAttemptsPerHour: 9 } }),
      first.exits(1),
      ['JobRunFailed'],
    ],
  ])('%s', (_name, before, command, types) => {
    expect(typesAfter(before, command)).toEqual(types);
  });

  it('tells capacity the plan, the number and the cause', () => {
    const failing = runningWith({ retryPolicy: { maxAttempts: 2 } });
    expect(given(jobRun, leading(...failing)).when(first.exits(1))).toMatchObject({
      events: [
        {
          type: 'JobRunRetried',
          data: {
            jobRunId: 'run',
            applicationId: '00f1',
            accountId: '123456789012',
            releaseLabel: 'emr-7.12.0',
            plan: { gangExecutors: 1 },
            attempt: 2,
            cause: expect.stringContaining('ExitCode: 1.'),
            free: false,
            at: at(3),
          },
        },
      ],
    });
    expect(given(jobRun, leading(...failing)).when(first.losesItsZone())).toMatchObject({
      events: [{ data: { free: true, cause: expect.stringContaining('zone local-a was lost') } }],
    });
  });

  it('keeps what each attempt came to', () => {
    const { attempts, ...run } = stateAfter(...retried, second.runs(5), second.exits(0, 8));
    const details =
      'Job failed, please check complete logs in configured logging destination. ExitCode: 1. Last few exceptions: boom';
    expect(run).toMatchObject({ status: 'SUCCESS', startedAt: at(1), endedAt: at(8) });
    expect(attempts).toEqual([
      {
        attempt: 1,
        status: 'FAILED',
        stateDetails: details,
        createdAt: at(0),
        updatedAt: at(3),
        startedAt: at(1),
        endedAt: at(3),
        free: false,
      },
      {
        attempt: 2,
        status: 'SUCCESS',
        stateDetails: `Attempt 1 ended: ${details}`,
        createdAt: at(3),
        updatedAt: at(8),
        startedAt: at(5),
        endedAt: at(8),
        free: false,
      },
    ]);
    expect(run.visits.map(({ state }) => state)).toEqual([
      ...['SUBMITTED', 'PENDING', 'SCHEDULED', 'RUNNING'],
      ...['PENDING', 'RUNNING', 'SUCCESS'],
    ]);
  });

  it('says while it waits again why it does, and forgets it when the workers are there', () => {
    expect(stateAfter(...retried).stateDetails).toContain('Attempt 1 ended: Job failed');
    expect(stateAfter(...retried, second.scheduled()).stateDetails).toBe('');
  });

  it('counts the time-out over all attempts, without the time between them (row 16)', () => {
    // Two minutes of the first attempt, three of the second: five are the limit.
    const again = [...retried, second.runs(60)];
    expect(typesAfter(again, moved('ExpireJobRun', 62))).toEqual([]);
    expect(typesAfter(again, moved('ExpireJobRun', 63))).toEqual(['JobRunCancelling']);
  });
});

describe('a STREAMING run', () => {
  /** An attempt that fails at each of these minutes, or loses its zone there. */
  const failingAt = (
    maxFailedAttemptsPerHour: number | null,
    minutes: readonly number[],
    outcome: 'exits' | 'losesItsZone' = 'exits',
  ) =>
    stateAfter(
      submit({
        mode: 'STREAMING',
        executionTimeoutMinutes: 0,
        retryPolicy: maxFailedAttemptsPerHour === null ? null : { maxFailedAttemptsPerHour },
      }),
      ...minutes.flatMap((minute, index) => {
        const current = attempt(index + 1);
        const ends = outcome === 'exits' ? current.exits(1, minute) : current.losesItsZone(minute);
        return [current.runs(minute), ends];
      }),
    );

  it.each<[string, number | null, readonly number[], 'PENDING' | 'FAILED']>([
    ['is retried four times in an hour by default', null, [1, 2, 3, 4], 'PENDING'],
    ['is given up at the fifth failure in an hour', null, [1, 2, 3, 4, 5], 'FAILED'],
    ['has no retries when one failure is the limit', 1, [1], 'FAILED'],
    ['has one retry within an hour when two are', 2, [1], 'PENDING'],
    ['is given up at the second failure in an hour', 2, [1, 60], 'FAILED'],
    ['is retried for ever when it fails once an hour', 2, [1, 61, 121, 181, 241], 'PENDING'],
    ['counts the last hour, not each', 2, [1, 61, 120], 'FAILED'],
  ])('%s', (_name, limit, minutes, status) => {
    expect(failingAt(limit, minutes).status).toBe(status);
  });

  it('is always run again when its zone is lost, and that counts for nothing', () => {
    const { status, attempts } = failingAt(1, [1, 2, 3, 4, 5, 6], 'losesItsZone');
    expect([status, attempts.length]).toEqual(['PENDING', 7]);
    expect(attempts.slice(0, -1).every(({ free }) => free)).toBe(true);
  });
});

it('shows why it starts cold beside a pool, until its end says something else', () => {
  const cold = [
    submit(),
    first.awaits(),
    first.scheduled('Started cold: too small.'),
    first.runs(1),
  ];
  expect(stateAfter(...cold)).toMatchObject({
    status: 'RUNNING',
    stateDetails: 'Started cold: too small.',
  });
  expect(stateAfter(...cold, cancel).stateDetails).toBe('asked to');
});

it('reads logs from before there were pools and attempts', () => {
  const old = leading(...running).map((event) =>
    event.type === 'JobRunScheduled'
      ? ({ type: event.type, data: { zone: 'local-a', at: at() } } as JobRunEvent)
      : event,
  );
  expect(given(jobRun, old).state).toEqual(given(jobRun, leading(...running)).state);
});

describe('whatever happens, in whatever order', () => {
  const maxAttempts = 2;
  const facts = [first, second, third, attempt(4)].flatMap((current) => [
    current.awaits(2),
    current.scheduled(),
    current.runs(3),
    current.exits(0),
    current.exits(1),
    current.losesItsZone(),
    current.end({ kind: 'cancelled' }),
  ]);
  const command = fc.constantFrom(
    submit({ queued: true }),
    moved('EnqueueJobRun'),
    moved('DequeueJobRun', 1),
    moved('ExpireJobRun', 20),
    cancel,
    refuse,
    abandon,
    ...facts,
  );
  const submission = fc
    .constantFrom('BATCH' as const, 'STREAMING' as const)
    .map((mode) =>
      submit({ mode, retryPolicy: { maxAttempts, maxFailedAttemptsPerHour: maxAttempts } }),
    );
  const history = fc.array(command, { maxLength: 30 });
  const endings = ['JobRunSucceeded', 'JobRunFailed', 'JobRunCancelled'];

  it('the same command again is no news', () => {
    fc.assert(
      fc.property(history, command, (before, told) => {
        expect(leading(...before, told, told)).toEqual(leading(...before, told));
      }),
    );
  });

  it('a run ends once and stays as it ended', () => {
    fc.assert(
      fc.property(submission, history, (submitting, commands) => {
        const types = leading(submitting, ...commands).map(({ type }) => type);
        const { status } = stateAfter(submitting, ...commands);
        const ends = types.filter((type) => endings.includes(type));
        expect(ends.length).toBe(isFinal(status) ? 1 : 0);
        if (isFinal(status)) expect(endings).toContain(types.at(-1));
      }),
    );
  });

  it('a BATCH run has no more attempts than its policy allows and the free one', () => {
    fc.assert(
      fc.property(history, (commands) => {
        const { attempts } = stateAfter(submit({ retryPolicy: { maxAttempts } }), ...commands);
        expect(attempts.map(({ attempt: number }) => number)).toEqual(
          attempts.map((_, i) => i + 1),
        );
        expect(attempts.length).toBeLessThanOrEqual(maxAttempts + 1);
      }),
    );
  });

  it('the last attempt is as far as the run, and those before it have failed', () => {
    fc.assert(
      fc.property(submission, history, (submitting, commands) => {
        const { attempts, status, stateDetails, updatedAt, endedAt } = stateAfter(
          submitting,
          ...commands,
        );
        expect(attempts.at(-1)).toMatchObject({ status, stateDetails, updatedAt, endedAt });
        for (const past of attempts.slice(0, -1))
          expect([past.status, past.endedAt]).toEqual(['FAILED', expect.any(String)]);
      }),
    );
  });
});
