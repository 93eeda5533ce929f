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
  readonly maximumCapacity: {
    readonly vcpu: number;
    readonly memoryMb: number;
    readonly diskGb: number | null;
  } | null;
};
