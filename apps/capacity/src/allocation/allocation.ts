/**
 * What one run holds and asks for: WAITING → GRANTED → [ENDING] → ENDED. The driver's absolute
 * executor targets are kept here; who starts or stops because of them is right-size's business.
 */
import type { AllocationEvent, AllocationOutcome } from '@firesteel/contracts/events';
import type { AllocationPlan, ExecutorTarget } from '@firesteel/contracts/worker-size';
import type { Decider } from '@firesteel/decider';

export type Allocation = {
  readonly status: 'WAITING' | 'GRANTED' | 'ENDING' | 'ENDED';
  readonly jobRunId: string;
  readonly applicationId: string;
  readonly accountId: string;
  readonly releaseLabel: string;
  /** Attempt of the run, from 1. */
  readonly attempt: number;
  readonly plan: AllocationPlan;
  /** The place of the event that asked for it; absent where that was not written down yet. */
  readonly askedSeq?: number;
  readonly zone: string | null;
  /** Why it waits or why it was granted where it is. */
  readonly reason: string;
  readonly driverUrl: string | null;
  readonly targets: readonly ExecutorTarget[] | null;
  readonly targetsSequence: number;
  /** Rounds in which executors died one after another without one that lived. */
  readonly failureRounds: number;
  readonly lastFailureAt: string | null;
  readonly lastRefusal: string | null;
  readonly outcome: AllocationOutcome | null;
  readonly graceSeconds: number;
  readonly requestedAt: string;
};

export type AllocationState = { readonly status: 'ABSENT' } | Allocation;

type Request = Pick<
  Allocation,
  'jobRunId' | 'applicationId' | 'accountId' | 'releaseLabel' | 'attempt' | 'plan' | 'askedSeq'
>;

export type AllocationCommand =
  | { readonly type: 'RequestAllocation'; readonly request: Request; readonly at: string }
  | { readonly type: 'DeferAllocation'; readonly reason: string; readonly at: string }
  | {
      readonly type: 'GrantAllocation';
      readonly zone: string;
      readonly reason: string;
      /** Why it starts cold beside a pool; null when it does not, or there is none. */
      readonly poolMismatch: string | null;
      readonly at: string;
    }
  | { readonly type: 'RegisterDriver'; readonly driverUrl: string; readonly at: string }
  | {
      readonly type: 'SetTargets';
      readonly sequence: number;
      readonly targets: readonly ExecutorTarget[];
      readonly at: string;
    }
  | {
      readonly type: 'RefuseExecutors';
      readonly executors: number;
      readonly reason: string;
      readonly at: string;
    }
  | {
      readonly type: 'CountExecutorFailure';
      readonly workerId: string;
      /** When the executor that died was asked for. */
      readonly requestedAt: string;
      readonly readyMs: number;
      readonly reason: string;
      readonly at: string;
    }
  | {
      readonly type: 'EndAllocation';
      readonly outcome: AllocationOutcome;
      readonly graceSeconds: number;
      readonly at: string;
    }
  /** The last of its workers has ended. */
  | { readonly type: 'FinishEnding'; readonly at: string }
  | { readonly type: 'DriverEnded'; readonly outcome: AllocationOutcome; readonly at: string }
  /** Its zone is impaired and its credentials are fenced off: it is over, whatever its workers still do. */
  | { readonly type: 'LoseZone'; readonly reason: string; readonly at: string };

/** So many rounds of executors dying young end the run: a replacement would die of the same thing. */
const failureRoundLimit = 4;
/** Failures so far apart are not one row: executors lived in between. */
const rowGapMs = 10 * 60_000;
/** An executor that lived this long was not dead on arrival. */
const youngMs = 60_000;

/** How many failed rounds in a row there are with one at this moment. */
const roundsWith = (at: string, { failureRounds, lastFailureAt }: Allocation): number =>
  lastFailureAt !== null && Date.parse(at) - Date.parse(lastFailureAt) < rowGapMs
    ? failureRounds + 1
    : 1;

