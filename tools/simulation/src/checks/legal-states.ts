/** Which event may follow in which state: written from the reference, not from the deciders. */
import { Violation } from './violation.ts';

/** From any of these states, to that one; null: it stays as it is. */
type Step = readonly [from: string, to: string | null];

const liveRun = 'SUBMITTED QUEUED PENDING SCHEDULED RUNNING';
const liveWorker = 'REQUESTED LAUNCHED READY BOUND';
const liveApplication = 'CREATED STARTING STARTED STOPPING STOPPED';

const steps: Readonly<Record<string, Step>> = {
  ApplicationCreating: ['none', 'CREATING'],
  ApplicationCreated: ['CREATING', 'CREATED'],
  ApplicationConfigurationChanged: [liveApplication, null],
  ApplicationStarting: ['CREATED STOPPED', 'STARTING'],
  ApplicationStarted: ['STARTING', 'STARTED'],
  ApplicationStopping: ['STARTING STARTED', 'STOPPING'],
  ApplicationStopped: ['STOPPING', 'STOPPED'],
  ApplicationTerminated: ['CREATED STOPPED', 'TERMINATED'],
  JobRunSubmitted: ['none', 'SUBMITTED'],
  JobRunQueued: ['SUBMITTED', 'QUEUED'],
  JobRunDequeued: ['SUBMITTED QUEUED', null],
  JobRunPending: ['SUBMITTED QUEUED', 'PENDING'],
  JobRunScheduled: ['SUBMITTED QUEUED PENDING', 'SCHEDULED'],
  JobRunStarted: ['SUBMITTED PENDING SCHEDULED', 'RUNNING'],
  JobRunRetried: [liveRun, 'PENDING'],
  JobRunSucceeded: [liveRun, 'SUCCESS'],
  JobRunFailed: [liveRun, 'FAILED'],
  JobRunCancelling: [liveRun, 'CANCELLING'],
  JobRunCancelled: ['CANCELLING', 'CANCELLED'],
  AllocationRequested: ['none', 'WAITING'],
  AllocationDeferred: ['WAITING', null],
  AllocationGranted: ['WAITING', 'GRANTED'],
  DriverRegistered: ['GRANTED', null],
  ExecutorTargetsSet: ['GRANTED', null],
  ExecutorsRefused: ['GRANTED', null],
  ExecutorFailureCounted: ['GRANTED', null],
  AllocationEnding: ['GRANTED', 'ENDING'],
  AllocationEnded: ['WAITING GRANTED ENDING', 'ENDED'],
  WorkerRequested: ['none', 'REQUESTED'],
  WorkerLaunched: ['REQUESTED', 'LAUNCHED'],
  WorkerReady: ['REQUESTED LAUNCHED', 'READY'],
  WorkerAssigned: ['REQUESTED LAUNCHED READY', null],
  WorkerBound: ['REQUESTED LAUNCHED READY', 'BOUND'],
  WorkerDecommissioning: [liveWorker, null],
  WorkerMeterRead: ['READY BOUND', null],
  WorkerStopRequested: [liveWorker, null],
  WorkerExited: [liveWorker, 'EXITED'],
  PoolRequested: ['none FAILED RELEASING RELEASED', 'STARTING'],
  PoolPlaced: ['STARTING READY', null],
  PoolReady: ['STARTING', 'READY'],
  PoolWorkerFailed: ['STARTING READY', null],
  PoolFailed: ['STARTING', 'FAILED'],
  PoolReleasing: ['STARTING READY', 'RELEASING'],
  PoolReleased: ['RELEASING', 'RELEASED'],
};

export type LegalStates = {
  /** @throws Violation when the event must not follow in the stream's state */
  readonly take: (stream: string, type: string) => void;
  /** `none` before the first event. */
  readonly of: (stream: string) => string;
};

/** Streams whose events are not in the table have no states. */
export function createLegalStates(): LegalStates {
  const states = new Map<string, string>();
  const of = (stream: string): string => states.get(stream) ?? 'none';
  return {
    of,
    take: (stream, type) => {
      const [from, to] = steps[type] ?? [of(stream), null];
      if (!from.split(' ').includes(of(stream)))
        throw new Violation(`${stream} is ${of(stream)} and takes ${type}`);
      if (to !== null) states.set(stream, to);
    },
  };
}
