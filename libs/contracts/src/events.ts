/**
 * The facts services learn from each other, as they travel on `ledger.v1` and the public topics.
 * These names and shapes are storage: add a field or a new type, never rename, never change a meaning.
 */
import type {
  AllocationPlan,
  ExecutorTarget,
  MaximumCapacity,
  PoolPlan,
  WorkerSize,
  WorkerType,
} from './worker-size.ts';

/** Everything JSON can hold; event payloads and aggregate states are made of nothing else. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A fact as its owner says it: past tense, JSON-safe, times as ISO-8601 strings. */
export type Fact<Type extends string = string, Data extends object = object> = {
  readonly type: Type;
  readonly data: Data;
};

/** Who caused an event and how it can be traced; never part of a decision. */
export type EventMeta = {
  readonly traceparent?: string;
  /** ARN of the principal whose request led to the event. */
  readonly principal?: string;
  /** The API request id, as the caller saw it. */
  readonly requestId?: string;
  /** `globalSeq` of the event that a reaction answers. */
  readonly causedBy?: number;
  /** By type, where that has more than one version: in which one it was written; see `upcasting.ts`. */
  readonly schemaVersions?: Readonly<Record<string, number>>;
};

/** An event after the ledger has given it its place in the one order of all facts. */
export type SequencedEvent = {
  /** Dense: 1, 2, 3 …; a hole is proof of tampering. */
  readonly globalSeq: number;
  readonly stream: string;
  /** Dense per stream, from 1. */
  readonly version: number;
  readonly eventId: string;
  readonly type: string;
  /** When the log took it, ISO-8601 UTC. */
  readonly recordedAt: string;
  readonly data: JsonObject;
  readonly meta: EventMeta;
};

// --- application-<applicationId>, owned by application-registry -------------------------------

/** The members of CreateApplication that Firesteel stores and answers as they were given. */
export type ApplicationSettings = { readonly [member: string]: Json };

export type ApplicationEvent =
  | Fact<
      'ApplicationCreating',
      {
        readonly applicationId: string;
        readonly accountId: string;
        readonly region: string;
        readonly name: string | null;
        /** `Spark` or `Hive`, as AWS answers it. */
        readonly engine: 'Spark' | 'Hive';
        readonly releaseLabel: string;
        readonly architecture: 'X86_64' | 'ARM64';
        readonly settings: ApplicationSettings;
        readonly tags: { readonly [key: string]: string };
        /** SHA-256 of the request's parameters: the same client token with others is a conflict. */
        readonly requestHash: string;
        readonly at: string;
      }
    >
  | Fact<'ApplicationCreated', { readonly at: string }>
  | Fact<
      'ApplicationConfigurationChanged',
      {
        readonly releaseLabel: string;
        readonly architecture: 'X86_64' | 'ARM64';
        readonly settings: ApplicationSettings;
        readonly at: string;
      }
    >
  | Fact<
      'ApplicationStarting',
      {
        readonly applicationId: string;
        readonly accountId: string;
        readonly releaseLabel: string;
        /** Workers to have ready before it is STARTED; empty: it starts at once. */
        readonly pools: readonly PoolPlan[];
        readonly maximumCapacity: MaximumCapacity | null;
        /** The subnets of its network configuration; they say which zones it may use. */
        readonly subnetIds: readonly string[];
        readonly at: string;
      }
    >
  | Fact<
      'ApplicationStarted',
      {
        readonly applicationId: string;
        readonly accountId: string;
        /** After so many idle minutes the application stops by itself; null: never. */
        readonly autoStopIdleMinutes: number | null;
        readonly at: string;
      }
    >
  | Fact<
      'ApplicationStopping',
      { readonly applicationId: string; readonly reason: string; readonly at: string }
    >
  | Fact<'ApplicationStopped', { readonly applicationId: string; readonly at: string }>
  | Fact<'ApplicationTerminated', { readonly applicationId: string; readonly at: string }>;

// --- gate-<applicationId>, job-run-<jobRunId> and allowance-<accountId>, owned by job-scheduler ----------------------

export type GateEvent =
  | Fact<
      'GateOpened',
      {
        readonly applicationId: string;
        readonly autoStopIdleMinutes: number | null;
        readonly at: string;
      }
    >
  | Fact<
      'GateClosed',
      { readonly applicationId: string; readonly applicationVersion: number; readonly at: string }
    >
  | Fact<
      'GateIdled',
      { readonly applicationId: string; readonly idleMinutes: number; readonly at: string }
    >
  | Fact<
      'GateEntered',
      {
        readonly jobRunId: string;
        readonly queued: boolean;
        readonly maxConcurrentRuns: number | null;
        readonly at: string;
      }
    >
  | Fact<'GateAdvanced', { readonly jobRunId: string; readonly at: string }>
  | Fact<'GateLeft', { readonly jobRunId: string; readonly at: string }>;