type Count = Extract<AllocationCommand, { type: 'CountExecutorFailure' }>;

/** Executors that die together count once: only one asked for after the last failure begins a new round. */
function countFailure(command: Count, allocation: Allocation): readonly AllocationEvent[] {
  const { workerId, reason, readyMs, requestedAt, at } = command;
  const sameRound = allocation.lastFailureAt !== null && requestedAt <= allocation.lastFailureAt;
  if (allocation.status !== 'GRANTED' || sameRound || readyMs >= youngMs) return [];
  const counted: AllocationEvent = {
    type: 'ExecutorFailureCounted',
    data: { workerId, reason, at },
  };
  if (roundsWith(at, allocation) < failureRoundLimit) return [counted];
  const outcome: AllocationOutcome = {
    kind: 'executorsFailed',
    reason: `${failureRoundLimit} executors in a row ended soon after their start; the last one: ${reason}`,
  };
  return [counted, ending(allocation, outcome, 0, at)];
}

const ending = (
  { jobRunId }: Allocation,
  outcome: AllocationOutcome,
  graceSeconds: number,
  at: string,
): AllocationEvent => ({ type: 'AllocationEnding', data: { jobRunId, outcome, graceSeconds, at } });

const ended = (
  { jobRunId, applicationId, attempt }: Allocation,
  outcome: AllocationOutcome,
  at: string,
): AllocationEvent => ({
  type: 'AllocationEnded',
  data: { jobRunId, applicationId, attempt, outcome, at },
});

function end(
  command: Extract<AllocationCommand, { type: 'EndAllocation' }>,
  allocation: Allocation,
): readonly AllocationEvent[] {
  const { outcome, graceSeconds, at } = command;
  switch (allocation.status) {
    case 'WAITING':
      return [ended(allocation, outcome, at)];
    case 'GRANTED':
      return [ending(allocation, outcome, graceSeconds, at)];
    default:
      return [];
  }
}

/** An event, if the allocation is at that point and the event is news. */
const when = (isNews: boolean, event: AllocationEvent): readonly AllocationEvent[] =>
  isNews ? [event] : [];

function decideLive(
  command: Exclude<AllocationCommand, { type: 'RequestAllocation' }>,
  allocation: Allocation,
): readonly AllocationEvent[] {
  const { jobRunId, applicationId, attempt, status } = allocation;
  switch (command.type) {
    case 'DeferAllocation': {
      const { type: _, ...deferred } = command;
      return when(status === 'WAITING' && allocation.reason !== command.reason, {
        type: 'AllocationDeferred',
        data: { jobRunId, ...deferred },
      });
    }
    case 'GrantAllocation': {
      const { type: _, ...granted } = command;
      return when(status === 'WAITING', {
        type: 'AllocationGranted',
        data: { jobRunId, applicationId, attempt, ...granted },
      });
    }
    case 'RegisterDriver': {
      const { type: _, ...data } = command;
      const isNews = status === 'GRANTED' && allocation.driverUrl !== command.driverUrl;
      return when(isNews, { type: 'DriverRegistered', data });
    }
    case 'SetTargets':
      return setTargets(command, allocation);
    case 'RefuseExecutors': {
      const { type: _, ...data } = command;
      const isNews = status === 'GRANTED' && allocation.lastRefusal !== command.reason;
      return when(isNews, { type: 'ExecutorsRefused', data });
    }
    case 'CountExecutorFailure':
      return countFailure(command, allocation);
    case 'EndAllocation':
    case 'FinishEnding':
    case 'DriverEnded':
    case 'LoseZone':
      return decideEnd(command, allocation);
  }
}

type EndCommand = Extract<
  AllocationCommand,
  { type: 'EndAllocation' | 'FinishEnding' | 'DriverEnded' | 'LoseZone' }
