/**
 * The workers of this agent. Commands and file changes come in; each makes the worker's record be read
 * anew, and what the record asks for be done: start, bind, stop, report, ship, remove.
 */
import { randomBytes } from 'node:crypto';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AgentMessage, Assignment, WorkerSpec } from '@firesteel/contracts/agent-protocol';
import { encodeBindLine } from './bind-line.ts';
import type { WorkerAgentConfig } from './config.ts';
import { messagesOf } from './driver-calls.ts';
import { type Installation, type Runtime, runtimeOf } from './installation.ts';
import {
  driverPythonProgram,
  hasWaitingPython,
  launchCommand,
  launchEnvironment,
} from './launch-command.ts';
import type { Log } from './log.ts';
import { readLogEvidence } from './log-evidence.ts';
import { startLogShipping } from './log-shipping.ts';
import { uptimeMs } from './process-table.ts';
import type { CredentialsSource } from './run-credentials.ts';
import type { S3Target } from './s3-request.ts';
import { emptyScratch } from './scratch-cleaning.ts';
import { sparkBinding } from './spark-binding.ts';
import { hasEnded, specOf, type Worker, workerOf } from './worker.ts';
import { endIsAcknowledged, factsOf, type LogEvidence, stateOf } from './worker-facts.ts';
import {
  type BoundRun,
  createWorkerFolder,
  foundWorkers,
  isWorkerId,
  readWorker,
  removeWorkerFolder,
  workerFiles,
  writeAcknowledged,
  writeLaunchFailure,
  writeLogsShipped,
  writeLost,
  writeRun,
  writeSeen,
  writeStop,
} from './worker-folder.ts';
import { askToEnd, killWorker, shimIsAlive, startShim, writeBindLine } from './worker-process.ts';

const tokenBytes = 32;
const logPatienceMs = 120_000;
const endPollMs = 20;
/** How long beyond the grace an end may take to be written down when the agent stops. */
const endSlackMs = 3_000;
const tellingFiles = new Set(['pid', 'ready', 'bound', 'exit']);

export type RosterPorts = {
  readonly config: WorkerAgentConfig;
  /** The port that the loopback server really has. */
  readonly agentPort: number;
  readonly installation: () => Installation;
  readonly credentials: CredentialsSource;
  /** False when capacity cannot be reached now. */
  readonly send: (message: AgentMessage) => boolean;
  readonly log: Log;
};

type Roster = {
  readonly ports: RosterPorts;
  readonly workersDir: string;
  readonly workers: Map<string, Worker>;
};

export type WorkerRoster = {
  readonly launch: (workerId: string, spec: WorkerSpec) => void;
  readonly bind: (workerId: string, assignment: Assignment) => void;
  readonly stop: (workerId: string, reason: string, graceMs: number) => void;
  readonly acknowledge: (factIds: readonly string[]) => void;
  readonly refuse: (workerId: string, messages: readonly string[]) => void;
  readonly find: (workerId: string) => Worker | null;
  readonly all: () => readonly Worker[];
  /** The workers of a hello message. */
  readonly states: () => Extract<AgentMessage, { type: 'hello' }>['workers'];
  /** Everything that a new connection must hear: driver's wishes and unacknowledged facts. */
  readonly repeatAll: () => void;
  /** Looks after workers whose end no file has told, and repeats unacknowledged facts. */
  readonly patrol: () => void;
  /** Stops every worker and waits for their ends to be written down. */
  readonly stopAll: (reason: string, graceMs: number) => Promise<void>;
  /** Lets go of everything in memory; workers live on. */
  readonly release: () => void;
};

const evidenceOf = (worker: Worker): LogEvidence => {
  const { stdout, stderr } = workerFiles(worker.folder);
  worker.evidence ??= readLogEvidence(stdout, stderr);
  return worker.evidence;
};

const report = (roster: Roster, worker: Worker): void => {
  for (const fact of factsOf(worker.record, () => evidenceOf(worker))) {
    if (worker.sent.has(fact.factId)) continue;
    // Order is kept by sending nothing after what could not be sent.
    if (!roster.ports.send(fact)) return;
    worker.sent.add(fact.factId);
  }
};