export type JobRunEvent =
  | Fact<
      'JobRunSubmitted',
      {
        readonly jobRunId: string;
        readonly applicationId: string;
        readonly accountId: string;
        readonly region: string;
        readonly createdBy: string;
        readonly name: string | null;
        readonly releaseLabel: string;
        readonly architecture: 'X86_64' | 'ARM64';
        readonly executionRoleArn: string;
        /** False: the role does not exist or does not trust the service; the run ends FAILED. */
        readonly executionRoleAssumable: boolean;
        readonly executionIamPolicy: JsonObject | null;
        readonly jobDriver: JsonObject;
        readonly configurationOverrides: JsonObject | null;
        readonly tags: { readonly [key: string]: string };
        readonly executionTimeoutMinutes: number;
        readonly queueTimeoutMinutes: number | null;
        readonly mode: 'BATCH' | 'STREAMING';
        readonly retryPolicy: JsonObject | null;
        readonly networkConfiguration: JsonObject | null;
        readonly imageConfiguration: JsonObject | null;
        /** What capacity has to provide; null when the parameters cannot be run (`refusal` says why). */
        readonly plan: AllocationPlan | null;
        readonly refusal: string | null;
        /** True: the application's concurrency is used up and the run waits in its queue. */
        readonly queued: boolean;
        readonly requestHash: string;
        readonly at: string;
      }
    >
  | Fact<'JobRunQueued', { readonly at: string }>
  | Fact<
      'JobRunDequeued',
      {
        readonly jobRunId: string;
        readonly applicationId: string;
        readonly accountId: string;
        readonly releaseLabel: string;
        readonly plan: AllocationPlan;
        readonly at: string;
      }
    >
  /** An attempt failed, or its zone was lost, and the next one begins. */
  | Fact<
      'JobRunRetried',
      {
        readonly jobRunId: string;
        readonly applicationId: string;
        readonly accountId: string;
        readonly releaseLabel: string;
        readonly plan: AllocationPlan;
        /** The attempt that begins, from 2. */
        readonly attempt: number;
        /** Why the one before ended, as stateDetails would have said it. */
        readonly cause: string;
        /** True when it does not count against the run's retryPolicy: its zone was lost. */
        readonly free: boolean;
        readonly at: string;
      }
    >
  | Fact<'JobRunPending', { readonly at: string }>
  | Fact<
      'JobRunScheduled',
      {
        readonly zone: string;
        /** What the submitter should know of the start: that it is a cold one beside a pool that does not fit. */
        readonly stateDetails: string;
        readonly at: string;
      }
    >
  | Fact<'JobRunStarted', { readonly at: string }>
  | Fact<
      'JobRunSucceeded',
      { readonly jobRunId: string; readonly applicationId: string; readonly at: string }
    >
  | Fact<
      'JobRunFailed',
      {
        readonly jobRunId: string;
        readonly applicationId: string;
        readonly stateDetails: string;
        readonly at: string;
      }
    >
  | Fact<
      'JobRunCancelling',
      {
        readonly jobRunId: string;
        readonly applicationId: string;
        readonly reason: string;
        readonly graceSeconds: number;
        readonly at: string;
      }
    >
  | Fact<
      'JobRunCancelled',
      {
        readonly jobRunId: string;
        readonly applicationId: string;
        readonly stateDetails: string;
        readonly at: string;
      }
    >;

/** A spent budget that refuses new runs, as job-scheduler keeps it beside its runs; a month's is over with the month. */
export type AllowanceEvent =
  | Fact<'AllowanceWithdrawn', SpentBudget & { readonly accountId: string; readonly at: string }>
  | Fact<
      'AllowanceRestored',
      { readonly budgetId: string; readonly accountId: string; readonly at: string }
    >;

// --- allocation-<allocationId>, worker-*, pool-<applicationId>, zone-<zone>, owned by capacity ---