>;

function decideEnd(command: EndCommand, allocation: Allocation): readonly AllocationEvent[] {
  const { status, outcome } = allocation;
  switch (command.type) {
    case 'EndAllocation':
      return end(command, allocation);
    case 'FinishEnding':
      return status === 'ENDING' && outcome ? [ended(allocation, outcome, command.at)] : [];
    case 'DriverEnded':
      // A cancelled run has ended when its last worker has, not before.
      return status === 'GRANTED' ? [ended(allocation, command.outcome, command.at)] : [];
    case 'LoseZone': {
      if (status !== 'GRANTED' && status !== 'ENDING') return [];
      const { reason, at } = command;
      // What ended it before its zone was lost still is what ended it.
      const lost: AllocationOutcome = { kind: 'zoneLost', zone: allocation.zone ?? '', reason };
      return [ended(allocation, outcome ?? lost, at)];
    }
  }
}

/** The newest statement wins; the same wish again is no news. */
function setTargets(
  { sequence, targets, at }: Extract<AllocationCommand, { type: 'SetTargets' }>,
  allocation: Allocation,
): readonly AllocationEvent[] {
  const news = JSON.stringify(targets) !== JSON.stringify(allocation.targets);
  return allocation.status === 'GRANTED' && sequence > allocation.targetsSequence && news
    ? [{ type: 'ExecutorTargetsSet', data: { sequence, targets, at } }]
    : [];
}

function decide(command: AllocationCommand, state: AllocationState): readonly AllocationEvent[] {
  if (command.type !== 'RequestAllocation')
    return state.status === 'ABSENT' ? [] : decideLive(command, state);
  return state.status === 'ABSENT'
    ? [{ type: 'AllocationRequested', data: { ...command.request, at: command.at } }]
    : [];
}

function evolve(state: AllocationState, event: AllocationEvent): AllocationState {
  if (event.type === 'AllocationRequested') {
    const { at, ...request } = event.data;
    return {
      ...request,
      // Requests from before there were attempts are of the first.
      attempt: request.attempt ?? 1,
      status: 'WAITING',
      zone: null,
      reason: '',
      driverUrl: null,
      targets: null,
      targetsSequence: 0,
      failureRounds: 0,
      lastFailureAt: null,
      lastRefusal: null,
      outcome: null,
      graceSeconds: 0,
      requestedAt: at,
    };
  }
  return state.status === 'ABSENT' ? state : evolveLive(state, event);
}

function evolveLive(
  allocation: Allocation,
  event: Exclude<AllocationEvent, { type: 'AllocationRequested' }>,
): Allocation {
  switch (event.type) {
    case 'AllocationDeferred':
      return { ...allocation, reason: event.data.reason };
    case 'AllocationGranted':
      return { ...allocation, status: 'GRANTED', zone: event.data.zone, reason: event.data.reason };
    case 'DriverRegistered':
      return { ...allocation, driverUrl: event.data.driverUrl };
    case 'ExecutorTargetsSet':
      return {
        ...allocation,
        targets: event.data.targets,
        targetsSequence: event.data.sequence,
        lastRefusal: null,
      };
    case 'ExecutorsRefused':
      return { ...allocation, lastRefusal: event.data.reason };
    case 'ExecutorFailureCounted':
      return {
        ...allocation,
        failureRounds: roundsWith(event.data.at, allocation),
        lastFailureAt: event.data.at,
      };
    case 'AllocationEnding':
      return {
        ...allocation,
        status: 'ENDING',
        outcome: event.data.outcome,
        graceSeconds: event.data.graceSeconds,
      };
    case 'AllocationEnded':
      return { ...allocation, status: 'ENDED', outcome: event.data.outcome };
  }
}

export const allocation: Decider<AllocationState, AllocationCommand, AllocationEvent> = {
  initial: { status: 'ABSENT' },
  decide,
  evolve,
};
