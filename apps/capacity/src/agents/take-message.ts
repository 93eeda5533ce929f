/** What an agent's message does to the fleet; the conversation itself is in `agents.ts`. */
import type { AgentMessage } from '@firesteel/contracts/agent-protocol';
import type { AppendMeta } from '@firesteel/event-store';
import { load, transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { AllocationCommand } from '../allocation/allocation.ts';
import { allocations, readFleet, workers, zones } from '../fleet/tables.ts';
import { allocationOfWorker, isLive, reached } from '../worker/worker.ts';
import type { Agent } from './agents.ts';
import { lostFact, takeFact } from './facts.ts';

export type Taking = {
  readonly em: EntityManager;
  readonly at: () => string;
  readonly metaOf: (jobRunId: string) => AppendMeta;
};

export type MessageOf<Type extends AgentMessage['type']> = Extract<AgentMessage, { type: Type }>;

/** An agent is back: its zone is restored, what it should hold and does not is lost, what it must not hold is killed. */
export async function takeHello(
  { em, at, metaOf }: Taking,
  agent: Agent,
  message: MessageOf<'hello'>,
): Promise<void> {
  const { zone } = agent.zone;
  const reason = 'its worker-agent is back';
  await handle(em, zones, zone, { type: 'RestoreZone', zone, by: 'silence', reason, at: at() });
  const here = (await readFleet(em.fork())).workers.filter((worker) => worker.zone === zone);
  const held = new Set(message.workers.map(({ workerId }) => workerId));
  for (const worker of here)
    if (reached(worker, 'LAUNCHED') && !held.has(worker.workerId))
      await transact(em, (tx) => takeFact(tx, lostFact(worker.workerId), at(), metaOf, null));
  const ours = new Set(here.map(({ workerId }) => workerId));
  // Its end was closed at the last sign of life: whatever it still does counts for nothing.
  for (const { workerId, state } of message.workers)
    if (state !== 'exited' && !ours.has(workerId))
      agent.send([{ type: 'stop', workerId, reason: 'superseded', graceMs: 0 }]);
}

/** A driver's word is taken for the attempt that its worker serves, while that worker lives. */
async function tellAllocation(
  { em, metaOf }: Taking,
  { workerId }: { readonly workerId: string },
  command: AllocationCommand,
): Promise<void> {
  const { state } = await load(em.fork(), workers, workerId);
  if (state.status === 'ABSENT' || !isLive(state) || state.jobRunId === null) return;
  const id = allocationOfWorker(state);
  if (id !== null) await handle(em, allocations, id, command, metaOf(state.jobRunId));
}

export const takeDriverRegistered = (
  taking: Taking,
  message: MessageOf<'driverRegistered'>,
): Promise<void> => {
  const { driverUrl } = message;
  return tellAllocation(taking, message, { type: 'RegisterDriver', driverUrl, at: taking.at() });
};

export const takeTargets = (taking: Taking, message: MessageOf<'targets'>): Promise<void> => {
  const { sequence, targets } = message;
  return tellAllocation(taking, message, {
    type: 'SetTargets',
    sequence,
    targets,
    at: taking.at(),
  });
};

/**
 * Executors that Spark lets go. Decommissioned ones end by themselves once their blocks have moved;
 * they count no more, so that replacements start beside them.
 */
export async function takeLeaving(
  { em, at, metaOf }: Taking,
  { workerId, executorIds, how }: MessageOf<'executorsLeaving'>,
): Promise<void> {
  const fleet = await readFleet(em.fork());
  const driver = fleet.workers.find((worker) => worker.workerId === workerId);
  if (!driver || driver.jobRunId === null) return;
  const leaving = fleet.workers.filter(
    (worker) =>
      allocationOfWorker(worker) === allocationOfWorker(driver) &&
      worker.executorId !== null &&
      executorIds.includes(worker.executorId),
  );
  const reason = how === 'kill' ? 'the driver let it go' : 'the driver decommissions it';
  const type = how === 'kill' ? 'StopWorker' : 'NoteLeaving';
  for (const executor of leaving)
    await handle(
      em,
      workers,
      executor.workerId,
      { type, reason, at: at() },
      metaOf(driver.jobRunId),
    );
}