export type AllocationEvent =
  | Fact<
      'AllocationRequested',
      {
        readonly jobRunId: string;
        readonly applicationId: string;
        readonly accountId: string;
        readonly releaseLabel: string;
        /** Attempt of the run, from 1: `allocationIdOf` names the stream of each. */
        readonly attempt: number;
        readonly plan: AllocationPlan;
        /** The place of the event that asked for it, by which it is served; absent in events of earlier versions. */
        readonly askedSeq?: number;
        readonly at: string;
      }
    >
  | Fact<
      'AllocationDeferred',
      { readonly jobRunId: string; readonly reason: string; readonly at: string }
    >
  | Fact<
      'AllocationGranted',
      {
        readonly jobRunId: string;
        readonly applicationId: string;
        readonly attempt: number;
        readonly zone: string;
        readonly reason: string;
        /** Why workers start cold although the application has a pool; null when it has none or they fit. */
        readonly poolMismatch: string | null;
        readonly at: string;
      }
    >
  | Fact<'DriverRegistered', { readonly driverUrl: string; readonly at: string }>
  | Fact<
      'ExecutorTargetsSet',
      {
        readonly sequence: number;
        readonly targets: readonly ExecutorTarget[];
        readonly at: string;
      }
    >
  | Fact<
      'ExecutorsRefused',
      { readonly executors: number; readonly reason: string; readonly at: string }
    >
  | Fact<
      'ExecutorFailureCounted',
      { readonly workerId: string; readonly reason: string; readonly at: string }
    >
  | Fact<
      'AllocationEnding',
      {
        readonly jobRunId: string;
        readonly outcome: AllocationOutcome;
        readonly graceSeconds: number;
        readonly at: string;
      }
    >
  | Fact<
      'AllocationEnded',
      {
        readonly jobRunId: string;
        readonly applicationId: string;
        readonly attempt: number;
        readonly outcome: AllocationOutcome;
        readonly at: string;
      }
    >;

/** How a run's workers came to their end, as the driver's exit (or its absence) tells. */
export type AllocationOutcome =
  | {
      readonly kind: 'driverExited';
      readonly exitCode: number;
      readonly outOfMemory: boolean;
      readonly lastExceptions: string;
    }
  | { readonly kind: 'driverLost'; readonly reason: string }
  | { readonly kind: 'executorsFailed'; readonly reason: string }
  | { readonly kind: 'cannotFit'; readonly reason: string }
  /** Its zone is impaired; the attempt is fenced off and may be run again elsewhere. */
  | { readonly kind: 'zoneLost'; readonly zone: string; readonly reason: string }
  | { readonly kind: 'cancelled' };

export type WorkerEvent =
  | Fact<
      'WorkerRequested',
      {
        readonly workerId: string;
        readonly applicationId: string;
        /** Null for a worker of the application's pool, until it is assigned. */
        readonly jobRunId: string | null;
        /** Attempt of the run, null as long as there is none. */
        readonly attempt: number | null;
        readonly accountId: string;
        readonly workerType: WorkerType;
        readonly executorId: string | null;
        readonly resourceProfileId: number;
        readonly releaseLabel: string;
        readonly size: WorkerSize;
        /** The JVM's heap before any scaling, and its options: fixed for life. */
        readonly heapMb: number;
        readonly javaOptions: readonly string[];
        readonly zone: string;
        readonly reason: string;
        readonly at: string;
      }
    >
  | Fact<'WorkerLaunched', { readonly pid: number; readonly at: string }>
  | Fact<'WorkerReady', { readonly bootMs: number; readonly at: string }>
  /** A worker of a pool is given to a run, once. */
  | Fact<
      'WorkerAssigned',
      {
        readonly workerId: string;
        readonly applicationId: string;
        readonly jobRunId: string;
        readonly attempt: number;
        readonly executorId: string | null;
        readonly resourceProfileId: number;
        readonly reason: string;
        readonly at: string;
      }
    >
  | Fact<
      'WorkerBound',
      {
        readonly workerId: string;
        readonly jobRunId: string;
        readonly attempt: number;
        readonly applicationId: string;
        readonly workerType: WorkerType;
        readonly at: string;
      }
    >
  /**
   * A worker that lives on has been ready for at least so long: what a long life is metered by before it ends,
   * about every half hour. The figures are those of its whole life so far.
   */
  | Fact<
      'WorkerMeterRead',
      {
        readonly workerId: string;
        readonly jobRunId: string | null;
        readonly attempt: number | null;
        readonly applicationId: string;
        readonly accountId: string;
        readonly workerType: WorkerType;
        readonly size: WorkerSize;
        /** 1, 2, 3 … of this worker. */
        readonly reading: number;
        readonly readyMs: number;
        /** The part of `readyMs` that it idled in its application's pool. */
        readonly idleMs: number;
        /** What the reading before said; left out by the first. */
        readonly metered?: MeteredLife;
        readonly at: string;
      }
    >
  /** Its driver lets an executor go: it moves its blocks, then ends by itself. */
  | Fact<'WorkerDecommissioning', { readonly reason: string; readonly at: string }>
  | Fact<'WorkerStopRequested', { readonly reason: string; readonly at: string }>
  | Fact<
      'WorkerExited',
      {
        readonly workerId: string;
        /** Null for a worker that left its pool without ever having served a run. */
        readonly jobRunId: string | null;
        readonly attempt: number | null;
        readonly applicationId: string;
        readonly accountId: string;
        readonly workerType: WorkerType;
        readonly size: WorkerSize;
        /** Null when nobody saw it end (lost with its host). */
        readonly exitCode: number | null;
        readonly reason: string;
        /** Monotonic milliseconds from ready to run work until the process had ended; 0 when never ready. */
        readonly readyMs: number;
        /**
         * The same as capacity counted by its own monotonic clock between the two reports; null or absent
         * where it did not hear both in one life of its process. Nothing is billed by it, but for a worker
         * of a lost zone, whose `readyMs` is this less the zone's silence.
         */
        readonly observedMs?: number | null;
        /** The part of `readyMs` that it idled in its application's pool; 0 for one started for a run. */
        readonly idleMs: number;
        /** What its last reading said; left out where there was none: then nothing of it is metered yet. */
        readonly metered?: MeteredLife;
        readonly at: string;
      }
    >;

