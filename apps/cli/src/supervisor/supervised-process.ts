/** Keeps one process alive: adopts or starts it, asks whether it is ready, starts it again after a crash. */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Layout } from '../state/layout.ts';
import { logFileOf } from '../state/layout.ts';
import { afterCrash, type CrashSeries, delayMs, noCrashes } from './back-off.ts';
import { endProcess, markVariable } from './ending.ts';
import { explainFailure } from './failure.ts';
import { type HeldPort, listenFdVariable, portOfTheDead } from './held-port.ts';
import { openLog } from './log-file.ts';
import { pause } from './pause.ts';
import { standingBack, weighSession } from './precedence.ts';
import {
  identify,
  isAlive,
  memoryBytes,
  type ProcessIdentity,
  signalProcess,
} from './process-identity.ts';
import type { ProcessPlan, ProcessState, ProcessStatus } from './process-plan.ts';
import { readyWithinMs } from './readiness.ts';
import { launchDigest, readRunRecord, removeRunRecord, writeRunRecord } from './run-file.ts';
import { silenceAfter } from './silence.ts';

const askStartingMs = 250;
const askReadyMs = 5_000;
const lookAtAdoptedMs = 200;

/** A process in the supervisor's care. */
export type SupervisedProcess = {
  readonly name: string;
  readonly start: () => void;
  /** Resolves when it is ready for the first time; never when it is stopped before. */
  readonly whenReady: Promise<void>;
  /** Ends it for good; resolves when it is gone. */
  readonly stop: () => Promise<void>;
  readonly status: () => ProcessStatus;
};

/** How a process ended, in words, and whether a signal did it. */
type End = { readonly words: string; readonly killed: boolean };

/** A process that runs now. */
type Running = {
  readonly identity: ProcessIdentity;
  readonly startedAtMs: number;
  readonly adopted: boolean;
  readonly ended: Promise<End>;
};

async function endOfAdopted(identity: ProcessIdentity): Promise<End> {
  while (isAlive(identity)) await pause(lookAtAdoptedMs);
  return { words: 'ended, exit code unknown', killed: false };
}

const endOf = (code: number | null, signal: string | null): End =>
  signal === null
    ? { words: `exit code ${code ?? 'unknown'}`, killed: false }
    : { words: `signal ${signal}`, killed: true };

const notStarted = (why: string): End => ({ words: `cannot be started: ${why}`, killed: false });

/** Of the held port's socket in the process: the next after its input and its two outputs. */
const socketFd = 3;

