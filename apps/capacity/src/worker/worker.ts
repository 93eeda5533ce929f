/**
 * A worker's one life: REQUESTED → LAUNCHED → READY → BOUND → EXITED. It serves at most one run, is
 * asked to stop at most once, and ends exactly once, whatever is reported again. One of a pool has no
 * run until it is assigned, which may happen before it is ready.
 */
import type { MeteredLife, WorkerEvent } from '@firesteel/contracts/events';
import { allocationIdOf } from '@firesteel/contracts/worker-size';
import type { Decider } from '@firesteel/decider';

type Request = Omit<Extract<WorkerEvent, { type: 'WorkerRequested' }>['data'], 'at'>;

export type WorkerStatus = 'REQUESTED' | 'LAUNCHED' | 'READY' | 'BOUND' | 'EXITED';

export type Worker = Request & {
  readonly status: WorkerStatus;
  /** Asked for by a pool, whether or not it serves a run by now. */
  readonly pooled: boolean;
  /** Its driver has let it go: it moves its blocks and ends by itself. */
  readonly leaving: boolean;
  readonly pid: number | null;
  /** Why it is to stop, null while it is wanted. */
  readonly stopReason: string | null;
  readonly exitCode: number | null;
  readonly readyMs: number;
  readonly requestedAt: string;
  readonly readyAt: string | null;
  /** From ready until bound by capacity's clock, in milliseconds, for an end that its agent cannot report. */
  readonly boundAfterMs: number | null;
  readonly exitedAt: string | null;
  /** The last reading of its meter; left out before the first. */
  readonly metered?: MeteredLife & { readonly reading: number };
};

export type WorkerState = { readonly status: 'ABSENT' } | Worker;

export type WorkerCommand =
  | { readonly type: 'RequestWorker'; readonly request: Request; readonly at: string }
  | { readonly type: 'NoteLaunched'; readonly pid: number; readonly at: string }
  | { readonly type: 'NoteReady'; readonly bootMs: number; readonly at: string }
  | {
      readonly type: 'AssignWorker';
      readonly jobRunId: string;
      readonly attempt: number;
      readonly executorId: string | null;
      readonly resourceProfileId: number;
      readonly reason: string;
      readonly at: string;
    }
  | { readonly type: 'NoteBound'; readonly at: string }
  | { readonly type: 'NoteLeaving'; readonly reason: string; readonly at: string }
  /** It has been ready for at least so many milliseconds. */
  | { readonly type: 'ReadMeter'; readonly readyMs: number; readonly at: string }
  | { readonly type: 'StopWorker'; readonly reason: string; readonly at: string }
  | {
      readonly type: 'NoteExited';
      readonly exitCode: number | null;
      readonly reason: string;
      readonly readyMs: number;
      /** From ready until it was given its run, null when that never reached it. */
      readonly boundAfterMs: number | null;
      /** The same as `readyMs`, by capacity's own clock; null when it did not see all of it. */
      readonly observedMs: number | null;
      readonly at: string;
    };

const order: readonly WorkerStatus[] = ['REQUESTED', 'LAUNCHED', 'READY', 'BOUND', 'EXITED'];

/** Whether a worker has got at least that far. */
export const reached = (worker: Worker, status: WorkerStatus): boolean =>
  order.indexOf(worker.status) >= order.indexOf(status);

/** Whether a worker still is, or will be, a process. */
export const isLive = (worker: Worker): boolean => worker.status !== 'EXITED';

/** Whether it waits in its pool for a run. */
export const isFree = (worker: Worker): boolean =>
  worker.jobRunId === null && worker.stopReason === null && isLive(worker);

/** The allocation it works for, null for one without a run. */
export const allocationOfWorker = ({ jobRunId, attempt }: Worker): string | null =>
  jobRunId === null ? null : allocationIdOf(jobRunId, attempt ?? 1);

/** How much of its ready time a pool's worker idled: all of it, if no run ever reached it. */
const idleMsOf = (
  { pooled }: Worker,
  { readyMs, boundAfterMs }: { readonly readyMs: number; readonly boundAfterMs: number | null },
): number => (pooled ? Math.min(readyMs, boundAfterMs ?? readyMs) : 0);

/** What of its life is metered, as a member of its next metering. */
const meteredOf = ({ metered }: Worker): { readonly metered?: MeteredLife } =>
  metered === undefined ? {} : { metered: { readyMs: metered.readyMs, idleMs: metered.idleMs } };