/** What a worker was metered by already, in milliseconds since it was ready. */
export type MeteredLife = { readonly readyMs: number; readonly idleMs: number };

/** The pre-initialised workers of one started application (reference emr-serverless §4.5). */
export type PoolEvent =
  | Fact<
      'PoolRequested',
      {
        readonly applicationId: string;
        readonly accountId: string;
        readonly releaseLabel: string;
        readonly pools: readonly PoolPlan[];
        readonly maximumCapacity: MaximumCapacity | null;
        readonly subnetIds: readonly string[];
        readonly at: string;
      }
    >
  /** In which zone its workers are, and why: at the beginning, and again when that zone is impaired. */
  | Fact<
      'PoolPlaced',
      {
        readonly applicationId: string;
        readonly zone: string;
        readonly reason: string;
        readonly at: string;
      }
    >
  /** Every worker was ready at the same time, for the first time. */
  | Fact<'PoolReady', { readonly applicationId: string; readonly at: string }>
  /** One of its workers ended before a run was given to it, and nobody had asked for that. */
  | Fact<
      'PoolWorkerFailed',
      {
        readonly applicationId: string;
        readonly workerId: string;
        readonly reason: string;
        readonly at: string;
      }
    >
  /** It cannot be had; what there is of it is released. */
  | Fact<
      'PoolFailed',
      { readonly applicationId: string; readonly reason: string; readonly at: string }
    >
  | Fact<
      'PoolReleasing',
      { readonly applicationId: string; readonly reason: string; readonly at: string }
    >
  | Fact<'PoolReleased', { readonly applicationId: string; readonly at: string }>;

/** A zone that takes no work, because its agent is silent or an operator says so. */
export type ZoneEvent =
  | Fact<
      'ZoneImpaired',
      {
        readonly zone: string;
        readonly by: 'operator' | 'silence';
        readonly reason: string;
        readonly at: string;
      }
    >
  | Fact<'ZoneRestored', { readonly zone: string; readonly reason: string; readonly at: string }>;

// --- usage-<jobRunId>, utilization-<jobRunId>, payer-*, posting-<usageId>, statement-<account>.<month>, price-list-<name>, budget-*, owned by billing ---

export type PriceList = {
  readonly priceListId: string;
  readonly region: string;
  readonly architecture: 'X86_64' | 'ARM64';
  readonly currency: 'USD';
  readonly effectiveFrom: string;
  /** Integers in 10⁻¹⁰ USD. */
  readonly vcpuHourE10: number;
  readonly memoryGbHourE10: number;
  readonly storageGbHourE10: number;
  /** The account whose rate card this is; left out: it is everybody's. */
  readonly accountId?: string;
};

/** What is counted, in AWS' units. */
export type Meter = 'vCPU-hours' | 'memory GB-hours' | 'storage GB-hours';

/**
 * One side of a double entry. Exact integers as text, signed: unit-milliseconds of the meter (vCPU·ms, MB·ms, GB·ms),
 * and those times the price an hour in 10⁻¹⁰ USD. Nothing is rounded here.
 */
export type Posting = {
  /** `receivable:<account>:<payer>` or `revenue:<price list>`. */
  readonly account: string;
  readonly meter: Meter;
  readonly unitMs: string;
  readonly amount: string;
};

/** One line of a statement: a meter of one payer under one price list; amounts are rounded once, here. */
export type StatementLine = {
  /** The run; or `application-<id>` for what the application's pool idled. */
  readonly payerId: string;
  readonly applicationId: string;
  readonly jobRunId: string | null;
  readonly priceListId: string;
  readonly meter: Meter;
  /** Exact unit-milliseconds, decimal text. */
  readonly unitMs: string;
  /** 10⁻¹⁰ USD, decimal text. */
  readonly amountE10: string;
};

