/** One step of a run, and what its end means for the gate: the next in the queue goes ahead. */
import type { AppendMeta } from '@firesteel/event-store';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { isFinal, type JobRunCommand, type JobRunState } from './job-run.ts';
import { gates, jobRuns } from './tables.ts';

/**
 * Gives a run a command within the transaction; when that ends the run it leaves its gate, and the
 * run that waited longest is taken out of the queue.
 * @throws Refused from the run's decider
 */
export async function step(
  tx: EntityManager,
  jobRunId: string,
  command: JobRunCommand,
  meta: AppendMeta,
): Promise<JobRunState> {
  const { state, events } = await handleIn(tx, jobRuns, jobRunId, command, meta);
  if (state.status === 'ABSENT' || events.length === 0 || !isFinal(state.status)) return state;
  await leaveGate(tx, state.applicationId, jobRunId, command.at, meta);
  return state;
}

async function leaveGate(
  tx: EntityManager,
  applicationId: string,
  jobRunId: string,
  at: string,
  meta: AppendMeta,
): Promise<void> {
  const left = await handleIn(tx, gates, applicationId, { type: 'LeaveGate', jobRunId, at }, meta);
  for (const event of left.events)
    if (event.type === 'GateAdvanced')
      await handleIn(tx, jobRuns, event.data.jobRunId, { type: 'DequeueJobRun', at }, meta);
}
