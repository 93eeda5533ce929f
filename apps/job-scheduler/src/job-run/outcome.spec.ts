import type { AllocationOutcome } from '@firesteel/contracts/events';
import { outcomeOf } from './outcome.ts';

const exited = (
  exitCode: number,
  outOfMemory: boolean,
  lastExceptions: string,
): AllocationOutcome => ({
  kind: 'driverExited',
  exitCode,
  outOfMemory,
  lastExceptions,
});
const failedWith = (exitCode: number, exceptions: string): string =>
  `Job failed, please check complete logs in configured logging destination. ExitCode: ${exitCode}. Last few exceptions: ${exceptions}`;

it('is SUCCESS for exit code 0, whatever else was seen (row 24)', () => {
  expect(outcomeOf(exited(0, true, 'executors were refused'))).toEqual({
    succeeded: true,
    stateDetails: '',
  });
});

it.each<[string, AllocationOutcome, string]>([
  ['an exception', exited(1, false, 'ValueError: no'), failedWith(1, 'ValueError: no')],
  [
    'no memory',
    exited(137, true, 'ignored'),
    failedWith(
      137,
      'Worker has been killed as memory usage exceeded configured memory size, consider increasing memory size...',
    ),
  ],
  [
    'a lost driver',
    { kind: 'driverLost', reason: 'host gone' },
    'Job failed because its driver was lost: host gone',
  ],
  [
    'dying executors',
    { kind: 'executorsFailed', reason: 'four' },
    'Job failed because its executors could not be kept running: four',
  ],
  [
    'a lost zone',
    { kind: 'zoneLost', zone: 'zone-a', reason: 'silent for 30 s' },
    'Job failed because its zone zone-a was lost: silent for 30 s',
  ],
  ['a run that can never fit', { kind: 'cannotFit', reason: 'too large' }, 'too large'],
  ['a cancellation', { kind: 'cancelled' }, 'Job run was cancelled.'],
])('says of %s what happened', (_name, outcome, stateDetails) => {
  expect(outcomeOf(outcome)).toEqual({ succeeded: false, stateDetails });
});

it('keeps what it says within a thousand characters', () => {
  expect(outcomeOf(exited(1, false, 'x'.repeat(5_000))).stateDetails).toHaveLength(1_000);
});