export type BillingEvent =
  | Fact<'PriceListPublished', PriceList & { readonly at: string }>
  | Fact<
      'WorkerUsageMetered',
      {
        /** SHA-256 of worker, attempt and segment: any redelivery is the same usage. */
        readonly usageId: string;
        readonly workerId: string;
        /** Null: it idled in its application's pool, and the application pays. */
        readonly jobRunId: string | null;
        readonly attempt: number | null;
        readonly applicationId: string;
        readonly accountId: string;
        readonly workerType: WorkerType;
        readonly size: WorkerSize;
        /** The reading of its meter from which this is; left out: its end. */
        readonly reading?: number;
        /** Of its whole life so far, as the worker's own clock counted, or at least so long. */
        readonly readyMs: number;
        /**
         * Whole seconds, rounded up: of its life, or of what the readings before have not metered. Below zero
         * where they had metered more than its end proves.
         */
        readonly usedSeconds: number;
        /** The same with what is missing to the 60 s minimum of a worker's life, at its end. */
        readonly billedSeconds: number;
        readonly priceListId: string;
        readonly at: string;
      }
    >
  /** An operator's word about one metered usage: from now on it is of so many seconds. */
  | Fact<
      'UsageCorrected',
      {
        /** SHA-256 of the usage and the number of its correction. */
        readonly correctionId: string;
        readonly usageId: string;
        readonly workerId: string;
        readonly jobRunId: string | null;
        readonly applicationId: string;
        readonly accountId: string;
        readonly size: WorkerSize;
        readonly priceListId: string;
        /** When the usage was: it stays in the month and under the prices of that moment. */
        readonly usageAt: string;
        readonly seconds: number;
        /** What that adds to what was metered of it, earlier corrections included; below zero: gives back. */
        readonly added: { readonly usedSeconds: number; readonly billedSeconds: number };
        readonly reason: string;
        /** Who says so. */
        readonly by: string;
        readonly at: string;
      }
    >;

/** Who pays, and what statements group and show: a run, or an application for its pool. Told again when it changed. */
export type PayerEvent = Fact<
  'PayerRegistered',
  {
    readonly accountId: string;
    readonly applicationId: string;
    readonly jobRunId: string | null;
    readonly region: string;
    readonly name: string | null;
    readonly tags: { readonly [key: string]: string };
    /** Of a run: how it runs and since when it is there; left out by earlier versions. */
    readonly mode?: 'BATCH' | 'STREAMING';
    readonly createdAt?: string;
    /** `jobLevelCostAllocationConfiguration.enabled`; of a run: as it was when the run was submitted. */
    readonly jobLevelCostAllocation: boolean;
    readonly at: string;
  }
>;

/** Exact unit-milliseconds (vCPU·ms, MB·ms, GB·ms), decimal text. */
export type ExactUtilization = {
  readonly vcpuMs: string;
  readonly memoryMbMs: string;
  readonly storageGbMs: string;
};

/** Hours as AWS shows them, three decimals. */
export type UtilizationHours = {
  readonly vCPUHour: number;
  readonly memoryGBHour: number;
  readonly storageGBHour: number;
};

/** What a run used, as AWS tells EventBridge about every half hour and at its end (`utilization-<jobRunId>`). */
export type UtilizationEvent =
  | Fact<
      'UtilizationBegan',
      {
        readonly jobRunId: string;
        readonly applicationId: string;
        readonly accountId: string;
        /** When its first attempt was running. */
        readonly startedAt: string;
      }
    >
  | Fact<
      'JobRunUtilizationUpdated',
      {
        readonly accountId: string;
        /** From the run's beginning until now, of all attempts. */
        readonly used: ExactUtilization;
        readonly billed: ExactUtilization;
        /** EventBridge's event, member by member as AWS words it (reference emr-serverless §7.5). */
        readonly event: {
          readonly version: '0';
          readonly id: string;
          readonly 'detail-type': 'EMR Serverless Job Resource Utilization Update';
          readonly source: 'aws.emr-serverless';
          readonly account: string;
          readonly time: string;
          readonly region: string;
          readonly resources: readonly [jobRunArn: string];
          readonly detail: {
            readonly applicationId: string;
            readonly jobRunId: string;
            readonly attempt: number;
            readonly mode: 'BATCH' | 'STREAMING';
            readonly createdAt: string;
            /** Left out of a run that never was running. */
            readonly startedAt?: string;
            readonly calculatedFrom: string;
            readonly calculatedTo: string;
            readonly resourceUtilizationFinal: boolean;
            readonly resourceUtilizationForInterval: UtilizationHours;
            readonly billedResourceUtilizationForInterval: UtilizationHours;
            readonly totalResourceUtilization: UtilizationHours;
            readonly totalBilledResourceUtilization: UtilizationHours;
          };
        };
        readonly at: string;
      }
    >;

