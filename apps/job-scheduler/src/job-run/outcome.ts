/** How the end of a run's driver reads to its owner, in AWS' words (reference emr-serverless §3.2). */
import type { AllocationOutcome } from '@firesteel/contracts/events';

const longestDetails = 1_000;

/** Whether the run succeeded, and its stateDetails when not. Exit code 0 is success, whatever executors were refused (behaviours row 24). */
export function outcomeOf(outcome: AllocationOutcome): {
  readonly succeeded: boolean;
  readonly stateDetails: string;
} {
  if (outcome.kind === 'driverExited' && outcome.exitCode === 0)
    return { succeeded: true, stateDetails: '' };
  return { succeeded: false, stateDetails: details(outcome).slice(0, longestDetails) };
}

function details(outcome: AllocationOutcome): string {
  switch (outcome.kind) {
    case 'driverExited':
      return `Job failed, please check complete logs in configured logging destination. ExitCode: ${outcome.exitCode}. Last few exceptions: ${exceptions(outcome)}`;
    case 'driverLost':
      return `Job failed because its driver was lost: ${outcome.reason}`;
    case 'executorsFailed':
      return `Job failed because its executors could not be kept running: ${outcome.reason}`;
    case 'zoneLost':
      return `Job failed because its zone ${outcome.zone} was lost: ${outcome.reason}`;
    case 'cannotFit':
      return outcome.reason;
    case 'cancelled':
      return 'Job run was cancelled.';
  }
}

const exceptions = (outcome: Extract<AllocationOutcome, { kind: 'driverExited' }>): string =>
  outcome.outOfMemory
    ? 'Worker has been killed as memory usage exceeded configured memory size, consider increasing memory size...'
    : outcome.lastExceptions;
