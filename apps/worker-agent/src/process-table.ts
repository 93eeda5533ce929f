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