/** A balanced transaction: for every meter its postings' quantities and amounts are zero in sum. */
export type PostingEvent = Fact<
  'TransactionPosted',
  {
    /** The `usageId`, or the `correctionId`. */
    readonly transactionId: string;
    /** The transaction that this one corrects; null: it is a usage. */
    readonly corrects: string | null;
    /** Why and by whose word it corrects; left out of a usage. */
    readonly correction?: { readonly reason: string; readonly by: string };
    readonly accountId: string;
    readonly applicationId: string;
    readonly jobRunId: string | null;
    readonly priceListId: string;
    /** When the usage ended; it belongs to the statement of this month, UTC. */
    readonly usageAt: string;
    /** Place of the fact from which it is known, and when the log took that. */
    readonly knownSeq: number;
    readonly knownAt: string;
    readonly postings: readonly Posting[];
  }
>;

/** A month's statement of an account has become a fact (`statement-<account>.<month>`). */
export type StatementEvent = Fact<
  'StatementIssued',
  {
    readonly accountId: string;
    /** `2026-11`, UTC. */
    readonly month: string;
    /** From 1; a later one takes in what was learned since. */
    readonly revision: number;
    /** Everything that the log knew up to this place is in it. */
    readonly throughSeq: number;
    /** SHA-256 (hex) over its lines, see apps/billing/RATING.md. */
    readonly digest: string;
    readonly lineCount: number;
    /** The lines' sums by application, price list and meter: an event stays small however many runs there were. */
    readonly lines: readonly StatementLine[];
    /** 10⁻¹⁰ USD, decimal text. */
    readonly totalE10: string;
    readonly at: string;
  }
>;

/** What a budget watches: all of an account, one of its applications, or what bears a tag. */
export type BudgetScope =
  | { readonly kind: 'account' }
  | { readonly kind: 'application'; readonly applicationId: string }
  | { readonly kind: 'tag'; readonly key: string; readonly value: string };

/** What was spent of a budget in a month, as its statement would say; 10⁻¹⁰ USD, decimal text. */
export type SpentBudget = {
  readonly budgetId: string;
  readonly scope: BudgetScope;
  /** `2026-11`, UTC. */
  readonly month: string;
  readonly limitE10: string;
  readonly spentE10: string;
};

/** A monthly budget of an account (`budget-<budgetId>`). */
export type BudgetEvent =
  | Fact<
      'BudgetSet',
      {
        readonly budgetId: string;
        readonly accountId: string;
        readonly scope: BudgetScope;
        readonly limitE10: string;
        /** Per cent of the limit at which to warn, ascending. */
        readonly warnAtPercent: readonly number[];
        /** New runs are refused once it is spent. */
        readonly hard: boolean;
        readonly at: string;
      }
    >
  | Fact<
      'BudgetThresholdPassed',
      SpentBudget & { readonly accountId: string; readonly percent: number; readonly at: string }
    >
  /** A hard one is spent: from now on runs are refused, until it has recovered or the month is over. */
  | Fact<'BudgetExhausted', SpentBudget & { readonly accountId: string; readonly at: string }>
  /** Its month is over, it was raised or removed, or usage was corrected. */
  | Fact<
      'BudgetRecovered',
      {
        readonly budgetId: string;
        readonly accountId: string;
        /** The month in which it had been spent. */
        readonly month: string;
        readonly at: string;
      }
    >
  | Fact<
      'BudgetRemoved',
      { readonly budgetId: string; readonly accountId: string; readonly at: string }
    >;

// --- principal-<account>.root, key-<access key>, user-*, group-*, role-*, policy-*, fence-*, access-*, owned by iam-authorizer ---

/** The answer to one request: who asked for what, and what decided. */
export type AccessDecision = {
  readonly requestId: string;
  readonly accountId: string | null;
  readonly principal: string | null;
  readonly service: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
  /** The statement or rule that decided, or the error code of a failed authentication. */
  readonly decidedBy: string;
  readonly sourceIp: string;
  /** The long-term key that signed; left out for sessions and for who is not known. */
  readonly accessKeyId?: string;
  /** The unique id of the role whose session signed; left out for everybody else, and by earlier versions. */
  readonly roleId?: string;
  /** The region of the signature; left out where neither a key nor a role is named. */
  readonly region?: string;
  readonly at: string;
};

/** An account and its root user's key that the installation itself keeps. */
export type PrincipalEvent =
  | Fact<
      'AccountRegistered',
      {
        readonly accountId: string;
        /** What its operator calls it; the installation's first account has none. */
        readonly name?: string;
        readonly at: string;
      }
    >
  | Fact<
      'AccessKeyCreated',
      {
        readonly accountId: string;
        readonly accessKeyId: string;
        readonly secretSealed: string;
        readonly principal: string;
        readonly at: string;
      }
    >
  | Fact<'AccessKeyDeactivated', { readonly accessKeyId: string; readonly at: string }>
  /** A report of the account's credentials may be read from now on, for four hours. */
  | Fact<'CredentialReportGenerated', { readonly at: string }>
  /** Null: none any more. */
  | Fact<'AccountAliasSet', { readonly alias: string | null; readonly at: string }>
  | Fact<'PasswordPolicySet', { readonly policy: PasswordPolicy | null; readonly at: string }>;

