/**
 * Usage by who pays it: a run pays for every worker that was ready for it, an application for the
 * seconds that its pre-initialised workers idled (reference emr-serverless §5.1 rules 4 and 5). A worker
 * is metered at its end, and at each reading of its meter before, under the price list that was in effect
 * at that moment.
 */
import { createHash } from 'node:crypto';
import type { BillingEvent, WorkerEvent } from '@firesteel/contracts/events';
import type { WorkerSize, WorkerType } from '@firesteel/contracts/worker-size';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';
import { newSharesOf, usedSecondsOf } from '../rating/billed-seconds.ts';
import type { RatedWorker } from '../rating/quantity.ts';

/** One worker's metered life under one price list, or the part of it that this payer pays; seconds are whole. */
export type WorkerUsage = {
  /** That of its latest metering. */
  readonly usageId: string;
  /** The reading by which it was metered last; left out once it has ended. */
  readonly reading?: number;
  readonly workerId: string;
  /** Attempt of the run, from 1; null where the application pays. */
  readonly attempt: number | null;
  readonly workerType: WorkerType;
  readonly size: WorkerSize;
  /** From ready until it was metered last, whoever pays. */
  readonly lifeSeconds: number;
  readonly usedSeconds: number;
  readonly billedSeconds: number;
  readonly priceListId: string;
};

/** What is rated under one price list. */
export type ListedWorker = RatedWorker & { readonly priceListId: string };

/** Metered workers of one size and price list, or parts of them, added up: quantities need no more. */
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
  /** In the order in which they were metered last. */
  readonly workers: readonly WorkerUsage[];
};

/** An application of whose pool at least one worker idled. It may live for years, so it keeps only the latest workers apart. */
export type PoolUsage = Metered & {
  readonly jobRunId: null;
  /** The latest, in the order in which they were metered last. */
  readonly workers: readonly WorkerUsage[];
  /** All that were metered before them. */
  readonly earlier: readonly SizeUsage[];
};

export type MeteredUsage = RunUsage | PoolUsage;

export type UsageState = { readonly status: 'ABSENT' } | MeteredUsage;

type Exited = Extract<WorkerEvent, { type: 'WorkerExited' }>['data'];
type MeterRead = Extract<WorkerEvent, { type: 'WorkerMeterRead' }>['data'];

/** What is told of a worker's life: its end, or with a `reading` that it lives on. */
export type ToldLife = Omit<Exited, 'exitCode' | 'reason'> & Partial<Pick<MeterRead, 'reading'>>;

/** One metered usage, as the fact says. */
export type Metering = Extract<BillingEvent, { type: 'WorkerUsageMetered' }>['data'];

/** What an operator says of one usage, and what was said of it before, oldest first. */
export type CorrectUsage = {
  readonly type: 'CorrectUsage';
  readonly metering: Metering;
  readonly earlier: readonly CorrectionData[];
  /** Of how many whole seconds it is to be, used and billed. */
  readonly seconds: number;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
};

type CorrectionData = Extract<BillingEvent, { type: 'UsageCorrected' }>['data'];

/** A worker has ended, or its meter was read; `priceListId` names the list in effect when that was. */
export type MeterUsage = {
  /** On the usage of its run, and on that of its application for what it idled. */
  readonly type: 'MeterWorker' | 'MeterIdleWorker';
  readonly life: ToldLife;
  readonly priceListId: string;
};

export type UsageCommand = MeterUsage | CorrectUsage;

/** The facts this aggregate is made of. */
export type UsageEvent = MeteredEvent | CorrectedEvent;
type MeteredEvent = Extract<BillingEvent, { type: 'WorkerUsageMetered' }>;
type CorrectedEvent = Extract<BillingEvent, { type: 'UsageCorrected' }>;

/** The id of the usage that an application pays; no job run has such an id. */
export const poolUsageIdOf = (applicationId: string): string => `application-${applicationId}`;

/** Workers of a pool that are kept apart; those before them are added up by size. */
const workersKept = 100;

/**
 * The identity of a usage: SHA-256 (hex) of worker, attempt and segment. A worker serves one run, once,
 * so the attempt is a constant. The segment is 0 for the run's part at its end, else the number of the
 * reading; `idle` for the application's part at its end, else `idle.` and that number.
 */
export const usageIdOf = (workerId: string, share: Shared = 'run', reading?: number): string =>
  createHash('sha256')
    .update(`${workerId}\n1\n${segmentOf(share, reading)}`)
    .digest('hex');

/** Whose part of a life is metered: its run's, or what its application's pool idled. */
type Shared = 'run' | 'idle';

const segmentOf = (share: Shared, reading: number | undefined): string => {
  if (share === 'run') return String(reading ?? 0);
  return reading === undefined ? 'idle' : `idle.${reading}`;
};

/** Everything that is rated: one entry a worker, or several workers of one size added up. */
export const ratedWorkersOf = (usage: MeteredUsage): readonly ListedWorker[] =>
  usage.jobRunId === null ? [...usage.earlier, ...usage.workers] : usage.workers;

const shareOf = { MeterWorker: 'run', MeterIdleWorker: 'idle' } as const;

/** Whether a reading, or the end, is in what was metered. Of a pool's workers before the latest, postings know it. */
function isMetered(state: UsageState, { workerId, reading }: ToldLife): boolean {
  if (state.status === 'ABSENT') return false;
  const last = state.workers.findLast((worker) => worker.workerId === workerId);
  if (last === undefined) return false;
  return last.reading === undefined || (reading !== undefined && reading <= last.reading);
}

const correctionIdOf = (usageId: string, number: number): string =>
  createHash('sha256').update(`${usageId}\n${number}`).digest('hex');

