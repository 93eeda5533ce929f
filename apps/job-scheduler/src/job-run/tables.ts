/** Where runs and gates are kept: a row each, found by application, state and time. */
import type { GateEvent, JobRunEvent } from '@firesteel/contracts/events';
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { type Place, pageToken } from '@firesteel/http/page-token';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type Gate, type GateCommand, gate } from '../gate/gate.ts';
import { type JobRun, type JobRunCommand, type JobRunState, jobRun } from './job-run.ts';

export const JobRunRow = defineEntity({
  name: 'JobRunRow',
  tableName: 'job_run',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<JobRun>(),
    applicationId: p.text().fieldName('application_id'),
    accountId: p.text().fieldName('account_id'),
    status: p.text(),
    mode: p.text(),
    createdAt: p.text().fieldName('created_at'),
  },
});

export const GateRow = defineEntity({
  name: 'GateRow',
  tableName: 'gate',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<Gate>(),
    idleSince: p.text().fieldName('idle_since').nullable(),
  },
});

export const jobRuns: Aggregate<JobRunState, JobRunCommand, JobRunEvent> = {
  category: 'job-run',
  decider: jobRun,
  entity: JobRunRow,
  columns: (state) =>
    state.status === 'ABSENT'
      ? { application_id: '', account_id: '', status: '', mode: '', created_at: '' }
      : {
          application_id: state.applicationId,
          account_id: state.accountId,
          status: state.status,
          mode: state.mode,
          created_at: state.createdAt,
        },
};

export const gates: Aggregate<Gate, GateCommand, GateEvent> = {
  category: 'gate',
  decider: gate,
  entity: GateRow,
  columns: ({ idleSince }) => ({ idle_since: idleSince }),
};

export type JobRunQuery = {
  readonly accountId: string;
  readonly applicationId: string;
  readonly states: readonly string[];
  readonly mode: string | undefined;
  readonly createdAtAfter: string | undefined;
  readonly createdAtBefore: string | undefined;
  readonly maxResults: number;
  readonly after: Place | null;
};

const filterOf = (query: JobRunQuery) => ({
  applicationId: query.applicationId,
  accountId: query.accountId,
  ...(query.states.length > 0 ? { status: { $in: [...query.states] } } : {}),
  ...(query.mode === undefined ? {} : { mode: query.mode }),
  $and: [
    ...(query.createdAtAfter === undefined ? [] : [{ createdAt: { $gte: query.createdAtAfter } }]),
    ...(query.createdAtBefore === undefined
      ? []
      : [{ createdAt: { $lte: query.createdAtBefore } }]),
    ...(query.after === null
      ? []
      : [
          {
            $or: [
              { createdAt: { $lt: query.after[0] } },
              { createdAt: query.after[0], id: { $lt: query.after[1] } },
            ],
          },
        ]),
  ],
});

/**
 * Runs of an application that have no workers yet. Those in its queue come first: otherwise each
 * would be let ahead by the one that leaves before it.
 */
export async function runsWithoutWorkers(
  tx: EntityManager,
  applicationId: string,
): Promise<readonly string[]> {
  const rows = await tx.execute<{ id: string }[]>(
    `select id from job_run
     where application_id = ? and status in ('SUBMITTED', 'QUEUED', 'PENDING')
     order by (state->>'queued')::boolean desc, created_at desc, id desc`,
    [applicationId],
  );
  return rows.map(({ id }) => id);
}

/** One page of an application's runs, newest first, and the token of the next. */
export async function listJobRuns(
  em: EntityManager,
  query: JobRunQuery,
): Promise<{ readonly jobRuns: readonly JobRun[]; readonly nextToken: string | null }> {
  const rows = await em.fork().find(JobRunRow, filterOf(query), {
    orderBy: { createdAt: 'desc', id: 'desc' },
    limit: query.maxResults + 1,
  });
  const page = rows.slice(0, query.maxResults);
  const last = page.at(-1);
  return {
    jobRuns: page.map(({ state }) => state),
    nextToken: rows.length > query.maxResults && last ? pageToken([last.createdAt, last.id]) : null,
  };
}