/** What an account asks of passwords (IAM API reference, UpdateAccountPasswordPolicy); days, 0: for ever. */
export type PasswordPolicy = {
  readonly minimumPasswordLength: number;
  readonly requireSymbols: boolean;
  readonly requireNumbers: boolean;
  readonly requireUppercaseCharacters: boolean;
  readonly requireLowercaseCharacters: boolean;
  readonly allowUsersToChangePassword: boolean;
  readonly hardExpiry: boolean;
  readonly maxPasswordAge: number;
  /** How many earlier ones may not be used again. */
  readonly passwordReusePrevention: number;
};

/** An access key that was made with the API, or with its account (`key-<accessKeyId>`). */
export type KeyEvent =
  | Fact<
      'KeyIssued',
      {
        readonly accessKeyId: string;
        readonly accountId: string;
        /** Unique id of the IAM user; null: the account's root user. */
        readonly userId: string | null;
        readonly secretSealed: string;
        readonly at: string;
      }
    >
  | Fact<'KeyStatusSet', { readonly status: 'Active' | 'Inactive'; readonly at: string }>
  | Fact<'KeyDeleted', { readonly at: string }>;

/** A tag of an IAM user, role or policy. */
export type IamTag = { readonly key: string; readonly value: string };

/** What users, groups and roles have in common: policies of their own, and managed ones by their ARN. */
type CarriedPolicyEvent<Owner extends 'User' | 'Group' | 'Role'> =
  | Fact<
      `${Owner}PolicyPut`,
      { readonly policyName: string; readonly policyDocument: string; readonly at: string }
    >
  | Fact<`${Owner}PolicyDeleted`, { readonly policyName: string; readonly at: string }>
  | Fact<`${Owner}PolicyAttached`, { readonly policyArn: string; readonly at: string }>
  | Fact<`${Owner}PolicyDetached`, { readonly policyArn: string; readonly at: string }>;

type TagEvent<Owner extends 'User' | 'Role' | 'Policy' | 'InstanceProfile' | 'MFADevice'> =
  | Fact<`${Owner}Tagged`, { readonly tags: readonly IamTag[]; readonly at: string }>
  | Fact<`${Owner}Untagged`, { readonly tagKeys: readonly string[]; readonly at: string }>;

/** The managed policy that limits a user or role; null: none any more. */
type BoundaryEvent<Owner extends 'User' | 'Role'> = Fact<
  `${Owner}BoundarySet`,
  { readonly policyArn: string | null; readonly at: string }
>;

/** An IAM user (`user-<userId>`). */
export type UserEvent =
  | Fact<
      'UserCreated',
      {
        readonly accountId: string;
        readonly userName: string;
        readonly userId: string;
        readonly path: string;
        readonly permissionsBoundary: string | null;
        readonly tags: readonly IamTag[];
        readonly at: string;
      }
    >
  | Fact<'UserRenamed', { readonly userName: string; readonly path: string; readonly at: string }>
  /** Groups by their unique id. */
  | Fact<'UserAddedToGroup', { readonly groupId: string; readonly at: string }>
  | Fact<'UserRemovedFromGroup', { readonly groupId: string; readonly at: string }>
  /** `passwordHash` is salted and sealed under the master key. */
  | Fact<
      'UserLoginProfileCreated',
      {
        readonly passwordHash: string;
        readonly passwordResetRequired: boolean;
        readonly at: string;
      }
    >
  | Fact<
      'UserLoginProfileUpdated',
      {
        /** Left out when the password stays. */
        readonly passwordHash?: string;
        readonly passwordResetRequired: boolean;
        readonly at: string;
      }
    >
  | Fact<'UserLoginProfileDeleted', { readonly at: string }>
  | Fact<'UserDeleted', { readonly at: string }>
  | CarriedPolicyEvent<'User'>
  | TagEvent<'User'>
  | BoundaryEvent<'User'>;

/** A group of IAM users (`group-<groupId>`). */
export type GroupEvent =
  | Fact<
      'GroupCreated',
      {
        readonly accountId: string;
        readonly groupName: string;
        readonly groupId: string;
        readonly path: string;
        readonly at: string;
      }
    >
  | Fact<'GroupRenamed', { readonly groupName: string; readonly path: string; readonly at: string }>
  | Fact<'GroupDeleted', { readonly at: string }>
  | CarriedPolicyEvent<'Group'>;