/** @throws Refused when the usage is of so many seconds already */
function correct({
  metering,
  earlier,
  seconds,
  reason,
  by,
  at,
}: CorrectUsage): readonly UsageEvent[] {
  const { usageId, workerId, jobRunId, applicationId, accountId, size, priceListId } = metering;
  const sum = (member: 'usedSeconds' | 'billedSeconds'): number =>
    earlier.reduce((total, { added }) => total + added[member], metering[member]);
  const added = {
    usedSeconds: seconds - sum('usedSeconds'),
    billedSeconds: seconds - sum('billedSeconds'),
  };
  if (added.usedSeconds === 0 && added.billedSeconds === 0)
    throw new Refused('Conflict', `usage ${usageId} is of ${seconds} seconds already`);
  const correctionId = correctionIdOf(usageId, earlier.length + 1);
  const what = { workerId, jobRunId, applicationId, accountId, size, priceListId };
  const data = { correctionId, usageId, ...what, usageAt: metering.at, seconds, added };
  return [{ type: 'UsageCorrected', data: { ...data, reason, by, at } }];
}

const decide = (command: UsageCommand, state: UsageState): readonly UsageEvent[] =>
  command.type === 'CorrectUsage' ? correct(command) : meter(command, state);

function meter(
  { type, life, priceListId }: MeterUsage,
  state: UsageState,
): readonly MeteredEvent[] {
  const share = shareOf[type];
  // Exits from before there were pools do not speak of idling.
  const { readyMs, idleMs = 0, metered, jobRunId, attempt = 1, reading } = life;
  const whole = {
    readyMs,
    idleMs,
    metered,
    served: jobRunId !== null,
    ended: reading === undefined,
  };
  const { usedSeconds, billedSeconds } = newSharesOf(whole)[share];
  // Nobody pays for a worker that never became ready, nor an application for one that never idled.
  const isNothing = usedSeconds === 0 && billedSeconds === 0;
  if (isNothing || isMetered(state, life)) return [];
  const { workerId, applicationId, accountId, workerType, size, at } = life;
  return [
    {
      type: 'WorkerUsageMetered',
      data: {
        usageId: usageIdOf(workerId, share, reading),
        workerId,
        jobRunId: share === 'run' ? jobRunId : null,
        attempt: share === 'run' ? attempt : null,
        applicationId,
        accountId,
        workerType,
        size,
        ...(reading === undefined ? {} : { reading }),
        readyMs,
        usedSeconds,
        billedSeconds,
        priceListId,
        at,
      },
    },
  ];
}

function workerOf({ data }: MeteredEvent): WorkerUsage {
  const { usageId, workerId, workerType, size, readyMs } = data;
  const { usedSeconds, billedSeconds, priceListId } = data;
  // Usage from before there were retries is of the first attempt.
  const attempt = data.jobRunId === null ? null : (data.attempt ?? 1);
  const lifeSeconds = usedSecondsOf(readyMs);
  const metering = data.reading === undefined ? {} : { reading: data.reading };
  const identity = { usageId, ...metering, workerId, attempt, workerType, size };
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

/** Adds what was metered of a worker to what was metered of it before under the same price list. */
function withWorker(workers: readonly WorkerUsage[], metered: WorkerUsage): readonly WorkerUsage[] {
  const isBefore = ({ workerId, priceListId }: WorkerUsage): boolean =>
    workerId === metered.workerId && priceListId === metered.priceListId;
  const before = workers.find(isBefore);
  if (before === undefined) return [...workers, metered];
  const usedSeconds = before.usedSeconds + metered.usedSeconds;
  const billedSeconds = before.billedSeconds + metered.billedSeconds;
  return [
    ...workers.filter((worker) => worker !== before),
    { ...metered, usedSeconds, billedSeconds },
  ];
}

function withPoolWorker(usage: PoolUsage, worker: WorkerUsage): PoolUsage {
  const workers = withWorker(usage.workers, worker);
  return {
    ...usage,
    workers: workers.slice(-workersKept),
    earlier: workers.slice(0, -workersKept).reduce(addedTo, usage.earlier),
  };
}

type Seconds = { readonly usedSeconds: number; readonly billedSeconds: number };

const plus = <Some extends Seconds>(some: Some, added: Seconds): Some => ({
  ...some,
  usedSeconds: some.usedSeconds + added.usedSeconds,
  billedSeconds: some.billedSeconds + added.billedSeconds,
});

/** Adds a correction to its worker's seconds; where that is not kept apart any more, to those like it. */
function corrected(state: MeteredUsage, { data }: CorrectedEvent): MeteredUsage {
  const { workerId, size, priceListId, added } = data;
  const isIt = (worker: WorkerUsage): boolean =>
    worker.workerId === workerId && worker.priceListId === priceListId;
  const workers = state.workers.map((worker) =>
    // The life is what it was found to be, so that what others pay of it stays.
    isIt(worker)
      ? { ...plus(worker, added), lifeSeconds: worker.lifeSeconds + added.usedSeconds }
      : worker,
  );
  if (state.jobRunId !== null) return { ...state, workers };
  if (state.workers.some(isIt)) return { ...state, workers };
  const like = { size, priceListId, usedSeconds: 0, billedSeconds: 0 };
  const earlier = state.earlier.map((sum) => (ratedAlike(sum, like) ? plus(sum, added) : sum));
  return { ...state, earlier };
}

function evolve(state: UsageState, event: UsageEvent): UsageState {
  if (event.type === 'UsageCorrected')
    return state.status === 'METERED' ? corrected(state, event) : state;
  const worker = workerOf(event);
  if (state.status === 'METERED')
    return state.jobRunId === null
      ? withPoolWorker(state, worker)
      : { ...state, workers: withWorker(state.workers, worker) };
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
