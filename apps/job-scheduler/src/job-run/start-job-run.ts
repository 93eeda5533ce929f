/** StartJobRun: the gate and the run in one transaction, the same client token met by the same run. */

import { Refused } from '@firesteel/decider/refused';
import type { AppendMeta } from '@firesteel/event-store';
import { commit } from '@firesteel/event-store/commands';
import type { Unit } from '@firesteel/event-store/unit';
import { inSpan } from '@firesteel/telemetry/spans';
import type { EntityManager } from '@mikro-orm/postgresql';
import { requireAllowance } from '../allowance/allowance.ts';
import { allowances } from '../allowance/allowance-table.ts';
import {
  type ApplicationReading,
  concurrencyOf,
  type StartJobRunInput,
  type SubmissionContext,
  submissionOf,
} from './submission.ts';
import { gates, jobRuns } from './tables.ts';

/**
 * A run may come while the application is being started: its workers do not wait for the pool's.
 * @throws Refused in AWS' words unless the application can take runs
 */
function requireStarted({ applicationId, state }: ApplicationReading): void {
  if (state === 'STARTED' || state === 'STARTING') return;
  if (state === 'TERMINATED' || state === 'STOPPING')
    throw new Refused(
      'Invalid',
      `Application ${applicationId} is ${state.toLowerCase()}. Cannot start job run.`,
    );
  throw new Refused(
    'Invalid',
    `Application ${applicationId} must be in STARTED state to start a job run. Current state: ${state}`,
  );
}

const idleMinutes = ({ settings }: ApplicationReading): number | null => {
  const configured = settings['autoStopConfiguration'] as
    | { enabled?: boolean; idleTimeoutMinutes?: number }
    | undefined;
  return configured?.enabled === false ? null : (configured?.idleTimeoutMinutes ?? 15);
};

/**
 * Accepts a run; answers without waiting for Kafka.
 * @throws Refused when the application takes no runs, a hard budget is spent, the request breaks a rule, or the
 *   client token was used with other parameters
 */
export function startJobRun(
  em: EntityManager,
  input: StartJobRunInput,
  application: ApplicationReading,
  context: SubmissionContext,
  meta: AppendMeta,
  at: string,
): Promise<void> {
  const submission = submissionOf(input, application, context);
  const { jobRunId } = context;
  const run = { aggregate: jobRuns, id: jobRunId };
  const gate = { aggregate: gates, id: application.applicationId };
  return inSpan('handle StartJobRun', { 'firesteel.jobRunId': jobRunId }, () =>
    commit(em, [run, gate, { aggregate: allowances, id: context.accountId }], (unit) => {
      const repeated = unit.load(jobRuns, jobRunId).version > 0;
      if (!repeated) requirePaid(unit, input, application, context, at);
      const queued = repeated ? false : enterGate(unit, application, jobRunId, meta, at);
      unit.handle(
        jobRuns,
        jobRunId,
        { type: 'SubmitJobRun', submission: { ...submission, queued }, at },
        meta,
      );
    }),
  );
}

function requirePaid(
  unit: Unit,
  { tags = {} }: StartJobRunInput,
  application: ApplicationReading,
  { accountId }: SubmissionContext,
  at: string,
): void {
  const { state } = unit.load(allowances, accountId);
  requireAllowance(state, { application, tags }, at.slice(0, 'yyyy-mm'.length));
}

function enterGate(
  unit: Unit,
  application: ApplicationReading,
  jobRunId: string,
  meta: AppendMeta,
  at: string,
): boolean {
  requireStarted(application);
  const { applicationId, version: applicationVersion } = application;
  const { state } = unit.handle(
    gates,
    applicationId,
    {
      type: 'EnterGate',
      applicationId,
      applicationVersion,
      autoStopIdleMinutes: idleMinutes(application),
      jobRunId,
      maxConcurrentRuns: concurrencyOf(application).maxConcurrentRuns,
      at,
    },
    meta,
  );
  return state.waiting.includes(jobRunId);
}