const removeIfDone = (roster: Roster, worker: Worker): void => {
  if (!hasEnded(worker) || !endIsAcknowledged(worker.record) || !worker.record.logsShipped) return;
  roster.workers.delete(worker.workerId);
  removeWorkerFolder(worker.folder);
};

/** S3 as the worker's run may use it. */
const s3Of = async (roster: Roster, worker: Worker, run: BoundRun): Promise<S3Target> => {
  const { config, credentials } = roster.ports;
  const { s3Endpoint, region } = config;
  return { s3Endpoint, region, credentials: await credentials.of(worker.workerId, run) };
};

const shippingOf = (roster: Roster, worker: Worker) => {
  const { run } = worker.record;
  if (run === null) return null;
  worker.shipping ??= startLogShipping({
    folder: worker.folder,
    run,
    log: roster.ports.log,
    patienceMs: logPatienceMs,
    target: () => s3Of(roster, worker, run),
  });
  return worker.shipping;
};

/** The driver was the last that could have read the blocks. What cannot be swept is only said: nobody can reach it. */
const sweepScratch = async (roster: Roster, worker: Worker): Promise<void> => {
  const { run } = worker.record;
  if (run === null || !run.hasScratch) return;
  try {
    await emptyScratch(run.jobRunId, run.attempt, () => s3Of(roster, worker, run));
  } catch (error) {
    roster.ports.log.warn({ err: error, workerId: worker.workerId }, 'scratch space not emptied');
  }
};

const shipTheEnd = async (roster: Roster, worker: Worker): Promise<void> => {
  try {
    if (!worker.record.logsShipped) await shippingOf(roster, worker)?.finish();
    if (!worker.record.logsShipped) await sweepScratch(roster, worker);
    writeLogsShipped(worker.folder);
  } catch {
    // Abandoned, because the agent stops: the next one ships.
    return;
  }
  roster.ports.credentials.forget(worker.workerId);
  refresh(roster, worker);
};

const handleEnd = (roster: Roster, worker: Worker): void => {
  if (worker.endHandled) return;
  worker.endHandled = true;
  worker.watcher?.close();
  if (worker.killTimer !== null) clearTimeout(worker.killTimer);
  killWorker(worker.folder, worker.record.shim);
  shipTheEnd(roster, worker).catch((error: unknown) => {
    roster.ports.log.error({ err: error, workerId: worker.workerId }, 'end not handled');
  });
};

const stopIfOrdered = (worker: Worker): void => {
  const { stop, shim } = worker.record;
  if (stop === null || hasEnded(worker)) return;
  if (shim === null) {
    if (!worker.startBegun) writeLaunchFailure(worker.folder, stop.reason);
    return;
  }
  const killAtMs = performance.now() + stop.graceMs;
  if (worker.killTimer !== null && killAtMs >= worker.killAtMs) return;
  if (worker.killTimer === null) askToEnd(shim);
  else clearTimeout(worker.killTimer);
  worker.killAtMs = killAtMs;
  worker.killTimer = setTimeout(() => {
    worker.killTimer = null;
    killWorker(worker.folder, shim);
  }, stop.graceMs);
};

const runtimeFor = (
  roster: Roster,
  label: string,
): { installation: Installation; runtime: Runtime } => {
  const installation = roster.ports.installation();
  const runtime = runtimeOf(installation, label);
  if (runtime === null) {
    throw new Error(`No runtime for ${label} here; add it with: firesteel runtime add ${label}`);
  }
  return { installation, runtime };
};

const bindLineOf = (roster: Roster, worker: Worker, assignment: Assignment): string => {
  const { config, agentPort } = roster.ports;
  const { runtime } = runtimeFor(roster, specOf(worker).releaseLabel);
  return encodeBindLine(
    sparkBinding(assignment, {
      workerId: worker.workerId,
      folder: worker.folder,
      agentPort,
      runtime,
      s3Endpoint: config.s3Endpoint,
      region: config.region,
      driverPython: hasWaitingPython(specOf(worker)) ? driverPythonProgram : null,
    }),
  );
};

