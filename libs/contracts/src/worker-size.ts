/** The sizes, plans and targets that job-scheduler states, capacity decides and agents carry out. */

/** The two kinds of Spark worker; Hive's join them with the Hive runtime. */
export type WorkerType = 'SPARK_DRIVER' | 'SPARK_EXECUTOR';

/** A billed worker size (reference emr-serverless §4.1). GB means 2^30 bytes (behaviours row 21). */
export type WorkerSize = {
  readonly vcpu: number;
  readonly memoryMb: number;
  readonly diskGb: number;
};

/** How many executors of one resource profile a driver wants at this moment: absolute, not a change. */
export type ExecutorTarget = {
  readonly resourceProfileId: number;
  readonly executors: number;
  readonly cores: number;
  readonly memoryMb: number;
  readonly memoryOverheadMb: number;
};

/** One worker of a plan: its billed size and the JVM heap Spark asked for, in MB before any scaling. */
export type WorkerPlan = {
  readonly size: WorkerSize;
  readonly heapMb: number;
  readonly javaOptions: readonly string[];
};

/** An application's limit over all its workers at any time; disk null: no limit. */
export type MaximumCapacity = {
  readonly vcpu: number;
  readonly memoryMb: number;
  readonly diskGb: number | null;
};

/**
 * Pre-initialised workers of one type: how many, and what a run must not exceed to be given one.
 * The heap is what is left of the worker's memory beside Spark's overhead.
 */
export type PoolPlan = WorkerPlan & {
  readonly workerType: WorkerType;
  readonly count: number;
};

/** What a run needs from capacity, worked out from its parameters by job-scheduler. */
export type AllocationPlan = {
  readonly driver: WorkerPlan;
  readonly executor: WorkerPlan;
  /** Executors admitted together with the driver: max(1, minExecutors or the static number). */
  readonly gangExecutors: number;
  /** The target before the driver has stated one of its own. */
  readonly initialExecutors: number;
  readonly maxExecutors: number;
  /** Arguments for spark-submit, without master and without what the agent knows better. */
  readonly sparkSubmitArguments: readonly string[];
  /** Spark properties in AWS' order of precedence, already merged. */
  readonly sparkProperties: { readonly [key: string]: string };
  readonly environment: { readonly [key: string]: string };
  readonly executionRoleArn: string;
  readonly executionIamPolicy: string | null;
  /** `s3://bucket/prefix` of s3MonitoringConfiguration, null when no S3 logging was asked for. */
  readonly logUri: string | null;
  /** True for streaming runs and those with retries: each attempt's logs have a folder of their own. */
  readonly logsByAttempt: boolean;
  readonly maximumCapacity: MaximumCapacity | null;
  /** Subnets of the application's network configuration; they say which zones the run may use. */
  readonly subnetIds: readonly string[];
};

/** The id of a run's allocation: every attempt has its own stream and its own workers. */
export const allocationIdOf = (jobRunId: string, attempt: number): string =>
  attempt === 1 ? jobRunId : `${jobRunId}.${attempt}`;
