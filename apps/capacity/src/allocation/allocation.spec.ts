import type { AllocationEvent, AllocationOutcome } from '@firesteel/contracts/events';
import type { ExecutorTarget } from '@firesteel/contracts/worker-size';
import { given } from '@firesteel/decider/spec';
import fc from 'fast-check';
import { planOf } from '../fleet/sample.ts';
import { type AllocationCommand, allocation } from './allocation.ts';

/** A moment, in seconds after a fixed one. */
const at = (seconds = 0): string =>
  new Date(Date.parse('2026-11-25T10:00:00.000Z') + seconds * 1_000).toISOString();
const plan = planOf();
const request: AllocationCommand = {
  type: 'RequestAllocation',
  request: {
    jobRunId: 'run',
    applicationId: '00f1',
    accountId: '123456789012',
    releaseLabel: 'emr-7.12.0',
    attempt: 1,
    plan,
  },
  at: at(),
};
const defer = (reason: string): AllocationCommand => ({
  type: 'DeferAllocation',
  reason,
  at: at(),
});
const grant: AllocationCommand = {
  type: 'GrantAllocation',
  zone: 'local-a',
  reason: 'room',
  poolMismatch: null,
  at: at(),
};
const register = (driverUrl: string): AllocationCommand => ({
  type: 'RegisterDriver',
  driverUrl,
  at: at(),
});
const target = (executors: number): ExecutorTarget => ({
  resourceProfileId: 0,
  executors,
  cores: 4,
  memoryMb: 14_336,
  memoryOverheadMb: 1_434,
});
const wish = (sequence: number, executors: number): AllocationCommand => ({
  type: 'SetTargets',
  sequence,
  targets: [target(executors)],
  at: at(),
});
const refuse = (reason: string): AllocationCommand => ({
  type: 'RefuseExecutors',
  executors: 2,
  reason,
  at: at(),
});
/** An executor that was asked for at one moment dies at another; seconds. */
const dies = (requested: number, died: number, readyMs = 500): AllocationCommand => ({
  type: 'CountExecutorFailure',
  workerId: `run-${requested}`,
  requestedAt: at(requested),
  readyMs,
  reason: 'exit 1',
  at: at(died),
});
const end = (outcome: AllocationOutcome = { kind: 'cancelled' }): AllocationCommand => ({
  type: 'EndAllocation',
  outcome,
  graceSeconds: 7,
  at: at(),
});
const finish: AllocationCommand = { type: 'FinishEnding', at: at() };
const success: AllocationOutcome = {
  kind: 'driverExited',
  exitCode: 0,
  outOfMemory: false,
  lastExceptions: '',
};
const driverEnded: AllocationCommand = { type: 'DriverEnded', outcome: success, at: at() };

/** The history that commands lead to, from nothing. */
const leading = (...commands: readonly AllocationCommand[]): AllocationEvent[] => {
  const events: AllocationEvent[] = [];
  for (const command of commands) {
    const outcome = given(allocation, events).when(command);
    if ('events' in outcome) events.push(...outcome.events);
  }
  return events;
};

const waiting = [request];
const granted = [request, grant];
const ending = [...granted, end()];

