/** Starts an installation in its order, keeps it alive, ends it in the opposite order. */
import type { Layout } from '../state/layout.ts';
import { endStrays, endWorkers } from './ending.ts';
import { explainFailure } from './failure.ts';
import type { InstallationStatus } from './installation-status.ts';
import { shortenLogs } from './log-file.ts';
import { pause } from './pause.ts';
import type { InstallationPlan } from './process-plan.ts';
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts';
import { endUnplanned } from './unplanned.ts';

const shortenEveryMs = 30_000;
const prepareAttempts = 5;

/** The supervisor's own record among the run files. */
export const supervisorName = 'supervisor';

/** A running supervisor. */
export type Supervisor = {
  readonly status: () => InstallationStatus;
  /** Ends everything; resolves when no process is left. May be called again. */
  readonly stop: () => Promise<void>;
  /** Rejects when the installation cannot be brought up at all, such as when the database refuses. */
  readonly failed: Promise<never>;
};

/** A full disk has no room for what is set aside: then later. */
function keepLogsShort({ logsDir }: Layout): void {
  try {
    shortenLogs(logsDir);
  } catch (error) {
    console.log(`The logs cannot be shortened: ${explainFailure(error)}`);
  }
}

/** The database may be busy recovering; a few attempts, then its error is the reason. */
async function prepareWithPatience(plan: InstallationPlan, stopping: AbortSignal): Promise<void> {
  for (let attempt = 1; !stopping.aborted; attempt += 1) {
    try {
      await plan.prepare();
      return;
    } catch (error) {
      if (attempt === prepareAttempts) throw error;
      console.log(`Preparing the database failed, trying again: ${String(error)}`);
      await pause(1_000 * attempt, stopping);
    }
  }
}

async function stopInOrder(
  plan: InstallationPlan,
  processes: readonly SupervisedProcess[],
): Promise<void> {
  const named = new Set(plan.stopOrder.flat());
  const rest = processes.filter((process) => !named.has(process.name)).map(({ name }) => name);
  for (const group of [...plan.stopOrder, rest]) {
    await Promise.all(
      processes.filter(({ name }) => group.includes(name)).map((each) => each.stop()),
    );
    const isAgents = group.some((name) => name.startsWith('worker-agent'));
    if (isAgents) await endWorkers(plan.workerDirs);
  }
}

/**
 * Starts everything; returns at once, progress is in `status()`.
 * @param startedAtMs milliseconds since 1970, for the status
 */
export function runSupervisor(
  plan: InstallationPlan,
  layout: Layout,
  startedAtMs: number,
): Supervisor {
  const stopping = new AbortController();
  const failure = Promise.withResolvers<never>();
  let stage: InstallationStatus['stage'] = 'infrastructure';
  const supervise = (each: InstallationPlan['services'][number]): SupervisedProcess =>
    superviseProcess(each, layout, failure.reject);
  const infrastructure = plan.infrastructure.map(supervise);
  const services = plan.services.map(supervise);
  const all = [...infrastructure, ...services];

  const bringUp = async (): Promise<void> => {
    const gone = await endUnplanned(plan, layout, supervisorName);
    if (gone.length > 0) console.log(`Ended, since the settings have changed: ${gone.join(', ')}`);
    if (stopping.signal.aborted) return;
    for (const process of infrastructure) process.start();
    await Promise.all(infrastructure.map((process) => process.whenReady));
    stage = 'database';
    await prepareWithPatience(plan, stopping.signal);
    if (stopping.signal.aborted) return;
    stage = 'services';
    for (const process of services) process.start();
    await Promise.all(services.map((process) => process.whenReady));
    if (!stopping.signal.aborted) stage = 'ready';
  };
  const bringDown = async (): Promise<void> => {
    stage = 'stopping';
    stopping.abort();
    clearInterval(shortening);
    await stopInOrder(plan, all);
    await endStrays(layout.homeDir);
  };
  const shortening = setInterval(() => keepLogsShort(layout), shortenEveryMs);
  let stopped: Promise<void> | undefined;
  bringUp().catch(failure.reject);
  return {
    status: () => ({
      stage,
      endpoint: plan.endpoint,
      supervisor: { pid: process.pid, startedAtMs },
      processes: all.map((each) => each.status()),
    }),
    stop: () => {
      stopped ??= bringDown();
      return stopped;
    },
    failed: failure.promise,
  };
}
