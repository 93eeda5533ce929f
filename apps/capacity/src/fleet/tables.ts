/** Where allocations and workers are kept; the live ones are what every decision looks at. */
import type { AllocationEvent, WorkerEvent } from '@firesteel/contracts/events';
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import {
  type Allocation,
  type AllocationCommand,
  type AllocationState,
  allocation,
} from '../allocation/allocation.ts';
import { type Worker, type WorkerCommand, type WorkerState, worker } from '../worker/worker.ts';

export const AllocationRow = defineEntity({
  name: 'AllocationRow',
  tableName: 'allocation',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<Allocation>(),
    live: p.boolean(),
  },
});

export const WorkerRow = defineEntity({
  name: 'WorkerRow',
  tableName: 'worker',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<Worker>(),
    jobRunId: p.text().fieldName('job_run_id'),
    live: p.boolean(),
  },
});

export const allocations: Aggregate<AllocationState, AllocationCommand, AllocationEvent> = {
  category: 'allocation',
  decider: allocation,
  entity: AllocationRow,
  columns: ({ status }) => ({ live: status !== 'ABSENT' && status !== 'ENDED' }),
};

export const workers: Aggregate<WorkerState, WorkerCommand, WorkerEvent> = {
  category: 'worker',
  decider: worker,
  entity: WorkerRow,
  columns: (state) =>
    state.status === 'ABSENT'
      ? { job_run_id: '', live: false }
      : { job_run_id: state.jobRunId, live: state.status !== 'EXITED' },
};

/** What there is at one moment: allocations with live workers or not yet ended, and every live worker. */
export type Fleet = {
  readonly allocations: readonly Allocation[];
  readonly workers: readonly Worker[];
};

/** Reads the fleet; allocations in the order in which they were asked for. */
export async function readFleet(em: EntityManager): Promise<Fleet> {
  const workerRows = await em.find(WorkerRow, { live: true }, { disableIdentityMap: true });
  const held = [...new Set(workerRows.map(({ jobRunId }) => jobRunId))];
  const rows = await em.find(
    AllocationRow,
    { $or: [{ live: true }, { id: { $in: held } }] },
    { disableIdentityMap: true },
  );
  const byAge = (a: Allocation, b: Allocation): number =>
    a.requestedAt.localeCompare(b.requestedAt) || a.jobRunId.localeCompare(b.jobRunId);
  return {
    allocations: rows.map(({ state }) => state).sort(byAge),
    workers: workerRows.map(({ state }) => state),
  };
}

/** How many executors a run has ever had: the next one's number. */
export async function executorsSoFar(em: EntityManager, jobRunId: string): Promise<number> {
  const all = await em.count(WorkerRow, { jobRunId });
  return Math.max(0, all - 1);
}
