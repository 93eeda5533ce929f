/** An agent's report becomes events: of the worker, and of the run whose worker it was. */
import type { AgentMessage, WorkerFact } from '@firesteel/contracts/agent-protocol';
import type { AllocationOutcome } from '@firesteel/contracts/events';
import type { AppendMeta } from '@firesteel/event-store';
import { handleIn, load } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { allocations, pools, workers } from '../fleet/tables.ts';
import { allocationOfWorker, type Worker, type WorkerCommand } from '../worker/worker.ts';

type Exited = Extract<WorkerFact, { kind: 'exited' }>;

/** A worker that never came to be ends like one that did, with nothing to bill. */
const failedLaunch = (reason: string): Exited => ({
  kind: 'exited',
  exitCode: null,
  reason,
  outOfMemory: false,
  lastExceptions: '',
  readyMs: 0,
  boundAfterMs: null,
});

function commandOf(fact: WorkerFact, at: string, observedMs: number | null): WorkerCommand {
  switch (fact.kind) {
    case 'launched':
      return { type: 'NoteLaunched', pid: fact.pid, at };
    case 'ready':
      return { type: 'NoteReady', bootMs: fact.bootMs, at };
    case 'bound':
      return { type: 'NoteBound', at };
    case 'launchFailed':
      return commandOf(failedLaunch(fact.reason), at, null);
    case 'exited': {
      const { exitCode, reason, readyMs, boundAfterMs } = fact;
      return { type: 'NoteExited', exitCode, reason, readyMs, boundAfterMs, observedMs, at };
    }
  }
}

/** What a driver's end means for its run. */
function outcomeOf(exit: Exited): AllocationOutcome {
  const { exitCode, outOfMemory, lastExceptions, reason } = exit;
  return exitCode === null
    ? { kind: 'driverLost', reason }
    : { kind: 'driverExited', exitCode, outOfMemory, lastExceptions: lastExceptions || reason };
}

async function onExit(
  tx: EntityManager,
  worker: Worker,
  exit: Exited,
  at: string,
  meta: AppendMeta,
): Promise<void> {
  const { workerId, applicationId, requestedAt, stopReason } = worker;
  const allocationId = allocationOfWorker(worker);
  const itsOwnEnd = exit.exitCode === 0 || stopReason !== null;
  const reason = exit.lastExceptions || exit.reason;
  if (allocationId === null) {
    // A worker that waits has no reason to end by itself, with whatever code.
    const failed = { type: 'CountPoolFailure', workerId, reason, at } as const;
    if (stopReason === null) await handleIn(tx, pools, applicationId, failed, meta);
    return;
  }
  if (worker.workerType === 'SPARK_DRIVER') {
    await handleIn(
      tx,
      allocations,
      allocationId,
      { type: 'DriverEnded', outcome: outcomeOf(exit), at },
      meta,
    );
    return;
  }
  if (itsOwnEnd) return;
  await handleIn(
    tx,
    allocations,
    allocationId,
    { type: 'CountExecutorFailure', workerId, requestedAt, readyMs: exit.readyMs, reason, at },
    meta,
  );
}

/**
 * Takes one durable fact; a repeated one changes nothing. `at` is our own clock's, `observedMs` how long
 * we have known the worker ready by our own monotonic one.
 */
export async function takeFact(
  tx: EntityManager,
  message: Extract<AgentMessage, { type: 'fact' }>,
  at: string,
  metaOf: (jobRunId: string) => AppendMeta,
  observedMs: number | null,
): Promise<void> {
  const { state: before } = await load(tx, workers, message.workerId);
  if (before.status === 'ABSENT' || before.status === 'EXITED') return;
  const meta = before.jobRunId === null ? {} : metaOf(before.jobRunId);
  await handleIn(tx, workers, message.workerId, commandOf(message.fact, at, observedMs), meta);
  const { fact } = message;
  if (fact.kind === 'exited') await onExit(tx, before, fact, at, meta);
  if (fact.kind === 'launchFailed') await onExit(tx, before, failedLaunch(fact.reason), at, meta);
}

/** A worker that its agent should hold and does not: it ended where nobody saw it. */
export const lostFact = (workerId: string): Extract<AgentMessage, { type: 'fact' }> => ({
  type: 'fact',
  factId: `${workerId}/lost`,
  workerId,
  at: '',
  fact: failedLaunch('the worker was lost together with its host or its files'),
});
