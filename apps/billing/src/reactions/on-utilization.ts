/**
 * A run tells of its utilization whenever its driver's meter was read, and when it has ended. Its workers' ends are
 * before its own in the log; one that comes later all the same is told of again.
 */
import type { JobRunEvent, WorkerEvent } from '@firesteel/contracts/events';
import { idOf } from '@firesteel/contracts/topics';
import { handleIn, load } from '@firesteel/event-store/aggregate';
import type { TransactionReaction } from '@firesteel/messaging/reaction';
import type { EntityManager } from '@mikro-orm/postgresql';
import { payers } from '../payer/payer-table.ts';
import { billedQuantities, usedQuantities } from '../rating/quantity.ts';
import { usages } from '../usage/usage-table.ts';
import type { ToldRun } from '../utilization/utilization.ts';
import { utilizations } from '../utilization/utilization-table.ts';

type MeterRead = Extract<WorkerEvent, { type: 'WorkerMeterRead' }>['data'];
type Exited = Extract<WorkerEvent, { type: 'WorkerExited' }>['data'];
type Ended = Extract<JobRunEvent, { type: 'JobRunSucceeded' }>['data'];

/** A run of before it was said when runs were created is not told of. */
async function runOf(tx: EntityManager, jobRunId: string): Promise<ToldRun | null> {
  const { state } = await load(tx, payers, jobRunId);
  if (state.status === 'ABSENT' || state.createdAt === undefined) return null;
  const { applicationId, accountId, region, mode = 'BATCH', createdAt } = state;
  return { jobRunId, applicationId, accountId, region, mode, createdAt };
}

type Telling = { readonly final: boolean; readonly at: string; readonly causedBy: number };

/** Tells what is metered of a run by now; nothing where nothing is. */
export async function tellUtilization(
  tx: EntityManager,
  jobRunId: string,
  { final, at, causedBy }: Telling,
): Promise<void> {
  const run = await runOf(tx, jobRunId);
  const { state: usage } = await load(tx, usages, jobRunId);
  if (run === null || usage.status === 'ABSENT' || usage.jobRunId === null) return;
  const command = {
    type: 'TellUtilization',
    run,
    attempt: Math.max(...usage.workers.map(({ attempt }) => attempt ?? 1)),
    used: usedQuantities(usage.workers),
    billed: billedQuantities(usage.workers),
    final,
    at,
  } as const;
  await handleIn(tx, utilizations, jobRunId, command, { causedBy });
}

export const onJobRunStarted: TransactionReaction = async ({ stream, data, globalSeq }, tx) => {
  const jobRunId = idOf(stream);
  const run = await runOf(tx, jobRunId);
  if (run === null) return;
  const { applicationId, accountId } = run;
  const told = { jobRunId, applicationId, accountId };
  const command = { type: 'BeginUtilization', run: told, startedAt: String(data['at']) } as const;
  await handleIn(tx, utilizations, jobRunId, command, { causedBy: globalSeq });
};

export const onJobRunEnded: TransactionReaction = async ({ data, globalSeq: causedBy }, tx) => {
  const { jobRunId, at } = data as Ended;
  await tellUtilization(tx, jobRunId, { final: true, at, causedBy });
};

/** After the driver's meter was read: the driver lives as long as the attempt. */
export const onMeterRead: TransactionReaction = async ({ data, globalSeq: causedBy }, tx) => {
  const { jobRunId, workerType, at } = data as MeterRead;
  if (jobRunId !== null && workerType === 'SPARK_DRIVER')
    await tellUtilization(tx, jobRunId, { final: false, at, causedBy });
};

/** After the end of a worker was metered. */
export const onLateExit: TransactionReaction = async ({ data, globalSeq: causedBy }, tx) => {
  const { jobRunId, at } = data as Exited;
  if (jobRunId === null) return;
  const { state } = await load(tx, utilizations, jobRunId);
  if (state.final) await tellUtilization(tx, jobRunId, { final: true, at, causedBy });
};
