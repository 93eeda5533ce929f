/**
 * How many executors a run should have right now: a pure function of its targets, its workers, its
 * pool and the room that is left. Spark names the executors that go; only those that never started
 * work are taken back here.
 */
import { fitWorker } from '@firesteel/contracts/worker-fit';
import type { ExecutorTarget, WorkerPlan } from '@firesteel/contracts/worker-size';
import type { Allocation } from '../allocation/allocation.ts';
import { minus, type Room, times, timesSize } from '../fleet/room.ts';
import { freeFor } from '../pool/matching.ts';
import type { Worker } from '../worker/worker.ts';

/** Executors to start, all of one profile. */
export type Launch = {
  readonly resourceProfileId: number;
  readonly count: number;
  readonly plan: WorkerPlan;
  readonly reason: string;
};

/** A pre-initialised worker that becomes an executor. */
export type Assignment = {
  readonly worker: Worker;
  readonly resourceProfileId: number;
  readonly reason: string;
};

export type Sizing = {
  readonly assignments: readonly Assignment[];
  readonly launches: readonly Launch[];
  /** Executors that were asked for but are wanted no more, and have not begun to work. */
  readonly takenBack: readonly Worker[];
  /** In AWS' words, when a limit keeps executors away; null otherwise. */
  readonly refusal: { readonly executors: number; readonly reason: string } | null;
};

/** A driver's target, and how many may be had from the pool beside what is started for it. */
type Wanted = ExecutorTarget & { readonly fromPool: number };

/**
 * Before the driver has spoken, the gang, and from the pool, where they cost nothing, as many as the
 * run begins with; afterwards what it says, never more than the run's maximum.
 */
export function wantedTargets({ plan, targets }: Allocation): readonly Wanted[] {
  if (targets !== null)
    return targets.map((target) => {
      const executors = Math.min(target.executors, plan.maxExecutors);
      return { ...target, executors, fromPool: executors };
    });
  const { size, heapMb } = plan.executor;
  const executors = Math.min(plan.gangExecutors, Math.max(plan.initialExecutors, 1));
  return [
    {
      resourceProfileId: 0,
      executors,
      fromPool: Math.max(executors, plan.initialExecutors),
      cores: size.vcpu,
      memoryMb: heapMb,
      memoryOverheadMb: 0,
    },
  ];
}

/** The worker for a profile: the run's own executor for the default one, else fitted to what it states. */
function planFor(target: ExecutorTarget, allocation: Allocation): WorkerPlan | undefined {
  const { executor } = allocation.plan;
  if (target.resourceProfileId === 0) return executor;
  const size = fitWorker(
    target.cores,
    target.memoryMb + target.memoryOverheadMb,
    executor.size.diskGb,
  );
  return size && { ...executor, size, heapMb: target.memoryMb };
}

const exceeded = (plan: WorkerPlan, left: Room): string =>
  [
    left.vcpu < plan.size.vcpu ? `cpu: ${plan.size.vcpu} vCPU` : '',
    left.memoryMb < plan.size.memoryMb ? `memory: ${plan.size.memoryMb / 1024} GB` : '',
    left.diskGb < plan.size.diskGb ? `disk: ${plan.size.diskGb} GB` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

/** AWS' driver log line (reference emr-serverless §4.7); the bracket lists the limits that were met. */
const limitMessage = (plan: WorkerPlan, room: Rooms): string => {
  if (times(room.application, plan.size) === 0)
    return `ApplicationMaxCapacityExceededException: Worker could not be allocated as the application has exceeded maximumCapacity settings: [${exceeded(plan, room.application)}]`;
  if (times(room.account, plan.size) === 0)
    return `ServiceQuotaExceededException: Worker could not be allocated as the account has exceeded its quota of concurrent vCPUs: [${exceeded(plan, room.account)}]`;
  if (room.growth <= 0)
    return 'Worker could not be allocated as runs that wait for room in the zone come first.';
  return `Worker could not be allocated as the zone has no room left: [${exceeded(plan, room.zone)}]`;
};

/** A profile that no worker can hold would otherwise wait in silence. */
const noSuchWorker = ({ cores, memoryMb, memoryOverheadMb }: ExecutorTarget): string =>
  `Worker could not be allocated as no worker has ${cores} vCPU and ${Math.ceil((memoryMb + memoryOverheadMb) / 1024)} GB, overhead included.`;

const begunWork = (worker: Worker): boolean => worker.status === 'BOUND';

/** What limits a run at this moment. */
export type Rooms = {
  readonly application: Room;
  readonly account: Room;
  readonly zone: Room;
  /** Executors it may still be started, however much room there is: others wait for that room. */
  readonly growth: number;
};

function without(left: Rooms, { size }: WorkerPlan, count: number): Rooms {
  const taken = timesSize(size, count);
  return {
    application: minus(left.application, taken),
    account: minus(left.account, taken),
    // Disk is the application's limit only: the zone's is the host's.
    zone: minus(left.zone, taken),
    growth: left.growth - count,
  };
}

const possibleIn = ({ application, account, zone, growth }: Rooms, { size }: WorkerPlan): number =>
  Math.max(0, Math.min(times(application, size), times(account, size), times(zone, size), growth));

/**
 * @param executors the run's live executors that nobody has asked to stop and that are not leaving
 * @param poolWorkers free pre-initialised workers in the run's zone
 * @param room what is left under the application's maximum, the account's quota and in the run's zone
 */
export function rightSize(
  allocation: Allocation,
  executors: readonly Worker[],
  poolWorkers: readonly Worker[],
  room: Rooms,
): Sizing {
  const assignments: Assignment[] = [];
  const launches: Launch[] = [];
  const takenBack: Worker[] = [];
  let refusal: Sizing['refusal'] = null;
  let left = room;
  let free = poolWorkers;
  for (const target of wantedTargets(allocation)) {
    const held = executors.filter(
      (worker) => worker.resourceProfileId === target.resourceProfileId,
    );
    const missing = target.executors - held.length;
    if (missing < 0) takenBack.push(...held.filter((worker) => !begunWork(worker)).slice(missing));
    const plan = planFor(target, allocation);
    if (!plan) {
      if (missing > 0) refusal = { executors: missing, reason: noSuchWorker(target) };
      continue;
    }
    const reason = `the driver wants ${target.executors} executors and has ${held.length}`;
    const { resourceProfileId } = target;
    const warm = freeFor(allocation, 'SPARK_EXECUTOR', plan, free).slice(
      0,
      Math.max(0, target.fromPool - held.length),
    );
    free = free.filter((worker) => !warm.includes(worker));
    assignments.push(...warm.map((worker) => ({ worker, resourceProfileId, reason })));
    const cold = missing - warm.length;
    if (cold <= 0) continue;
    const count = Math.min(cold, possibleIn(left, plan));
    if (count > 0) launches.push({ resourceProfileId, count, plan, reason });
    // The next profile sees what this one takes.
    left = without(left, plan, count);
    if (count < cold) refusal = { executors: cold - count, reason: limitMessage(plan, left) };
  }
  return { assignments, launches, takenBack, refusal };
}
