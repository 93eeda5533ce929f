/**
 * What capacity and a worker-agent say to each other, JSON over one WebSocket that the agent opens at
 * `ws://<capacity>/agents` with its service token. Capacity states wishes and repeats them until the
 * agent's facts agree; the agent repeats every fact until it is acknowledged.
 */
import { z } from 'zod';

const size = z.object({
  vcpu: z.number().int().positive(),
  memoryMb: z.number().int().positive(),
  diskGb: z.number().int().positive(),
});
const workerType = z.enum(['SPARK_DRIVER', 'SPARK_EXECUTOR']);

/** How a worker's JVM is started, before it belongs to a run. */
export const workerSpec = z.object({
  workerType,
  releaseLabel: z.string(),
  size,
  /** Heap that Spark asked for, in MB; the agent applies WORKER_SCALE (never below 512 MB). */
  heapMb: z.number().int().positive(),
  javaOptions: z.array(z.string()),
  /** True for a worker that waits in a pool: it loads its classes meanwhile. One started for a run must not. */
  waits: z.boolean().optional(),
});
export type WorkerSpec = z.infer<typeof workerSpec>;

/** What a ready worker is bound to: one run, once. The secret is derived at the moment of sending, never stored. */
export const assignment = z.object({
  accountId: z.string(),
  applicationId: z.string(),
  jobRunId: z.string(),
  /** Attempt of the run, from 1; its credentials and its scratch space are its own. */
  attempt: z.number().int().positive(),
  /** Logs lie under `attempts/<attempt>/`, as those of streaming runs and of runs with retries do. */
  logsByAttempt: z.boolean(),
  executionRoleArn: z.string(),
  executionIamPolicy: z.string().nullable(),
  logUri: z.string().nullable(),
  /** spark.authenticate.secret of this run. */
  sparkSecret: z.string(),
  traceparent: z.string().nullable(),
  work: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('driver'),
      sparkSubmitArguments: z.array(z.string()),
      sparkProperties: z.record(z.string(), z.string()),
      environment: z.record(z.string(), z.string()),
    }),
    z.object({
      kind: z.literal('executor'),
      executorId: z.string(),
      driverUrl: z.string(),
      cores: z.number().int().positive(),
      resourceProfileId: z.number().int(),
      /** `spark.*` network and security properties an executor needs before it has met its driver. */
      sparkProperties: z.record(z.string(), z.string()),
      environment: z.record(z.string(), z.string()),
    }),
  ]),
});
export type Assignment = z.infer<typeof assignment>;

/** Capacity → agent. */
export const agentCommand = z.discriminatedUnion('type', [
  /** Start a JVM; repeated launches of the same id are one worker. */
  z.object({ type: z.literal('launch'), workerId: z.string(), spec: workerSpec }),
  /** Hand a ready (or starting: bind as soon as it is ready) worker its run; at most one bind per worker ever. */
  z.object({ type: z.literal('bind'), workerId: z.string(), assignment }),
  /** SIGTERM to the worker's process group, SIGKILL after the grace; repeated until an exit fact. */
  z.object({
    type: z.literal('stop'),
    workerId: z.string(),
    reason: z.string(),
    graceMs: z.number().int().nonnegative(),
  }),
  /** These facts are committed; forget them. An exit acknowledged lets the work directory be removed. */
  z.object({ type: z.literal('acknowledge'), factIds: z.array(z.string()) }),
  /** Answer to a `targets` demand, for the driver's log: executors that cannot be had, in AWS' words. */
  z.object({ type: z.literal('refusals'), workerId: z.string(), messages: z.array(z.string()) }),
]);
export type AgentCommand = z.infer<typeof agentCommand>;

/** Durable facts about one worker, in the order in which they happened. Milliseconds are monotonic. */
export const workerFact = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('launched'), pid: z.number().int() }),
  z.object({ kind: z.literal('ready'), bootMs: z.number().int().nonnegative() }),
  z.object({ kind: z.literal('bound') }),
  z.object({
    kind: z.literal('exited'),
    /** Exit code as a shell gives it (128 + signal); null when nobody saw the end. */
    exitCode: z.number().int().nullable(),
    reason: z.string(),
    outOfMemory: z.boolean(),
    /** The last lines of the driver's exceptions, empty for executors and for exit 0. */
    lastExceptions: z.string(),
    /** From ready until the process had ended; 0 when it never was ready. */
    readyMs: z.number().int().nonnegative(),
    /** From ready until it was given its run; null when it never was. */
    boundAfterMs: z.number().int().nonnegative().nullable(),
  }),
  /** The JVM could not be started at all (no runtime, no disk, role not assumable …). */
  z.object({ kind: z.literal('launchFailed'), reason: z.string() }),
]);
export type WorkerFact = z.infer<typeof workerFact>;

/** Agent → capacity. */
export const agentMessage = z.discriminatedUnion('type', [
  /** First message of a connection: who I am and every worker I hold, adopted ones included. */
  z.object({
    type: z.literal('hello'),
    agentId: z.string(),
    zone: z.string(),
    /** What this agent may start, in AWS' sizes. */
    capacity: z.object({ vcpu: z.number(), memoryMb: z.number() }),
    workers: z.array(
      z.object({ workerId: z.string(), state: z.enum(['starting', 'ready', 'bound', 'exited']) }),
    ),
  }),
  z.object({
    type: z.literal('fact'),
    factId: z.string(),
    workerId: z.string(),
    at: z.string(),
    fact: workerFact,
  }),
  /** The driver's backend is up and can be reached by executors at this url. */
  z.object({
    type: z.literal('driverRegistered'),
    workerId: z.string(),
    jobRunId: z.string(),
    driverUrl: z.string(),
  }),
  z.object({
    type: z.literal('targets'),
    workerId: z.string(),
    jobRunId: z.string(),
    sequence: z.number().int(),
    targets: z.array(
      z.object({
        resourceProfileId: z.number().int(),
        executors: z.number().int().nonnegative(),
        cores: z.number().int().positive(),
        memoryMb: z.number().int().positive(),
        memoryOverheadMb: z.number().int().nonnegative(),
      }),
    ),
  }),
  /** Spark wants these executors gone now (kill) or is draining them (decommission). */
  z.object({
    type: z.literal('executorsLeaving'),
    workerId: z.string(),
    jobRunId: z.string(),
    executorIds: z.array(z.string()),
    how: z.enum(['kill', 'decommission']),
  }),
  /** Timings of one run for the bench and the trace; not durable. */
  z.object({
    type: z.literal('milestone'),
    workerId: z.string(),
    jobRunId: z.string(),
    name: z.string(),
    epochMs: z.number(),
  }),
]);
export type AgentMessage = z.infer<typeof agentMessage>;
