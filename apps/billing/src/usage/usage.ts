/**
 * Usage by who pays it: a run pays for every worker that was ready for it, an application for the
 * seconds that its pre-initialised workers idled (reference emr-serverless §5.1 rules 4 and 5). Every
 * worker is metered once, at its end, under the price list that was in effect at that moment.
 */
import { createHash } from 'node:crypto';
import type { BillingEvent, WorkerEvent } from '@firesteel/contracts/events';
import type { WorkerSize, WorkerType } from '@firesteel/contracts/worker-size';
import type { Decider } from '@firesteel/decider';
import { sharesOf, usedSecondsOf } from '../rating/billed-seconds.ts';
import type { RatedWorker } from '../rating/quantity.ts';

/** One worker's metered life, or the part of it that this payer pays; seconds are whole. */
export type WorkerUsage = {
  readonly usageId: string;
  readonly workerId: string;
  /** Attempt of the run, from 1; null where the application pays. */
  readonly attempt: number | null;
  readonly workerType: WorkerType;
  readonly size: WorkerSize;
  /** From ready until ended, whoever pays. */
  readonly lifeSeconds: number;
  readonly usedSeconds: number;
  readonly billedSeconds: number;
  readonly priceListId: string;
};

/** What is rated under one price list. */
export type ListedWorker = RatedWorker & { readonly priceListId: string };

/** Metered workers of one size and price list, added up: quantities need no more. */
export type SizeUsage = ListedWorker & { readonly workers: number };

type Metered = {
  readonly status: 'METERED';
  readonly applicationId: string;
  readonly accountId: string;
  /** That of its first worker. */
  readonly priceListId: string;
};

/** A run of which at least one worker has been metered. */
export type RunUsage = Metered & {
  readonly jobRunId: string;
  /** In the order in which they ended. */
  readonly workers: readonly WorkerUsage[];
};

/** An application of whose pool at least one worker idled. It may live for years, so it keeps only the latest workers apart. */
export type PoolUsage = Metered & {
  readonly jobRunId: null;
  /** The latest, in the order in which they ended. */
  readonly workers: readonly WorkerUsage[];
  /** All that ended before them. */
  readonly earlier: readonly SizeUsage[];
};

export type MeteredUsage = RunUsage | PoolUsage;

export type UsageState = { readonly status: 'ABSENT' } | MeteredUsage;

type Exited = Extract<WorkerEvent, { type: 'WorkerExited' }>['data'];

/** A worker has ended; `priceListId` names the list in effect when it did. */
export type UsageCommand = {
  /** On the usage of its run, and on that of its application for what it idled. */
  readonly type: 'MeterWorker' | 'MeterIdleWorker';
  readonly exited: Exited;
  readonly priceListId: string;
};

/** The fact this aggregate is made of. */
export type UsageEvent = Extract<BillingEvent, { type: 'WorkerUsageMetered' }>;

/** The id of the usage that an application pays; no job run has such an id. */
export const poolUsageIdOf = (applicationId: string): string => `application-${applicationId}`;

/** Workers of a pool that are kept apart; those before them are added up by size. */
const workersKept = 100;

/**
 * The identity of a usage: SHA-256 (hex) of worker, attempt and segment. A worker serves one run, once,
 * and is metered once at its end, so the attempt is a constant and there are two segments: 0 for the
 * run's part, `idle` for the application's.
 */
export const usageIdOf = (workerId: string, attempt = 1, segment: number | 'idle' = 0): string =>
  createHash('sha256').update(`${workerId}\n${attempt}\n${segment}`).digest('hex');

/** Everything that is rated: one entry a worker, or several workers of one size added up. */
export const ratedWorkersOf = (usage: MeteredUsage): readonly ListedWorker[] =>
  usage.jobRunId === null ? [...usage.earlier, ...usage.workers] : usage.workers;

const payers = {
  MeterWorker: { share: 'run', segment: 0 },
  MeterIdleWorker: { share: 'idle', segment: 'idle' },
} as const;

