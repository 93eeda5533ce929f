/** What Linux says about processes. Everything here reads /proc and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';

const readOrNull = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

/** One process: `startTicks` since boot tell it from a later one with the same id. */
export type ProcessStatus = {
  readonly state: string;
  readonly session: number;
  readonly startTicks: string;
};

/** Reads one line of /proc/<pid>/stat. The command's name, in parentheses, may hold anything. */
export const parseProcessStatus = (stat: string): ProcessStatus => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0] ?? '?',
    session: Number(fields[3] ?? 0),
    startTicks: fields[19] ?? '',
  };
};

/** Null when there is no such process. */
export const processStatus = (pid: number): ProcessStatus | null => {
  const stat = readOrNull(`/proc/${pid}/stat`);
  return stat === null ? null : parseProcessStatus(stat);
};

/** True while the very process that was started then is alive; a zombie is not. */
export const isAlive = (pid: number, startTicks: string): boolean => {
  const status = processStatus(pid);
  return status !== null && status.startTicks === startTicks && status.state !== 'Z';
};

/** Changes with every boot of the machine. */
export const bootId = (): string =>
  (readOrNull('/proc/sys/kernel/random/boot_id') ?? 'unknown').trim();

/** What a process, and every child that it has waited for, has used so far; and the memory it holds. */
export type ProcessUse = {
  readonly cpuMs: number;
  /** Of what it shares with others, its part. */
  readonly memoryBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
};

/** Linux counts in hundredths of a second whatever its own clock is. */
const msPerTick = 10;

const numberIn = (text: string | null, pattern: RegExp): number =>
  Number(pattern.exec(text ?? '')?.[1] ?? 0);

/** Null when there is no such process. */
export const processUse = (pid: number): ProcessUse | null => {
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const io = readOrNull(`/proc/${pid}/io`);
  return {
    cpuMs: ticks * msPerTick,
    memoryBytes: numberIn(readOrNull(`/proc/${pid}/smaps_rollup`), /^Pss:\s+(\d+) kB$/m) * 1024,
    readBytes: numberIn(io, /^read_bytes: (\d+)$/m),
    writtenBytes: numberIn(io, /^write_bytes: (\d+)$/m),
  };
};

/** Milliseconds since the machine was started. */
export const uptimeMs = (): number => numberIn(readOrNull('/proc/uptime'), /^([\d.]+)/) * 1000;

const allPids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

const hasVariable = (pid: number, variable: string): boolean =>
  (readOrNull(`/proc/${pid}/environ`) ?? '').split('\0').includes(variable);

/**
 * Every process of one worker: those that inherited its folder in their environment, wherever they
 * have moved to, and while its session's leader is alive (so that the session's id cannot have been given
 * to somebody else) those of its session.
 */
export const processesOfWorker = (folder: string, liveSession: number | null): number[] => {
  const variable = `FIRESTEEL_WORKER_DIR=${folder}`;
  return allPids().filter(
    (pid) =>
      pid !== process.pid &&
      (hasVariable(pid, variable) ||
        (liveSession !== null && processStatus(pid)?.session === liveSession)),
  );
};

/** Sends a signal to a process (or, with a negative id, to a group); false when nobody is there. */
export const signal = (pid: number, name: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
};