const bindNow = async (roster: Roster, worker: Worker, assignment: Assignment): Promise<void> => {
  try {
    const line = bindLineOf(roster, worker, assignment);
    const isWanted = (): boolean => !hasEnded(worker) && worker.record.stop === null;
    await writeBindLine(workerFiles(worker.folder).bind, line, isWanted);
  } catch (error) {
    refresh(roster, worker);
    if (hasEnded(worker)) return;
    // A worker that cannot be bound is of no use to anybody: it ends, and capacity hears why.
    const reason = `could not be bound: ${error instanceof Error ? error.message : String(error)}`;
    roster.ports.log.error({ err: error, workerId: worker.workerId }, 'bind failed');
    orderStop(roster, worker, reason, 0);
  }
};

/** A worker need not be ready: it may be warming up, which its work ends. */
const bindIfStarted = (roster: Roster, worker: Worker): void => {
  const { record, assignment } = worker;
  if (assignment === null || record.shim === null || record.bound !== null) return;
  if (worker.bindBegun || record.stop !== null || hasEnded(worker)) return;
  worker.bindBegun = true;
  bindNow(roster, worker, assignment).catch((error: unknown) => {
    roster.ports.log.error({ err: error, workerId: worker.workerId }, 'bind failed');
  });
};

const readAndAct = (roster: Roster, worker: Worker): void => {
  worker.record = readWorker(worker.workerId, worker.folder);
  bindIfStarted(roster, worker);
  stopIfOrdered(worker);
  report(roster, worker);
  if (hasEnded(worker)) handleEnd(roster, worker);
  removeIfDone(roster, worker);
};

/**
 * Reads the worker's record anew and does what it asks for. One worker's trouble (a full disk, a damaged
 * file) must not end the agent, which holds all the others; the patrol tries again.
 */
const refresh = (roster: Roster, worker: Worker): void => {
  if (roster.workers.get(worker.workerId) !== worker) return;
  try {
    readAndAct(roster, worker);
  } catch (error) {
    roster.ports.log.error({ err: error, workerId: worker.workerId }, 'worker not looked after');
  }
};

const orderStop = (roster: Roster, worker: Worker, reason: string, graceMs: number): void => {
  const known = worker.record.stop;
  // A later order may only shorten the grace; the first reason is the one that counts.
  if (known === null || graceMs < known.graceMs) {
    writeStop(worker.folder, { reason: known?.reason ?? reason, graceMs });
  }
  refresh(roster, worker);
};

const watchFolder = (roster: Roster, worker: Worker): void => {
  if (hasEnded(worker)) return;
  try {
    worker.watcher = watch(worker.folder, { persistent: false }, (_event, name) => {
      if (name !== null && tellingFiles.has(name)) refresh(roster, worker);
    });
    worker.watcher.on('error', () => worker.watcher?.close());
  } catch (error) {
    // Out of inotify watches: the patrol sees changes too, only later.
    roster.ports.log.warn({ err: error, workerId: worker.workerId }, 'folder not watched');
  }
};

const enrol = (roster: Roster, workerId: string): Worker => {
  const worker = workerOf(workerId, join(roster.workersDir, workerId));
  roster.workers.set(workerId, worker);
  watchFolder(roster, worker);
  return worker;
};

const failLaunch = (roster: Roster, worker: Worker, error: unknown): void => {
  roster.ports.log.error({ err: error, workerId: worker.workerId }, 'worker not started');
  const reason = error instanceof Error ? error.message : String(error);
  writeLaunchFailure(worker.folder, reason);
  refresh(roster, worker);
};

const startNow = (roster: Roster, worker: Worker): void => {
  const { config, agentPort } = roster.ports;
  const { folder, workerId, token } = worker;
  const spec = specOf(worker);
  const { installation, runtime } = runtimeFor(roster, spec.releaseLabel);
  const { workerScale, region, s3Endpoint, awsEndpoint, searchPath } = config;
  const workIsThere = spec.waits !== true || worker.assignment !== null;
  const child = startShim(
    folder,
    launchCommand({ spec, installation, runtime, workerScale, folder, workIsThere }),
    launchEnvironment({
      ...{ workerId, folder, token: token ?? '', agentPort, installation, runtime },
      ...{ region, s3Endpoint, awsEndpoint, searchPath },
      waitingPython: hasWaitingPython(spec) && !workIsThere,
    }),
  );
  child.on('error', (error) => failLaunch(roster, worker, error));
  child.on('exit', () => {
    refresh(roster, worker);
    noteLoss(roster, worker);
    if (worker.record.shim === null && !hasEnded(worker)) {
      failLaunch(roster, worker, new Error('The worker ended before it had begun'));
    }
  });
};