it.each<[string, readonly AllocationCommand[], AllocationCommand, readonly string[]]>([
  ['is asked for', [], request, ['AllocationRequested']],
  ['is asked for once', granted, request, []],
  ['waits for a reason', waiting, defer('full'), ['AllocationDeferred']],
  ['says the same reason once', [...waiting, defer('full')], defer('full'), []],
  ['says another reason', [...waiting, defer('full')], defer('queue'), ['AllocationDeferred']],
  ['waits no more once granted', granted, defer('full'), []],
  ['is granted', waiting, grant, ['AllocationGranted']],
  ['is granted once', granted, grant, []],
  ['learns its driver’s address', granted, register('spark://a'), ['DriverRegistered']],
  ['knows the address', [...granted, register('spark://a')], register('spark://a'), []],
  ['has no driver before its grant', waiting, register('spark://a'), []],
  ['takes a wish', granted, wish(1, 2), ['ExecutorTargetsSet']],
  ['takes the same wish as no news', [...granted, wish(1, 2)], wish(2, 2), []],
  ['does not go back to an older wish', [...granted, wish(2, 2)], wish(1, 5), []],
  ['has no wishes while it ends', ending, wish(1, 2), []],
  ['is refused executors', granted, refuse('full'), ['ExecutorsRefused']],
  ['is refused for the same reason once', [...granted, refuse('full')], refuse('full'), []],
  [
    'is refused again after another wish',
    [...granted, refuse('full'), wish(1, 9)],
    refuse('full'),
    ['ExecutorsRefused'],
  ],
  ['ends at once while it waits', waiting, end(), ['AllocationEnded']],
  ['lets its workers end first', granted, end(), ['AllocationEnding']],
  ['is asked to end once', ending, end(), []],
  ['has ended with its last worker', ending, finish, ['AllocationEnded']],
  ['does not finish what goes on', granted, finish, []],
  ['ends with its driver', granted, driverEnded, ['AllocationEnded']],
  ['of a cancelled run does not end with its driver alone', ending, driverEnded, []],
  ['ends once', [...granted, driverEnded], driverEnded, []],
  ['that never was has no end', [], end(), []],
  ['counts an executor that died young', granted, dies(1, 2), ['ExecutorFailureCounted']],
  ['does not count one that lived for a minute', granted, dies(1, 90, 60_000), []],
  ['counts executors that die together once', [...granted, dies(1, 10)], dies(1, 11), []],
  ['counts a replacement', [...granted, dies(1, 10)], dies(11, 12), ['ExecutorFailureCounted']],
  ['counts nothing while it ends', ending, dies(1, 2), []],
])('an allocation %s', (_name, before, command, types) => {
  const outcome = given(allocation, leading(...before)).when(command);
  expect('events' in outcome && outcome.events.map(({ type }) => type)).toEqual(types);
});

it('ends when four rounds of executors died young', () => {
  const history = leading(...granted, dies(1, 10), dies(11, 20), dies(21, 30));
  expect(given(allocation, history).when(dies(31, 40))).toEqual({
    events: [
      {
        type: 'ExecutorFailureCounted',
        data: { workerId: 'run-31', reason: 'exit 1', at: at(40) },
      },
      {
        type: 'AllocationEnding',
        data: {
          jobRunId: 'run',
          outcome: {
            kind: 'executorsFailed',
            reason: '4 executors in a row ended soon after their start; the last one: exit 1',
          },
          graceSeconds: 0,
          at: at(40),
        },
      },
    ],
  });
});

it('begins to count again after executors that lived', () => {
  const hour = 3_600;
  const history = leading(
    ...granted,
    dies(1, 10),
    dies(11, 20),
    dies(21, 30),
    dies(hour, hour + 1),
  );
  expect(given(allocation, history).state).toMatchObject({ status: 'GRANTED', failureRounds: 1 });
});

it('keeps the outcome with which it was asked to end', () => {
  expect(given(allocation, leading(...ending, finish)).state).toMatchObject({
    status: 'ENDED',
    outcome: { kind: 'cancelled' },
    graceSeconds: 7,
  });
});

it('takes the same command again as no news, and ends at most once', () => {
  const command = fc.constantFrom(
    request,
    defer('full'),
    grant,
    register('spark://a'),
    wish(1, 2),
    wish(2, 4),
    refuse('full'),
    dies(1, 2),
    dies(3, 4),
    end(),
    finish,
    driverEnded,
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 14 }), command, (before, told) => {
      const once = leading(...before, told);
      expect(leading(...before, told, told)).toEqual(once);
      expect(once.filter(({ type }) => type === 'AllocationEnded').length).toBeLessThan(2);
    }),
  );
});
