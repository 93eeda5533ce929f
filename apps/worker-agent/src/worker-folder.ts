/**
 * A worker's folder is all that is known about it: every state and every fact follows from its files,
 * so that an agent that was killed at any moment leaves nothing behind that the next one cannot read.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Assignment, assignment, workerSpec } from '@firesteel/contracts/agent-protocol';
import { z } from 'zod';
import { usesScratch } from './scratch-cleaning.ts';

/** What is kept of an assignment: enough for credentials and logs, and no secret. */
const boundRunSchema = assignment.omit({ sparkSecret: true, work: true }).extend({
  executorId: z.string().nullable(),
  // Folders of an older agent say nothing of attempts.
  attempt: assignment.shape.attempt.default(1),
  logsByAttempt: assignment.shape.logsByAttempt.default(false),
  /** Whether it is a driver whose executors may leave blocks behind. */
  hasScratch: z.boolean().default(false),
});
export type BoundRun = z.infer<typeof boundRunSchema>;

const stopOrderSchema = z.object({ reason: z.string(), graceMs: z.number() });
export type StopOrder = z.infer<typeof stopOrderSchema>;

const driverCallsSchema = z.object({
  driverUrl: z.string().nullable(),
  targets: z
    .object({
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
    })
    .nullable(),
  kill: z.array(z.string()),
  decommission: z.array(z.string()),
});
/** What a driver has told its agent so far, to be repeated to capacity on every connection. */
export type DriverCalls = z.infer<typeof driverCallsSchema>;

/** A moment that a file stands for: the machine's uptime, and the wall clock for people. */
export type Mark = { readonly uptimeMs: number; readonly at: string };

/** The shim as its `pid` file names it. */
export type ShimProcess = Mark & {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
};

/** How a worker ended: seen by its shim, or noticed afterwards by an agent (`code` null). */
export type WorkerEnd = {
  readonly code: number | null;
  readonly readyMs: number;
  readonly at: string;
  readonly reason: string | null;
};

/** Everything the files of one worker say. */
export type WorkerRecord = {
  readonly workerId: string;
  /** Null for a worker that was never started here. */
  readonly spec: z.infer<typeof workerSpec> | null;
  readonly shim: ShimProcess | null;
  readonly ready: Mark | null;
  readonly bound: Mark | null;
  readonly run: BoundRun | null;
  readonly stop: StopOrder | null;
  readonly end: WorkerEnd | null;
  readonly launchFailure: { readonly reason: string; readonly at: string } | null;
  readonly acknowledged: readonly string[];
  readonly logsShipped: boolean;
};

/** Worker ids become folder names, so nothing that could leave the folder is one. */
export const isWorkerId = (text: string): boolean => /^[A-Za-z0-9][\w.-]{0,127}$/.test(text);

const textOf = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

const writtenAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const isoOf = (epochMs: number): string => new Date(epochMs).toISOString();

/** Writes a file whole or not at all, for its owner's eyes only. */
const writeWhole = (file: string, text: string): void => {
  writeFileSync(`${file}.half`, text, { mode: 0o600 });
  renameSync(`${file}.half`, file);
};

const jsonOf = <T>(file: string, schema: z.ZodType<T>): T | null => {
  const text = textOf(file);
  return text === null ? null : schema.parse(JSON.parse(text));
};

const uptimeMsOf = (seconds: string | undefined): number => Math.round(Number(seconds) * 1000);

const markOf = (file: string): Mark | null => {
  const text = textOf(file);
  return text === null || text === ''
    ? null
    : { uptimeMs: uptimeMsOf(text.trim()), at: isoOf(writtenAt(file)) };
};

const shimOf = (file: string): ShimProcess | null => {
  const text = textOf(file);
  // Without its line feed the line is not complete yet.
  if (!text?.endsWith('\n')) return null;
  const [pid, startTicks, uptime, bootId] = text.trim().split(' ');
  return {
    pid: Number(pid),
    startTicks: startTicks ?? '',
    uptimeMs: uptimeMsOf(uptime),
    bootId: bootId ?? '',
    at: isoOf(writtenAt(file)),
  };
};

/** Where the files of one worker lie. */
export const workerFiles = (folder: string) => ({
  spec: join(folder, 'spec.json'),
  token: join(folder, 'token'),
  pid: join(folder, 'pid'),
  bind: join(folder, 'bind'),
  ready: join(folder, 'ready'),
  bound: join(folder, 'bound'),
  run: join(folder, 'run.json'),
  stop: join(folder, 'stop.json'),
  exit: join(folder, 'exit'),
  seen: join(folder, 'seen'),
  lost: join(folder, 'lost'),
  launchFailed: join(folder, 'launch-failed'),
  acknowledged: join(folder, 'acknowledged.json'),
  logsShipped: join(folder, 'logs-shipped'),
  driverCalls: join(folder, 'driver-calls.json'),
  stdout: join(folder, 'logs', 'stdout'),
  stderr: join(folder, 'logs', 'stderr'),
  sparkLogs: join(folder, 'sparklogs'),
});