/** Starts a worker after the messages that came together with its launch: a bind may be among them. */
const start = (roster: Roster, worker: Worker): void => {
  if (worker.startBegun || worker.record.shim !== null || hasEnded(worker)) return;
  worker.startBegun = true;
  setImmediate(() => {
    try {
      startNow(roster, worker);
    } catch (error) {
      failLaunch(roster, worker, error);
    }
  });
};

/** A worker of which nothing is left, or never was, has ended, and nobody saw how. */
const enrolLost = (roster: Roster, workerId: string): void => {
  writeLost(join(roster.workersDir, workerId), 'unknown to this agent');
  refresh(roster, enrol(roster, workerId));
};

/** Nothing can be kept of a worker that has no folder, so its failure is told once for every launch. */
const refuseLaunch = (roster: Roster, workerId: string, error: unknown): void => {
  roster.ports.log.error({ err: error, workerId }, 'no folder for a worker');
  removeWorkerFolder(join(roster.workersDir, workerId));
  roster.ports.send({
    type: 'fact',
    factId: `${workerId}:launchFailed`,
    workerId,
    at: new Date().toISOString(),
    fact: { kind: 'launchFailed', reason: `No folder for the worker: ${String(error)}` },
  });
};

const launch = (roster: Roster, workerId: string, spec: WorkerSpec): void => {
  const known = roster.workers.get(workerId);
  if (known !== undefined) {
    start(roster, known);
    return;
  }
  const token = randomBytes(tokenBytes).toString('base64url');
  try {
    createWorkerFolder(join(roster.workersDir, workerId), spec, token);
  } catch (error) {
    refuseLaunch(roster, workerId, error);
    return;
  }
  start(roster, enrol(roster, workerId));
};

const isSameAttempt = (run: BoundRun, { jobRunId, attempt }: Assignment): boolean =>
  run.jobRunId === jobRunId && run.attempt === attempt;

const bind = (roster: Roster, workerId: string, assignment: Assignment): void => {
  const worker = roster.workers.get(workerId);
  if (worker === undefined) {
    enrolLost(roster, workerId);
    return;
  }
  const { record } = worker;
  if (hasEnded(worker) || record.bound !== null || worker.assignment !== null) return;
  if (record.run !== null && !isSameAttempt(record.run, assignment)) {
    const { jobRunId, attempt } = assignment;
    const boundTo = { jobRunId: record.run.jobRunId, attempt: record.run.attempt };
    roster.ports.log.error(
      { workerId, jobRunId, attempt, boundTo },
      'a second run for one worker is refused',
    );
    return;
  }
  if (record.run === null) writeRun(worker.folder, assignment);
  worker.assignment = assignment;
  refresh(roster, worker);
  shippingOf(roster, worker);
};

const acknowledge = (roster: Roster, factIds: readonly string[]): void => {
  for (const factId of factIds) {
    const split = factId.lastIndexOf(':');
    const worker = roster.workers.get(factId.slice(0, split));
    const kind = factId.slice(split + 1);
    if (worker === undefined || worker.record.acknowledged.includes(kind)) continue;
    writeAcknowledged(worker.folder, [...worker.record.acknowledged, kind]);
    refresh(roster, worker);
  }
};

/**
 * The shim ended and has not said how its JVM did, so it was killed: until now it lived, and its JVM must
 * not live on unwatched.
 */
const noteLoss = (roster: Roster, worker: Worker): void => {
  if (worker.record.shim === null || hasEnded(worker)) return;
  writeSeen(worker.folder, uptimeMs());
  closeLost(roster, worker);
  refresh(roster, worker);
};

