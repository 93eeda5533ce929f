/** One worker as the agent holds it in memory; everything that must outlive the agent is in its folder. */
import type { FSWatcher } from 'node:fs';
import type { Assignment, WorkerSpec } from '@firesteel/contracts/agent-protocol';
import { noDriverCalls } from './driver-calls.ts';
import type { LogShipping } from './log-shipping.ts';
import type { LogEvidence } from './worker-facts.ts';
import {
  type DriverCalls,
  readDriverCalls,
  readToken,
  readWorker,
  type WorkerRecord,
} from './worker-folder.ts';

export type Worker = {
  readonly workerId: string;
  readonly folder: string;
  /** Null for a worker that was never started here. */
  readonly token: string | null;
  record: WorkerRecord;
  /** With the run's secret, so only here; after an agent's restart until capacity repeats the bind, null. */
  assignment: Assignment | null;
  bindBegun: boolean;
  startBegun: boolean;
  driverCalls: DriverCalls;
  /** What capacity has refused since the driver last stated its targets. */
  refusals: string[];
  /** Ids of the facts sent on this connection and not long ago. */
  readonly sent: Set<string>;
  evidence: LogEvidence | null;
  killTimer: NodeJS.Timeout | null;
  /** When the timer kills, by performance.now(). */
  killAtMs: number;
  shipping: LogShipping | null;
  watcher: FSWatcher | null;
  endHandled: boolean;
};

/** The worker whose folder this is, as its files have it. Throws when they are damaged. */
export const workerOf = (workerId: string, folder: string): Worker => ({
  workerId,
  folder,
  token: readToken(folder),
  record: readWorker(workerId, folder),
  assignment: null,
  bindBegun: false,
  startBegun: false,
  driverCalls: readDriverCalls(folder) ?? noDriverCalls,
  refusals: [],
  sent: new Set(),
  evidence: null,
  killTimer: null,
  killAtMs: Number.POSITIVE_INFINITY,
  shipping: null,
  watcher: null,
  endHandled: false,
});

/** True once nothing of the worker can run any more. */
export const hasEnded = ({ record }: Worker): boolean =>
  record.end !== null || record.launchFailure !== null;

/** The spec of a worker that was started here. Throws for any other. */
export const specOf = ({ record }: Worker): WorkerSpec => {
  if (record.spec === null) throw new Error(`Worker ${record.workerId} was never started here`);
  return record.spec;
};
