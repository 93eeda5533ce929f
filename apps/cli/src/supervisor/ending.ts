/** Ending processes: the polite signal, a grace, SIGKILL; by pid and start time, so that no stranger is hit. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere } from '../state/private-file.ts';
import { waitUntil } from './pause.ts';
import {
  currentBootId,
  isAlive,
  type ProcessIdentity,
  processesWithVariable,
  signalGroup,
  signalProcess,
} from './process-identity.ts';

/** Resolves when the process is gone. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  signalProcess(identity, signal);
  if (await waitUntil(() => !isAlive(identity), graceMs)) return;
  signalGroup(identity, 'SIGKILL');
  await waitUntil(() => !isAlive(identity), 10_000);
}

/**
 * "pid starttime uptime bootid", as a worker's shim writes it; undefined for anything else, and for another boot: its
 * pids and ticks begin anew.
 */
export function parsePidFile(
  text: string | undefined,
  bootId: string | undefined,
): ProcessIdentity | undefined {
  const [, pid, startTime, boot] = /^(\d+) (\d+) [\d.]+ ([0-9a-f-]{36})\s*$/.exec(text ?? '') ?? [];
  if (pid === undefined || startTime === undefined || boot !== bootId) return undefined;
  return { pid: Number(pid), startTime };
}

const entriesOf = (dir: string): string[] => {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
};

/** Every agent that ever kept workers here, whatever the zones are today: name → the folder of its workers. */
export const foundWorkerDirs = (dataDir: string): Map<string, string> =>
  new Map(
    entriesOf(dataDir)
      .filter((name) => name.startsWith('worker-agent-'))
      .map((name) => [name, join(dataDir, name, 'workers')]),
  );

/** Workers that still run, whether their agent does or not. */
export const liveWorkers = (workerDirs: readonly string[]): ProcessIdentity[] => {
  const bootId = currentBootId();
  return workerDirs
    .flatMap((dir) => entriesOf(dir).map((worker) => join(dir, worker, 'pid')))
    .flatMap((file) => parsePidFile(readIfThere(file), bootId) ?? [])
    .filter(isAlive);
};

const workerGraceMs = 5_000;

/** Ends workers whose agent did not: their whole process groups. */
export async function endWorkers(workerDirs: readonly string[]): Promise<number> {
  const workers = liveWorkers(workerDirs);
  for (const worker of workers) signalGroup(worker, 'SIGTERM');
  await waitUntil(() => !workers.some(isAlive), workerGraceMs);
  for (const worker of workers) signalGroup(worker, 'SIGKILL');
  await waitUntil(() => !workers.some(isAlive), workerGraceMs);
  return workers.length;
}

/** The variable that marks every process of an installation, inherited by whatever they start. */
export const markVariable = 'FIRESTEEL_SUPERVISED';

/** Last resort after a stop: whatever still carries the mark of this home is killed. */
export async function endStrays(homeDir: string): Promise<number> {
  const strays = processesWithVariable(`${markVariable}=${homeDir}`);
  for (const stray of strays) signalProcess(stray, 'SIGKILL');
  await waitUntil(() => !strays.some(isAlive), workerGraceMs);
  return strays.length;
}
