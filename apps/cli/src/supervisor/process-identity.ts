/** Which process is meant: a pid alone may have been given to another since; pid and start time never are. */
import { readdirSync, readFileSync } from 'node:fs';

/** A process for all time. `startTime` is in clock ticks since boot, field 22 of /proc/<pid>/stat (proc(5)). */
export type ProcessIdentity = { readonly pid: number; readonly startTime: string };

const readProc = (pid: number, file: string): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
};

/** Names this boot of the machine; start times of another say nothing. */
export const currentBootId = (): string | undefined => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
};

/** State letter and start time out of a stat line; the command in parentheses may hold anything. */
export function parseStat(line: string): { state: string; startTime: string } | undefined {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined ? undefined : { state, startTime };
}

/** The identity of a pid that runs now; undefined for none and for zombies. */
export function identify(pid: number): ProcessIdentity | undefined {
  const line = readProc(pid, 'stat');
  const stat = line === undefined ? undefined : parseStat(line);
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
  return { pid, startTime: stat.startTime };
}

/** Does exactly this process still run? */
export const isAlive = (identity: ProcessIdentity): boolean =>
  identify(identity.pid)?.startTime === identity.startTime;

/** Sends a signal if the process is still the one that is meant. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

/** As above, to the process' whole group when it leads one. */
export function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(-identity.pid, signal);
  } catch {
    signalProcess(identity, signal);
  }
}

const childrenOf = (pid: number): number[] =>
  (readProc(pid, `task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);

const pssKb = (pid: number): number => {
  const line = /^Pss:\s+(\d+)/m.exec(readProc(pid, 'smaps_rollup') ?? '');
  return line === null ? 0 : Number(line[1]);
};

/**
 * Memory in bytes: the process' proportional share, which does not count PostgreSQL's shared buffers once per process.
 * @param withChildren adds direct children
 */
export function memoryBytes(pid: number, withChildren: boolean): number {
  const pids = withChildren ? [pid, ...childrenOf(pid)] : [pid];
  return pids.reduce((sum, each) => sum + pssKb(each), 0) * 1024;
}

const otherPids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);

/** All processes whose environment has this very `NAME=value`. */
export const processesWithVariable = (assignment: string): ProcessIdentity[] =>
  otherPids()
    .filter((pid) => (readProc(pid, 'environ') ?? '').split('\0').includes(assignment))
    .flatMap((pid) => identify(pid) ?? []);

/** All processes whose command line names a file below one of the folders, such as a JVM on jars of theirs. */
export const processesOnFolders = (folders: readonly string[]): ProcessIdentity[] =>
  otherPids()
    .filter((pid) => {
      const words = readProc(pid, 'cmdline') ?? '';
      return folders.some((folder) => words.includes(`${folder}/`));
    })
    .flatMap((pid) => identify(pid) ?? []);