/** Starts the process as leader of its own group, so that a Ctrl-C in the terminal reaches only us. */
function launch(
  plan: ProcessPlan,
  layout: Layout,
  digest: string,
  held: HeldPort | undefined,
): Promise<Running> {
  const log = openLog(logFileOf(layout, plan.name));
  const [program = '', ...args] = standingBack(plan.niceness, [plan.command, ...plan.args]);
  const child = spawn(program, args, {
    cwd: plan.cwd,
    env: {
      ...plan.env,
      [markVariable]: layout.homeDir,
      ...(held ? { [listenFdVariable]: String(socketFd) } : {}),
    },
    stdio: ['ignore', log, log, ...(held ? [held.fd] : [])],
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<End>((resolve) => {
    child.once('error', (error) => resolve(notStarted(error.message)));
    child.once('exit', (code, signal) => resolve(endOf(code, signal)));
  });
  const startedAtMs = Date.now();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) {
    return Promise.resolve({
      identity: { pid: child.pid ?? 0, startTime: '' },
      startedAtMs,
      adopted: false,
      ended,
    });
  }
  try {
    writeRunRecord(layout.runDir, plan.name, { ...identity, digest, startedAtMs });
  } catch (error) {
    // Nobody would find it again.
    child.kill('SIGKILL');
    throw error;
  }
  void weighSession(identity.pid, plan.niceness);
  return Promise.resolve({ identity, startedAtMs, adopted: false, ended });
}

/** What serves this name already: recorded by an earlier supervisor, or found by its own traces. */
function findRunning(plan: ProcessPlan, runDir: string) {
  const record = readRunRecord(runDir, plan.name);
  if (record !== undefined && isAlive(record)) return record;
  const stray = plan.findStray?.();
  const identity = stray === undefined ? undefined : identify(stray);
  return identity === undefined ? undefined : { ...identity, digest: '', startedAtMs: Date.now() };
}

/** Takes over what an earlier supervisor left, or ends it when it was started in another way. */
async function adoptOrLaunch(plan: ProcessPlan, layout: Layout, care: Care): Promise<Running> {
  const digest = launchDigest(plan.command, plan.args, plan.env);
  const found = findRunning(plan, layout.runDir);
  if (found !== undefined && found.digest === digest) {
    const { startedAtMs } = found;
    return { identity: found, startedAtMs, adopted: true, ended: endOfAdopted(found) };
  }
  if (found !== undefined) await endProcess(found, plan.replaceSignal, plan.graceMs);
  if (plan.takesSocket && plan.port !== null) care.held ??= await portOfTheDead(plan.port);
  return launch(plan, layout, digest, care.held);
}

/** What changes while a process is looked after. */
type Care = {
  state: ProcessState;
  running: Running | undefined;
  /** Its port, from its first start to its stop. */
  held: HeldPort | undefined;
  restarts: number;
  lastExit: string | null;
  everReady: boolean;
  readySinceMs: number | undefined;
  series: CrashSeries;
};

/**
 * Asks for readiness until the process has ended. One that was ready and then answers nothing is killed, so that it ends:
 * it would take no other signal.
 * @returns for how many milliseconds it had been silent when it was killed, 0 when it was not
 */
async function ask(
  plan: ProcessPlan,
  care: Care,
  { identity }: Running,
  over: AbortSignal,
  onReady: () => void,
): Promise<number> {
  const { silenceMs } = plan;
  // One that is slow has time for its answer.
  const answerWithinMs = silenceMs / 3;
  const longestMs = readyWithinMs + answerWithinMs + askStartingMs;
  let silentMs = 0;
  while (!over.aborted) {
    const beganMs = performance.now();
    const ready = await plan.isReady(identity.pid).catch(() => false);
    if (over.aborted) return 0;
    if (ready) {
      care.state = 'ready';
      care.everReady = true;
      care.readySinceMs ??= beganMs;
      onReady();
    } else if (care.state === 'ready') {
      care.state = 'unready';
    }
    const answered =
      ready || care.state !== 'unready' || (await plan.answers(answerWithinMs).catch(() => false));
    await pause(ready ? askReadyMs : askStartingMs, over);
    const tookMs = performance.now() - beganMs;
    silentMs = silenceAfter(silentMs, { answered, tookMs, longestMs });
    if (!over.aborted && silentMs >= silenceMs) {
      signalProcess(identity, 'SIGKILL');
      return silentMs;
    }
  }
  return 0;
}

/**
 * One that was ready before is tried again whatever keeps it from being started, such as a disk that is full: that
 * passes. The first time it is for whoever starts the installation to mend.
 * @throws what kept it from being started for the first time
 */
const startAgain = (plan: ProcessPlan, layout: Layout, care: Care): Promise<Running> =>
  adoptOrLaunch(plan, layout, care).catch((error: unknown) => {
    if (!care.everReady) throw error;
    return {
      identity: { pid: 0, startTime: '' },
      startedAtMs: Date.now(),
      adopted: false,
      ended: Promise.resolve(notStarted(explainFailure(error))),
    };
  });

async function lookAfter(
  plan: ProcessPlan,
  layout: Layout,
  care: Care,
  stopping: AbortSignal,
  onReady: () => void,
): Promise<void> {
  while (!stopping.aborted) {
    care.state = 'starting';
    care.readySinceMs = undefined;
    const running = await startAgain(plan, layout, care);
    care.running = running;
    // A stop that came while the old one was being replaced has not seen the new one.
    if (stopping.aborted) return endProcess(running.identity, plan.stopSignal, plan.graceMs);
    const over = new AbortController();
    const asking = ask(plan, care, running, AbortSignal.any([over.signal, stopping]), onReady);
    const end = await running.ended;
    over.abort();
    const silentMs = await asking;
    if (stopping.aborted) return;
    const readyMs = performance.now() - (care.readySinceMs ?? performance.now());
    care.running = undefined;
    care.lastExit =
      silentMs > 0 ? `answered nothing for ${Math.round(silentMs / 1_000)} s` : end.words;
    console.log(`${plan.name}: ${care.lastExit}; it is started again`);
    care.restarts += 1;
    care.series = afterCrash(care.series, readyMs, end.killed);
    care.state = 'restarting';
    await pause(delayMs(care.series), stopping);
  }
}

const statusOf = (plan: ProcessPlan, care: Care): ProcessStatus => {
  const pid = care.running?.identity.pid ?? null;
  return {
    name: plan.name,
    state: care.state,
    pid,
    port: plan.port,
    startedAtMs: care.running?.startedAtMs ?? null,
    restarts: care.restarts,
    lastExit: care.lastExit,
    memoryBytes: pid === null ? 0 : memoryBytes(pid, plan.countsChildren),
    adopted: care.running?.adopted ?? false,
    everReady: care.everReady,
  };
};

/** Prepares the care of one process; nothing happens before `start`. */
export function superviseProcess(
  plan: ProcessPlan,
  layout: Layout,
  onFailure: (error: unknown) => void,
): SupervisedProcess {
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  let looking: Promise<void> = Promise.resolve();
  const care: Care = {
    state: 'waiting',
    running: undefined,
    held: undefined,
    restarts: 0,
    lastExit: null,
    everReady: false,
    readySinceMs: undefined,
    series: noCrashes,
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    if (care.state !== 'stopped') care.state = 'stopping';
    care.held?.close();
    const identity = care.running?.identity;
    if (identity !== undefined) await endProcess(identity, plan.stopSignal, plan.graceMs);
    await looking;
    removeRunRecord(layout.runDir, plan.name);
    care.running = undefined;
    care.state = 'stopped';
  };
  return {
    name: plan.name,
    start: () => {
      looking = lookAfter(plan, layout, care, stopping.signal, ready.resolve).catch(onFailure);
    },
    whenReady: ready.promise,
    stop,
    status: () => statusOf(plan, care),
  };
}
