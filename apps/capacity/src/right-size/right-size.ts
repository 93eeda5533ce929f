/**
 * How many executors a run should have right now: a pure function of its targets, its workers and the
 * room that is left. Spark names the executors that go; only those that never started work are
 * taken back here.
 */
import { fitWorker } from '@firesteel/contracts/worker-fit';
import type { ExecutorTarget, WorkerPlan } from '@firesteel/contracts/worker-size';
import type { Allocation } from '../allocation/allocation.ts';
import { minus, type Room, sumOf, times } from '../fleet/room.ts';
import type { Worker } from '../worker/worker.ts';

/** Executors to start, all of one profile. */
export type Launch = {
  readonly resourceProfileId: number;
  readonly count: number;
  readonly plan: WorkerPlan;
  readonly reason: string;
};

export type Sizing = {
  readonly launches: readonly Launch[];
  /** Executors that were asked for but are wanted no more, and have not begun to work. */
  readonly takenBack: readonly Worker[];
  /** In AWS' words, when a limit keeps executors away; null otherwise. */
  readonly refusal: { readonly executors: number; readonly reason: string } | null;
};

/** Before the driver has spoken, the gang; afterwards what it says, never more than the run's maximum. */
export function wantedTargets({ plan, targets }: Allocation): readonly ExecutorTarget[] {
  if (targets !== null)
    return targets.map((target) => ({
      ...target,
      executors: Math.min(target.executors, plan.maxExecutors),
    }));
  const { size, heapMb } = plan.executor;
  return [
    {
      resourceProfileId: 0,
      executors: Math.min(plan.gangExecutors, Math.max(plan.initialExecutors, 1)),
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
const limitMessage = (plan: WorkerPlan, room: Rooms): string =>
  times(room.application, plan.size) === 0
    ? `ApplicationMaxCapacityExceededException: Worker could not be allocated as the application has exceeded maximumCapacity settings: [${exceeded(plan, room.application)}]`
    : `Worker could not be allocated as the zone has no room left: [${exceeded(plan, room.zone)}]`;

/** A profile that no worker can hold would otherwise wait in silence. */
const noSuchWorker = ({ cores, memoryMb, memoryOverheadMb }: ExecutorTarget): string =>
  `Worker could not be allocated as no worker has ${cores} vCPU and ${Math.ceil((memoryMb + memoryOverheadMb) / 1024)} GB, overhead included.`;

const begunWork = (worker: Worker): boolean => worker.status === 'BOUND';

type Rooms = { readonly application: Room; readonly zone: Room };

function without(left: Rooms, { size }: WorkerPlan, count: number): Rooms {
  const taken = sumOf(Array.from({ length: count }, () => size));
  // Disk is the application's limit only: the zone's is the host's.
  return { application: minus(left.application, taken), zone: minus(left.zone, taken) };
}

/**
 * @param executors the run's live executors that nobody has asked to stop
 * @param room what is left under the application's maximum and in the run's zone
 */
export function rightSize(
  allocation: Allocation,
  executors: readonly Worker[],
  room: Rooms,
): Sizing {
  const launches: Launch[] = [];
  const takenBack: Worker[] = [];
  let refusal: Sizing['refusal'] = null;
  let left = room;
  for (const target of wantedTargets(allocation)) {
    const held = executors.filter(
      (worker) => worker.resourceProfileId === target.resourceProfileId,
    );
    const missing = target.executors - held.length;
    if (missing < 0) takenBack.push(...held.filter((worker) => !begunWork(worker)).slice(missing));
    if (missing <= 0) continue;
    const plan = planFor(target, allocation);
    if (!plan) {
      refusal = { executors: missing, reason: noSuchWorker(target) };
      continue;
    }
    const possible = Math.min(times(left.application, plan.size), times(left.zone, plan.size));
    const count = Math.min(missing, possible);
    if (count > 0)
      launches.push({
        resourceProfileId: target.resourceProfileId,
        count,
        plan,
        reason: `the driver wants ${target.executors} executors and has ${held.length}`,
      });
    // The next profile sees what this one takes.
    left = without(left, plan, count);
    if (count < missing) refusal = { executors: missing - count, reason: limitMessage(plan, left) };
  }
  return { launches, takenBack, refusal };
}