/** A role (`role-<roleId>`; those of earlier versions `role-<account>.<name>`). */
export type RoleEvent =
  | Fact<
      'RoleCreated',
      {
        readonly accountId: string;
        readonly roleName: string;
        readonly roleId: string;
        readonly path: string;
        readonly arn: string;
        readonly assumeRolePolicyDocument: string;
        readonly description: string | null;
        readonly maxSessionDuration: number;
        /** Left out by earlier versions, which had none. */
        readonly permissionsBoundary?: string | null;
        readonly tags: readonly IamTag[];
        readonly at: string;
      }
    >
  | Fact<
      'RoleUpdated',
      {
        readonly description: string | null;
        readonly maxSessionDuration: number;
        readonly at: string;
      }
    >
  | Fact<'RoleTrustChanged', { readonly assumeRolePolicyDocument: string; readonly at: string }>
  | Fact<'RoleDeleted', { readonly at: string }>
  | CarriedPolicyEvent<'Role'>
  | TagEvent<'Role'>
  | BoundaryEvent<'Role'>;

/** A managed policy of an account (`policy-<policyId>`); versions are `v1`, `v2`, …, never used again. */
export type PolicyEvent =
  | Fact<
      'PolicyCreated',
      {
        readonly accountId: string;
        readonly policyName: string;
        readonly policyId: string;
        readonly path: string;
        readonly description: string | null;
        readonly document: string;
        readonly tags: readonly IamTag[];
        readonly at: string;
      }
    >
  | Fact<
      'PolicyVersionCreated',
      {
        readonly versionId: string;
        readonly document: string;
        readonly isDefault: boolean;
        readonly at: string;
      }
    >
  | Fact<'PolicyDefaultVersionSet', { readonly versionId: string; readonly at: string }>
  | Fact<'PolicyVersionDeleted', { readonly versionId: string; readonly at: string }>
  | Fact<'PolicyDeleted', { readonly at: string }>
  | TagEvent<'Policy'>;

/** What hands a role to a machine (`instance-profile-<instanceProfileId>`). */
export type InstanceProfileEvent =
  | Fact<
      'InstanceProfileCreated',
      {
        readonly accountId: string;
        readonly instanceProfileName: string;
        readonly instanceProfileId: string;
        readonly path: string;
        readonly tags: readonly IamTag[];
        readonly at: string;
      }
    >
  | Fact<'InstanceProfileRoleAdded', { readonly roleId: string; readonly at: string }>
  | Fact<'InstanceProfileRoleRemoved', { readonly roleId: string; readonly at: string }>
  | Fact<'InstanceProfileDeleted', { readonly at: string }>
  | TagEvent<'InstanceProfile'>;

/**
 * A virtual MFA device (`mfa-device-<id>`). A step is a period of 30 seconds since 1970 (RFC 6238), by the device's own
 * clock; steps up to the latest that was taken are used up.
 */
export type MFADeviceEvent =
  | Fact<
      'MFADeviceCreated',
      {
        readonly accountId: string;
        readonly virtualMFADeviceName: string;
        readonly path: string;
        /** What its codes follow from, sealed under the master key. */
        readonly seedSealed: string;
        readonly tags: readonly IamTag[];
        readonly at: string;
      }
    >
  | Fact<
      'MFADeviceEnabled',
      { readonly userId: string; readonly step: number; readonly at: string }
    >
  /** `drift`: how many steps the device's clock is ahead. */
  | Fact<
      'MFADeviceResynced',
      { readonly step: number; readonly drift: number; readonly at: string }
    >
  | Fact<'MFADeviceCodeAccepted', { readonly step: number; readonly at: string }>
  | Fact<'MFADeviceCodeRefused', { readonly at: string }>
  | Fact<'MFADeviceDeactivated', { readonly at: string }>
  | Fact<'MFADeviceDeleted', { readonly at: string }>
  | TagEvent<'MFADevice'>;

/** What a bucket's owner says of it (`bucket-policy-<bucket>`). A name may have several owners, one after another. */
export type BucketPolicyEvent =
  | Fact<
      'BucketPolicyPut',
      {
        readonly bucket: string;
        /** The bucket's owner. */
        readonly accountId: string;
        readonly document: string;
        readonly at: string;
      }
    >
  /** By DeleteBucketPolicy, or because the bucket is gone. */
  | Fact<'BucketPolicyDeleted', { readonly at: string }>;

/** Credentials of a run's attempts below this one are refused from now on (`fence-<jobRunId>`). */
export type FenceEvent = Fact<
  'AttemptsFenced',
  { readonly jobRunId: string; readonly belowAttempt: number; readonly at: string }
>;

export type AccessEvent = Fact<'AccessDecided', { readonly decisions: readonly AccessDecision[] }>;
