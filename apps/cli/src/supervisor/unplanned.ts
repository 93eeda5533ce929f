/** What an earlier supervisor left and today's plan does not have: the agent of a zone that is gone, for one. */
import type { Layout } from '../state/layout.ts';
import { endProcess, endWorkers, foundWorkerDirs } from './ending.ts';
import { isAlive } from './process-identity.ts';
import type { InstallationPlan } from './process-plan.ts';
import { readRunRecord, recordedNames, removeRunRecord } from './run-file.ts';

/** An agent ends its workers and ships their last logs within this time. */
const graceMs = 45_000;

/**
 * Ends it, workers included: a second agent would take work for a zone that nobody looks after.
 * @param ownName the record of the supervisor itself
 * @returns the names of the processes that ran and have been ended
 */
export async function endUnplanned(
  plan: Pick<InstallationPlan, 'infrastructure' | 'services'>,
  layout: Pick<Layout, 'runDir' | 'dataDir'>,
  ownName: string,
): Promise<string[]> {
  const planned = new Set([...plan.infrastructure, ...plan.services].map(({ name }) => name));
  const ended: string[] = [];
  const end = async (name: string): Promise<void> => {
    const record = readRunRecord(layout.runDir, name);
    if (record !== undefined && isAlive(record)) {
      // PostgreSQL's SIGTERM waits for its clients, which are never gone.
      await endProcess(record, name === 'postgres' ? 'SIGINT' : 'SIGTERM', graceMs);
      ended.push(name);
    }
    removeRunRecord(layout.runDir, name);
  };
  const strange = recordedNames(layout.runDir).filter(
    (name) => name !== ownName && !planned.has(name),
  );
  await Promise.all(strange.map(end));
  const dirs = [...foundWorkerDirs(layout.dataDir)].filter(([name]) => !planned.has(name));
  await endWorkers(dirs.map(([, dir]) => dir));
  return ended.toSorted();
}
