/** Workers of a run that is ending or has ended are asked to stop; the last exit ends it. */
import { handleIn } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Allocation } from '../allocation/allocation.ts';
import { idOfAllocation } from '../allocation/allocation-id.ts';
import { allocations, type Fleet, workers } from '../fleet/tables.ts';
import { allocationOfWorker, isLive } from '../worker/worker.ts';
import type { Surroundings } from './reconcile.ts';

const reasons: Partial<Record<NonNullable<Allocation['outcome']>['kind'], string>> = {
  cancelled: 'the run was cancelled',
  zoneLost: 'another attempt has taken its place',
};

/** Answers whether anything changed. */
export async function clearUp(
  tx: EntityManager,
  fleet: Fleet,
  { at, metaOf }: Surroundings,
): Promise<boolean> {
  let changed = false;
  for (const allocation of fleet.allocations) {
    const { jobRunId, status, outcome } = allocation;
    if (status !== 'ENDING' && status !== 'ENDED') continue;
    const id = idOfAllocation(allocation);
    const live = fleet.workers.filter(
      (worker) => allocationOfWorker(worker) === id && isLive(worker),
    );
    const reason = (outcome && reasons[outcome.kind]) ?? 'the run has ended';
    const meta = metaOf(jobRunId);
    const unasked = live.filter(({ stopReason }) => stopReason === null);
    changed ||= unasked.length > 0 || (status === 'ENDING' && live.length === 0);
    for (const worker of unasked)
      await handleIn(tx, workers, worker.workerId, { type: 'StopWorker', reason, at }, meta);
    if (status === 'ENDING' && live.length === 0)
      await handleIn(tx, allocations, id, { type: 'FinishEnding', at }, meta);
  }
  return changed;
}
