/** The machine's own view of workers: which of an installation's processes live, whatever its services believe. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
};

/** A worker's Java process. */
export type WorkerProcess = { readonly pid: number; readonly workerId: string };

/** Java processes of the home's workers that live now. */
export function workerProcesses(home: string): WorkerProcess[] {
  const mark = `FIRESTEEL_WORKER_DIR=${home}/`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/comm`).trim() === 'java')
    .flatMap((name) => {
      const folder = read(`/proc/${name}/environ`)
        .split('\0')
        .find((entry) => entry.startsWith(mark));
      const workerId = folder?.split('/').at(-1);
      return workerId ? [{ pid: Number(name), workerId }] : [];
    });
}

/** When a worker's process was seen first and last, in milliseconds of a clock that nobody sets. */
export type Life = { readonly firstMs: number; readonly lastMs: number };

/** Watches until `over`; a life is known to about 200 ms on each side. */
export async function watchLives(home: string, over: AbortSignal): Promise<Map<string, Life>> {
  const lives = new Map<string, Life>();
  while (!over.aborted) {
    const lastMs = performance.now();
    for (const { workerId } of workerProcesses(home))
      lives.set(workerId, { firstMs: lives.get(workerId)?.firstMs ?? lastMs, lastMs });
    await pause(200);
  }
  return lives;
}
