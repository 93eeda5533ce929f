/** What the supervisor tells about itself, over its control socket. */
import type { ProcessStatus } from './process-plan.ts';

/** `stage` is what it is doing; times are milliseconds since 1970. */
export type InstallationStatus = {
  readonly stage: 'infrastructure' | 'database' | 'services' | 'ready' | 'stopping';
  readonly endpoint: string;
  readonly supervisor: { readonly pid: number; readonly startedAtMs: number };
  readonly processes: readonly ProcessStatus[];
};

/** True when everything works. */
export const isAllReady = (status: InstallationStatus): boolean =>
  status.stage === 'ready' && status.processes.every((process) => process.state === 'ready');

const hopelessAfter = 4;

/** The first process that has crashed again and again without ever having been ready. */
export const hopeless = (status: InstallationStatus): ProcessStatus | undefined =>
  status.processes.find((process) => !process.everReady && process.restarts >= hopelessAfter);
