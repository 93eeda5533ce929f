/** The processes of one worker: its shim, the JVM beside it and whatever that has started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bootId, isAlive, processesOfWorker, signal } from './process-table.ts';
import type { ShimProcess } from './worker-folder.ts';

const shimScript = fileURLToPath(new URL('./worker-shim.sh', import.meta.url));
const fullPipePauseMs = 2;
const notOpenPauseMs = 2;
const bindPatienceMs = 60_000;

/**
 * Starts a shim in a session of its own, with no tie to the agent but the folder. The child is returned
 * for its `exit` and `error` events; the agent's end does not touch it.
 */
export const startShim = (
  folder: string,
  command: readonly string[],
  environment: { readonly [name: string]: string },
): ChildProcess => {
  const child = spawn('/bin/sh', [shimScript, bootId(), ...command], {
    cwd: folder,
    detached: true,
    stdio: 'ignore',
    env: environment,
  });
  child.unref();
  return child;
};

/** True while the shim that this record names is alive. */
export const shimIsAlive = (shim: ShimProcess): boolean =>
  shim.bootId === bootId() && isAlive(shim.pid, shim.startTicks);

/** Asks the worker's process group to end. The shim ignores it and stays to note how the JVM ended. */
export const askToEnd = (shim: ShimProcess): void => {
  if (shimIsAlive(shim)) signal(-shim.pid, 'SIGTERM');
};

/** Kills every process of a worker but its shim, in whichever group or session they are. */
export const killWorker = (folder: string, shim: ShimProcess | null): void => {
  const session = shim !== null && shimIsAlive(shim) ? shim.pid : null;
  for (const pid of processesOfWorker(folder, session)) {
    if (pid !== session) signal(pid, 'SIGKILL');
  }
};

const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  codes.some((code) => error.code === code);

/** The shim makes the pipe a moment after its `pid`, and the JVM opens it a moment later. */
const isNotOpenYet = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENXIO');
const isFullPipe = (error: unknown): boolean => hasCode(error, 'EAGAIN');

const openToWrite = async (
  fifo: string,
  until: number,
  isWanted: () => boolean,
): Promise<FileHandle | null> => {
  while (isWanted()) {
    try {
      return await open(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (!isNotOpenYet(error) || performance.now() > until) throw error;
    }
    await pause(notOpenPauseMs);
  }
  return null;
};

const writeSome = async (pipe: FileHandle, bytes: Buffer): Promise<number> => {
  try {
    return (await pipe.write(bytes)).bytesWritten;
  } catch (error) {
    if (!isFullPipe(error)) throw error;
    await pause(fullPipePauseMs);
    return 0;
  }
};

/**
 * Writes the bind line into the worker's standard input, where it may lie before the JVM is ready: one
 * that warms up stops when it sees it. WorkerMain reads one line and no more, so a second one, written
 * after a crash between the write and its trace, binds nothing. Does nothing once it is not wanted.
 * Throws when nobody opens the pipe, or when the JVM has not read it within a minute.
 */
export const writeBindLine = async (
  fifo: string,
  line: string,
  isWanted: () => boolean,
): Promise<void> => {
  const until = performance.now() + bindPatienceMs;
  const pipe = await openToWrite(fifo, until, isWanted);
  if (pipe === null) return;
  try {
    for (let rest = Buffer.from(line); rest.length > 0; ) {
      if (performance.now() > until) throw new Error('The worker does not read its standard input');
      rest = rest.subarray(await writeSome(pipe, rest));
    }
  } finally {
    await pipe.close();
  }
};