const isMetered = (state: UsageState, usageId: string): boolean =>
  state.status === 'METERED' && state.workers.some((worker) => worker.usageId === usageId);

function decide(
  { type, exited, priceListId }: UsageCommand,
  state: UsageState,
): readonly UsageEvent[] {
  const { share, segment } = payers[type];
  const usageId = usageIdOf(exited.workerId, 1, segment);
  // Exits from before there were pools do not speak of idling.
  const { readyMs, idleMs = 0, jobRunId, attempt = 1 } = exited;
  const { usedSeconds, billedSeconds } = sharesOf(readyMs, idleMs, jobRunId !== null)[share];
  // Nobody pays for a worker that never became ready, nor an application for one that never idled.
  if (billedSeconds === 0 || isMetered(state, usageId)) return [];
  const { workerId, applicationId, accountId, workerType, size, at } = exited;
  return [
    {
      type: 'WorkerUsageMetered',
      data: {
        usageId,
        workerId,
        jobRunId: share === 'run' ? jobRunId : null,
        attempt: share === 'run' ? attempt : null,
        applicationId,
        accountId,
        workerType,
        size,
        readyMs,
        usedSeconds,
        billedSeconds,
        priceListId,
        at,
      },
    },
  ];
}

function workerOf({ data }: UsageEvent): WorkerUsage {
  const { usageId, workerId, workerType, size, readyMs } = data;
  const { usedSeconds, billedSeconds, priceListId } = data;
  // Usage from before there were retries is of the first attempt.
  const attempt = data.jobRunId === null ? null : (data.attempt ?? 1);
  const lifeSeconds = usedSecondsOf(readyMs);
  const identity = { usageId, workerId, attempt, workerType, size };
  return { ...identity, lifeSeconds, usedSeconds, billedSeconds, priceListId };
}

const ratedAlike = (a: ListedWorker, b: ListedWorker): boolean =>
  a.size.vcpu === b.size.vcpu &&
  a.size.memoryMb === b.size.memoryMb &&
  a.size.diskGb === b.size.diskGb &&
  a.priceListId === b.priceListId;

/** Adds a worker to those of its size and price list. */
function addedTo(sums: readonly SizeUsage[], worker: WorkerUsage): readonly SizeUsage[] {
  const { size, usedSeconds, billedSeconds, priceListId } = worker;
  const isNew = !sums.some((sum) => ratedAlike(sum, worker));
  if (isNew) return [...sums, { size, workers: 1, usedSeconds, billedSeconds, priceListId }];
  return sums.map((sum) =>
    ratedAlike(sum, worker)
      ? {
          ...sum,
          workers: sum.workers + 1,
          usedSeconds: sum.usedSeconds + usedSeconds,
          billedSeconds: sum.billedSeconds + billedSeconds,
        }
      : sum,
  );
}

function withPoolWorker(usage: PoolUsage, worker: WorkerUsage): PoolUsage {
  const workers = [...usage.workers, worker];
  return {
    ...usage,
    workers: workers.slice(-workersKept),
    earlier: workers.slice(0, -workersKept).reduce(addedTo, usage.earlier),
  };
}

function evolve(state: UsageState, event: UsageEvent): UsageState {
  const worker = workerOf(event);
  if (state.status === 'METERED')
    return state.jobRunId === null
      ? withPoolWorker(state, worker)
      : { ...state, workers: [...state.workers, worker] };
  const { jobRunId, applicationId, accountId, priceListId } = event.data;
  const first = { status: 'METERED', applicationId, accountId, priceListId } as const;
  return jobRunId === null
    ? { ...first, jobRunId, workers: [worker], earlier: [] }
    : { ...first, jobRunId, workers: [worker] };
}

export const usage: Decider<UsageState, UsageCommand, UsageEvent> = {
  initial: { status: 'ABSENT' },
  decide,
  evolve,
};