/** How long one was ready that has ended: where nobody saw its end, at least as long as its meter said. */
const livedMs = (
  { metered }: Worker,
  { exitCode, readyMs }: Extract<WorkerCommand, { type: 'NoteExited' }>,
): number => (exitCode === null ? Math.max(readyMs, metered?.readyMs ?? 0) : readyMs);

const unless = (already: boolean, event: WorkerEvent): readonly WorkerEvent[] =>
  already ? [] : [event];

function decideLive(
  command: Exclude<WorkerCommand, { type: 'RequestWorker' }>,
  worker: Worker,
): readonly WorkerEvent[] {
  const { at } = command;
  const { workerId, jobRunId, attempt, applicationId, accountId, workerType, size } = worker;
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
    case 'AssignWorker': {
      const { type: _, ...assignment } = command;
      return unless(!isFree(worker), {
        type: 'WorkerAssigned',
        data: { workerId, applicationId, ...assignment },
      });
    }
    case 'NoteBound':
      return jobRunId === null
        ? []
        : unless(reached(worker, 'BOUND'), {
            type: 'WorkerBound',
            data: { workerId, jobRunId, attempt: attempt ?? 1, applicationId, workerType, at },
          });
    case 'NoteLeaving':
      return unless(worker.leaving || worker.stopReason !== null || !isLive(worker), {
        type: 'WorkerDecommissioning',
        data: { reason: command.reason, at },
      });
    case 'ReadMeter': {
      const { readyMs } = command;
      const { metered, boundAfterMs } = worker;
      const isOver = !isLive(worker) || !reached(worker, 'READY');
      return unless(isOver || readyMs <= (metered?.readyMs ?? 0), {
        type: 'WorkerMeterRead',
        data: {
          ...{ workerId, jobRunId, attempt, applicationId, accountId, workerType, size },
          reading: (metered?.reading ?? 0) + 1,
          readyMs,
          idleMs: idleMsOf(worker, { readyMs, boundAfterMs }),
          ...meteredOf(worker),
          at,
        },
      });
    }
    case 'StopWorker':
      return unless(worker.stopReason !== null || !isLive(worker), {
        type: 'WorkerStopRequested',
        data: { reason: command.reason, at },
      });
    case 'NoteExited': {
      const { exitCode, reason, observedMs, boundAfterMs } = command;
      const readyMs = livedMs(worker, command);
      return unless(!isLive(worker), {
        type: 'WorkerExited',
        data: {
          workerId,
          jobRunId,
          attempt,
          applicationId,
          accountId,
          workerType,
          size,
          exitCode,
          reason,
          readyMs,
          observedMs,
          idleMs: idleMsOf(worker, {
            readyMs,
            boundAfterMs: boundAfterMs ?? (exitCode === null ? worker.boundAfterMs : null),
          }),
          ...meteredOf(worker),
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
      // Requests from before there were attempts are of the first.
      attempt: request.jobRunId === null ? null : (request.attempt ?? 1),
      status: 'REQUESTED',
      pooled: request.jobRunId === null,
      leaving: false,
      pid: null,
      stopReason: null,
      exitCode: null,
      readyMs: 0,
      requestedAt: at,
      readyAt: null,
      boundAfterMs: null,
      exitedAt: null,
    };
  }
  return state.status === 'ABSENT' ? state : evolveLive(state, event);
}

const sinceReady = ({ readyAt }: Worker, at: string): number | null =>
  readyAt === null ? null : Math.max(0, Date.parse(at) - Date.parse(readyAt));

function evolveLive(
  worker: Worker,
  event: Exclude<WorkerEvent, { type: 'WorkerRequested' }>,
): Worker {
  switch (event.type) {
    case 'WorkerLaunched':
      return { ...worker, status: 'LAUNCHED', pid: event.data.pid };
    case 'WorkerReady':
      return { ...worker, status: 'READY', readyAt: event.data.at };
    case 'WorkerAssigned': {
      const { jobRunId, attempt, executorId, resourceProfileId, reason } = event.data;
      return { ...worker, jobRunId, attempt, executorId, resourceProfileId, reason };
    }
    case 'WorkerDecommissioning':
      return { ...worker, leaving: true };
    case 'WorkerBound':
      return { ...worker, status: 'BOUND', boundAfterMs: sinceReady(worker, event.data.at) };
    case 'WorkerMeterRead': {
      const { reading, readyMs, idleMs } = event.data;
      return { ...worker, metered: { reading, readyMs, idleMs } };
    }
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
