/**
 * A worker's one life: REQUESTED → LAUNCHED → READY → BOUND → EXITED. It serves at most one run, is
 * asked to stop at most once, and ends exactly once, whatever is reported again.
 */
import type { WorkerEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';

type Request = Omit<Extract<WorkerEvent, { type: 'WorkerRequested' }>['data'], 'at'>;

export type WorkerStatus = 'REQUESTED' | 'LAUNCHED' | 'READY' | 'BOUND' | 'EXITED';

export type Worker = Request & {
  readonly status: WorkerStatus;
  readonly pid: number | null;
  /** Why it is to stop, null while it is wanted. */
  readonly stopReason: string | null;
  readonly exitCode: number | null;
  readonly readyMs: number;
  readonly requestedAt: string;
  readonly exitedAt: string | null;
};

export type WorkerState = { readonly status: 'ABSENT' } | Worker;

export type WorkerCommand =
  | { readonly type: 'RequestWorker'; readonly request: Request; readonly at: string }
  | { readonly type: 'NoteLaunched'; readonly pid: number; readonly at: string }
  | { readonly type: 'NoteReady'; readonly bootMs: number; readonly at: string }
  | { readonly type: 'NoteBound'; readonly at: string }
  | { readonly type: 'StopWorker'; readonly reason: string; readonly at: string }
  | {
      readonly type: 'NoteExited';
      readonly exitCode: number | null;
      readonly reason: string;
      readonly readyMs: number;
      readonly at: string;
    };

const order: readonly WorkerStatus[] = ['REQUESTED', 'LAUNCHED', 'READY', 'BOUND', 'EXITED'];

/** Whether a worker has got at least that far. */
export const reached = (worker: Worker, status: WorkerStatus): boolean =>
  order.indexOf(worker.status) >= order.indexOf(status);

/** Whether a worker still is, or will be, a process. */
export const isLive = (worker: Worker): boolean => worker.status !== 'EXITED';

const unless = (already: boolean, event: WorkerEvent): readonly WorkerEvent[] =>
  already ? [] : [event];

function decideLive(
  command: Exclude<WorkerCommand, { type: 'RequestWorker' }>,
  worker: Worker,
): readonly WorkerEvent[] {
  const { at } = command;
  const { workerId, jobRunId, applicationId, accountId, workerType, size } = worker;
  switch (command.type) {
    case 'NoteLaunched':
      return unless(reached(worker, 'LAUNCHED'), {
        type: 'WorkerLaunched',
        data: { pid: command.pid, at },
      });
    case 'NoteReady':
      return unless(reached(worker, 'READY'), {
        type: 'WorkerReady',
        data: { bootMs: command.bootMs, at },
      });
    case 'NoteBound':
      return unless(reached(worker, 'BOUND'), {
        type: 'WorkerBound',
        data: { workerId, jobRunId, applicationId, workerType, at },
      });
    case 'StopWorker':
      return unless(worker.stopReason !== null || !isLive(worker), {
        type: 'WorkerStopRequested',
        data: { reason: command.reason, at },
      });
    case 'NoteExited': {
      const { exitCode, reason, readyMs } = command;
      return unless(!isLive(worker), {
        type: 'WorkerExited',
        data: {
          workerId,
          jobRunId,
          applicationId,
          accountId,
          workerType,
          size,
          exitCode,
          reason,
          readyMs,
          at,
        },
      });
    }
  }
}

function decide(command: WorkerCommand, state: WorkerState): readonly WorkerEvent[] {
  if (command.type !== 'RequestWorker')
    return state.status === 'ABSENT' ? [] : decideLive(command, state);
  return state.status === 'ABSENT'
    ? [{ type: 'WorkerRequested', data: { ...command.request, at: command.at } }]
    : [];
}

function evolve(state: WorkerState, event: WorkerEvent): WorkerState {
  if (event.type === 'WorkerRequested') {
    const { at, ...request } = event.data;
    return {
      ...request,
      status: 'REQUESTED',
      pid: null,
      stopReason: null,
      exitCode: null,
      readyMs: 0,
      requestedAt: at,
      exitedAt: null,
    };
  }
  return state.status === 'ABSENT' ? state : evolveLive(state, event);
}

function evolveLive(
  worker: Worker,
  event: Exclude<WorkerEvent, { type: 'WorkerRequested' }>,
): Worker {
  switch (event.type) {
    case 'WorkerLaunched':
      return { ...worker, status: 'LAUNCHED', pid: event.data.pid };
    case 'WorkerReady':
      return { ...worker, status: 'READY' };
    case 'WorkerBound':
      return { ...worker, status: 'BOUND' };
    case 'WorkerStopRequested':
      return { ...worker, stopReason: event.data.reason };
    case 'WorkerExited': {
      const { exitCode, readyMs, at } = event.data;
      return { ...worker, status: 'EXITED', exitCode, readyMs, exitedAt: at };
    }
  }
}

export const worker: Decider<WorkerState, WorkerCommand, WorkerEvent> = {
  initial: { status: 'ABSENT' },
  decide,
  evolve,
};