const closeLost = (roster: Roster, worker: Worker): void => {
  roster.ports.log.warn({ workerId: worker.workerId }, 'worker vanished');
  killWorker(worker.folder, null);
  writeLost(worker.folder, worker.record.stop?.reason ?? 'vanished without a trace');
};

/** Looks whether the shim lives, which tells of its JVM too; it ended when it was last seen otherwise. */
const detectLoss = (roster: Roster, worker: Worker): void => {
  const { shim } = worker.record;
  if (hasEnded(worker) || shim === null) return;
  const lookedAt = uptimeMs();
  if (shimIsAlive(shim)) {
    writeSeen(worker.folder, lookedAt);
    return;
  }
  worker.record = readWorker(worker.workerId, worker.folder);
  if (!hasEnded(worker)) closeLost(roster, worker);
};

const repeatAll = (roster: Roster): void => {
  for (const worker of [...roster.workers.values()]) {
    worker.sent.clear();
    const { run } = worker.record;
    if (run !== null && !hasEnded(worker)) {
      messagesOf(worker.driverCalls, worker.workerId, run.jobRunId).forEach(roster.ports.send);
    }
    refresh(roster, worker);
  }
};

const patrol = (roster: Roster): void => {
  for (const worker of [...roster.workers.values()]) {
    try {
      detectLoss(roster, worker);
    } catch (error) {
      roster.ports.log.error({ err: error, workerId: worker.workerId }, 'worker not looked for');
    }
    worker.sent.clear();
    refresh(roster, worker);
  }
};

const stopAll = async (roster: Roster, reason: string, graceMs: number): Promise<void> => {
  const living = [...roster.workers.values()].filter((worker) => !hasEnded(worker));
  for (const worker of living) orderStop(roster, worker, reason, graceMs);
  const until = performance.now() + graceMs + endSlackMs;
  while (living.some((worker) => !hasEnded(worker)) && performance.now() < until) {
    await pause(endPollMs);
    for (const worker of living) refresh(roster, worker);
  }
};

const release = (roster: Roster): void => {
  for (const worker of roster.workers.values()) {
    worker.watcher?.close();
    worker.shipping?.abandon();
    if (worker.killTimer !== null) clearTimeout(worker.killTimer);
  }
  roster.workers.clear();
};

const adopt = (roster: Roster, workerId: string): void => {
  try {
    const worker = enrol(roster, workerId);
    roster.ports.log.info({ workerId, state: stateOf(worker.record) }, 'worker adopted');
    detectLoss(roster, worker);
    refresh(roster, worker);
    if (!hasEnded(worker)) shippingOf(roster, worker);
  } catch (error) {
    roster.ports.log.error({ err: error, workerId }, 'a folder that is no worker is left alone');
  }
};

/** Opens the roster and adopts every worker that an earlier agent left in `<dataDir>/workers`. */
export const openRoster = (ports: RosterPorts): WorkerRoster => {
  const workersDir = join(ports.config.dataDir, 'workers');
  const roster: Roster = { ports, workersDir, workers: new Map() };
  for (const workerId of foundWorkers(workersDir)) adopt(roster, workerId);
  return {
    launch: (workerId, spec) => {
      if (isWorkerId(workerId)) launch(roster, workerId, spec);
    },
    bind: (workerId, assignment) => {
      if (isWorkerId(workerId)) bind(roster, workerId, assignment);
    },
    stop: (workerId, reason, graceMs) => {
      const worker = roster.workers.get(workerId);
      if (worker !== undefined) orderStop(roster, worker, reason, graceMs);
      else if (isWorkerId(workerId)) enrolLost(roster, workerId);
    },
    acknowledge: (factIds) => acknowledge(roster, factIds),
    refuse: (workerId, messages) => {
      roster.workers.get(workerId)?.refusals.push(...messages);
    },
    find: (workerId) => roster.workers.get(workerId) ?? null,
    all: () => [...roster.workers.values()],
    states: () =>
      [...roster.workers.values()].map(({ workerId, record }) => ({
        workerId,
        state: stateOf(record),
      })),
    repeatAll: () => repeatAll(roster),
    patrol: () => patrol(roster),
    stopAll: (reason, graceMs) => stopAll(roster, reason, graceMs),
    release: () => release(roster),
  };
};