const seenEnd = (folder: string, ready: Mark | null): WorkerEnd | null => {
  const { exit } = workerFiles(folder);
  const text = textOf(exit);
  if (text === null) return null;
  const [code, uptime] = text.trim().split(' ');
  return {
    code: Number(code),
    readyMs: ready === null ? 0 : Math.max(0, uptimeMsOf(uptime) - ready.uptimeMs),
    at: isoOf(writtenAt(exit)),
    reason: null,
  };
};

/**
 * Nobody saw the end, so the last time an agent saw it alive counts: a customer never pays for a second
 * that nothing proves. Both marks are of the boot in which it lived, so neither a step of the clock nor a
 * reboot adds to it.
 */
const unseenEnd = (folder: string, ready: Mark | null): WorkerEnd | null => {
  const { lost, seen } = workerFiles(folder);
  const reason = textOf(lost);
  if (reason === null) return null;
  const seenMs = uptimeMsOf(textOf(seen) ?? '0');
  return {
    code: null,
    readyMs: ready === null ? 0 : Math.max(0, seenMs - ready.uptimeMs),
    at: isoOf(writtenAt(lost)),
    reason,
  };
};

const launchFailureOf = (file: string): WorkerRecord['launchFailure'] => {
  const reason = textOf(file);
  return reason === null ? null : { reason, at: isoOf(writtenAt(file)) };
};

/** Reads everything that a worker's files say. Throws when a file was damaged by somebody else. */
export const readWorker = (workerId: string, folder: string): WorkerRecord => {
  const files = workerFiles(folder);
  const ready = markOf(files.ready);
  return {
    workerId,
    spec: jsonOf(files.spec, workerSpec),
    shim: shimOf(files.pid),
    ready,
    bound: markOf(files.bound),
    run: jsonOf(files.run, boundRunSchema),
    stop: jsonOf(files.stop, stopOrderSchema),
    end: seenEnd(folder, ready) ?? unseenEnd(folder, ready),
    launchFailure: launchFailureOf(files.launchFailed),
    acknowledged: jsonOf(files.acknowledged, z.array(z.string())) ?? [],
    logsShipped: textOf(files.logsShipped) !== null,
  };
};

const subfolders = ['work', 'logs', 'tmp', 'local', 'sparklogs'];

/** Makes the folder of a new worker; its spec comes last, so that a folder with one is complete. */
export const createWorkerFolder = (
  folder: string,
  spec: z.infer<typeof workerSpec>,
  token: string,
): void => {
  for (const name of subfolders) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  writeWhole(workerFiles(folder).token, token);
  writeWhole(workerFiles(folder).spec, JSON.stringify(spec));
};

/** Notes that its shim, and so its JVM, was alive at this uptime of the machine. */
export const writeSeen = (folder: string, uptimeMs: number): void =>
  writeWhole(workerFiles(folder).seen, String(uptimeMs / 1_000));

/** Notes that a worker's process is gone and nobody saw how. Makes the folder where there is none. */
export const writeLost = (folder: string, reason: string): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeWhole(workerFiles(folder).lost, reason);
};

/** Notes that the worker's process could not be started. */
export const writeLaunchFailure = (folder: string, reason: string): void =>
  writeWhole(workerFiles(folder).launchFailed, reason);

/** Notes to which run a worker belongs. At most once: a second call keeps the first. */
export const writeRun = (folder: string, given: Assignment): void => {
  const executorId = given.work.kind === 'executor' ? given.work.executorId : null;
  const { sparkSecret: _secret, work: _work, ...rest } = given;
  const hasScratch = given.work.kind === 'driver' && usesScratch(given.work.sparkProperties);
  const run: BoundRun = { ...rest, executorId, hasScratch };
  writeWhole(workerFiles(folder).run, JSON.stringify(run));
};

export const writeStop = (folder: string, order: StopOrder): void =>
  writeWhole(workerFiles(folder).stop, JSON.stringify(order));

export const writeAcknowledged = (folder: string, kinds: readonly string[]): void =>
  writeWhole(workerFiles(folder).acknowledged, JSON.stringify(kinds));

export const writeLogsShipped = (folder: string): void =>
  writeWhole(workerFiles(folder).logsShipped, '');

export const writeDriverCalls = (folder: string, calls: DriverCalls): void =>
  writeWhole(workerFiles(folder).driverCalls, JSON.stringify(calls));

export const readDriverCalls = (folder: string): DriverCalls | null =>
  jsonOf(workerFiles(folder).driverCalls, driverCallsSchema);

/** The worker's token; null for one that was never started here. */
export const readToken = (folder: string): string | null => textOf(workerFiles(folder).token);

/** Removes everything of a worker. */
export const removeWorkerFolder = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });

/** Ids of the workers whose folders are complete; what a crash left half made is removed. */
export const foundWorkers = (workersDir: string): string[] => {
  mkdirSync(workersDir, { recursive: true, mode: 0o700 });
  return readdirSync(workersDir).filter((name) => {
    const files = workerFiles(join(workersDir, name));
    const complete = textOf(files.spec) !== null || textOf(files.lost) !== null;
    if (!complete) removeWorkerFolder(join(workersDir, name));
    return complete && isWorkerId(name);
  });
};
