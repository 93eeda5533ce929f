/** The supervisor's own process: lock, socket, run until told to stop. Background and foreground share it. */
import { rmSync, writeFileSync } from 'node:fs';
import { createDirectories, type Layout, lockNameOf } from '../state/layout.ts';
import { holdLock, serveStatus } from './control.ts';
import { explainFailure } from './failure.ts';
import { identify } from './process-identity.ts';
import type { InstallationPlan } from './process-plan.ts';
import { removeRunRecord, writeRunRecord } from './run-file.ts';
import { runSupervisor, type Supervisor, supervisorName } from './supervisor.ts';

/** Resolves with the signal that asks for the end. */
const whenAsked = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve(signal));
    }
  });

function record(layout: Layout, startedAtMs: number): void {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('/proc is not readable: Firesteel needs it.');
  writeRunRecord(layout.runDir, supervisorName, { ...self, digest: '', startedAtMs });
}

async function runUntilAsked(
  layout: Layout,
  plan: InstallationPlan,
  startedAtMs: number,
  onStart: (supervisor: Supervisor) => void,
): Promise<void> {
  const supervisor = runSupervisor(plan, layout, startedAtMs);
  const server = await serveStatus(layout.controlSocket, supervisor.status);
  onStart(supervisor);
  try {
    const why = await Promise.race([whenAsked(), supervisor.failed]);
    console.log(`${why}: stopping everything`);
  } finally {
    await supervisor.stop();
    rmSync(layout.controlSocket, { force: true });
    server.close();
  }
}

/**
 * Runs an installation until SIGINT, SIGTERM or SIGHUP.
 * @param makePlan called with the lock in hand
 * @param onStart called once it is under way
 * @returns the process' exit code: 0 after a wanted end, 1 when it could not run, 2 when another one runs
 */
export async function supervise(
  layout: Layout,
  makePlan: () => Promise<InstallationPlan>,
  onStart: (supervisor: Supervisor) => void,
): Promise<number> {
  // A line that a full disk does not take is lost; whoever looks after the processes goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  createDirectories(layout);
  const lock = await holdLock(lockNameOf(layout));
  if (lock === undefined) return 2;
  rmSync(layout.failureFile, { force: true });
  const startedAtMs = Date.now();
  try {
    record(layout, startedAtMs);
    await runUntilAsked(layout, await makePlan(), startedAtMs, onStart);
    return 0;
  } catch (error) {
    const sentence = explainFailure(error);
    console.error(sentence);
    writeFileSync(layout.failureFile, `${sentence}\n`);
    return 1;
  } finally {
    removeRunRecord(layout.runDir, supervisorName);
    lock.close();
  }
}
