/** Where allocations, workers, pools and zones are kept; the live ones are what every decision looks at. */
import type {
  AllocationEvent,
  PoolEvent,
  WorkerEvent,
  ZoneEvent,
} from '@firesteel/contracts/events';
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { executeBound } from '@firesteel/event-store/bound';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import {
  type Allocation,
  type AllocationCommand,
  type AllocationState,
  allocation,
} from '../allocation/allocation.ts';
import { type Pool, type PoolCommand, type PoolState, pool } from '../pool/pool.ts';
import {
  allocationOfWorker,
  type Worker,
  type WorkerCommand,
  type WorkerState,
  worker,
} from '../worker/worker.ts';
import { type ZoneCommand, type ZoneState, zone } from '../zone/zone.ts';

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
    allocationId: p.text().fieldName('allocation_id').nullable(),
    applicationId: p.text().fieldName('application_id'),
    pooled: p.boolean(),
    requestedAt: p.text().fieldName('requested_at'),
    live: p.boolean(),
  },
});

export const PoolRow = defineEntity({
  name: 'PoolRow',
  tableName: 'pool',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<Pool>(),
    live: p.boolean(),
  },
});

export const ZoneRow = defineEntity({
  name: 'ZoneRow',
  tableName: 'zone',
  properties: { id: p.text().primary(), version: p.integer(), state: p.json<ZoneState>() },
});

/** Every table of capacity, for its composition root and its tests. */
export const fleetEntities = [AllocationRow, WorkerRow, PoolRow, ZoneRow];

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
      ? { allocation_id: null, application_id: '', pooled: false, requested_at: '', live: false }
      : {
          allocation_id: allocationOfWorker(state),
          application_id: state.applicationId,
          pooled: state.pooled,
          requested_at: state.requestedAt,
          live: state.status !== 'EXITED',
        },
};

export const pools: Aggregate<PoolState, PoolCommand, PoolEvent> = {
  category: 'pool',
  decider: pool,
  entity: PoolRow,
  columns: ({ status }) => ({ live: !['ABSENT', 'RELEASED', 'FAILED'].includes(status) }),
};

export const zones: Aggregate<ZoneState, ZoneCommand, ZoneEvent> = {
  category: 'zone',
  decider: zone,
  entity: ZoneRow,
  columns: () => ({}),
};

/** What there is at one moment: allocations and pools with live workers or not yet ended, every live worker. */
export type Fleet = {
  readonly allocations: readonly Allocation[];
  readonly workers: readonly Worker[];
  readonly pools: readonly Pool[];
  /** Zones about which something was said. */
  readonly zones: readonly ZoneState[];
};

/** One statement, so that all of it is of one moment even outside a transaction. */
const fleetSql = `
  with live as materialized (select allocation_id, application_id, pooled, state from worker where live)
  select 'workers' as kind, state from live
  union all select 'allocations', state from allocation
    where live or id in (select allocation_id from live)
  union all select 'pools', state from pool
    where live or id in (select application_id from live where pooled)
  union all select 'zones', state from zone`;

type FleetRow = { [Kind in keyof Fleet]: { kind: Kind; state: Fleet[Kind][number] } }[keyof Fleet];

/** Reads the fleet; allocations in the order in which they were asked for, pools too. */
export async function readFleet(em: EntityManager): Promise<Fleet> {
  const rows = await executeBound<FleetRow>(em, fleetSql, []);
  const statesOf = <Kind extends keyof Fleet>(kind: Kind): Fleet[Kind][number][] =>
    rows.filter((row) => row.kind === kind).map(({ state }) => state as Fleet[Kind][number]);
  // Requests of one millisecond are many where reactions are taken together, and clocks are set.
  const byAge = (a: Allocation, b: Allocation): number =>
    (a.askedSeq ?? 0) - (b.askedSeq ?? 0) ||
    a.requestedAt.localeCompare(b.requestedAt) ||
    a.jobRunId.localeCompare(b.jobRunId);
  return {
    allocations: statesOf('allocations').sort(byAge),
    workers: statesOf('workers'),
    pools: statesOf('pools').sort((a, b) => a.requestedAt.localeCompare(b.requestedAt)),
    zones: statesOf('zones'),
  };
}

/** How many executors an attempt has ever had: the next one's number. */
export async function executorsSoFar(em: EntityManager, allocationId: string): Promise<number> {
  const all = await em.count(WorkerRow, { allocationId });
  return Math.max(0, all - 1);
}

/** How many pre-initialised workers an application has ever had: the next one's number. */
export const poolWorkersSoFar = (em: EntityManager, applicationId: string): Promise<number> =>
  em.count(WorkerRow, { applicationId, pooled: true });

/** The application's workers of late, the newest first, those that have ended included. */
export async function recentWorkers(
  em: EntityManager,
  applicationId: string,
  limit: number,
): Promise<readonly Worker[]> {
  const rows = await em.find(
    WorkerRow,
    { applicationId },
    { orderBy: { requestedAt: 'desc', id: 'desc' }, limit, disableIdentityMap: true },
  );
  return rows.map(({ state }) => state);
}
