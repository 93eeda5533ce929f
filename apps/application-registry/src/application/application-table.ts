/** Where applications are kept: a row each, found by account and state, newest last. */
import type { ApplicationEvent } from '@firesteel/contracts/events';
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { type Place, pageToken } from '@firesteel/http/page-token';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import {
  type Application,
  type ApplicationCommand,
  type ApplicationState,
  application,
} from './application.ts';

export const ApplicationRow = defineEntity({
  name: 'ApplicationRow',
  tableName: 'application',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<Application>(),
    accountId: p.text().fieldName('account_id'),
    status: p.text(),
    createdAt: p.text().fieldName('created_at'),
  },
});

export const applications: Aggregate<ApplicationState, ApplicationCommand, ApplicationEvent> = {
  category: 'application',
  decider: application,
  entity: ApplicationRow,
  columns: (state) =>
    state.status === 'ABSENT'
      ? { account_id: '', status: state.status, created_at: '' }
      : { account_id: state.accountId, status: state.status, created_at: state.createdAt },
};

/** One page of an account's applications. */
export type ApplicationPage = {
  readonly applications: readonly Application[];
  readonly nextToken: string | null;
};

/** The states ListApplications shows unless asked for others: all but TERMINATED. */
const shownStates: readonly string[] = [
  'CREATING',
  'CREATED',
  'STARTING',
  'STARTED',
  'STOPPING',
  'STOPPED',
];

/**
 * Lists in order of creation; `nextToken` is the place of the last row, so pages neither repeat nor
 * skip while applications come and go.
 */
export async function listApplications(
  em: EntityManager,
  query: {
    readonly accountId: string;
    readonly states: readonly string[];
    readonly maxResults: number;
    readonly after: Place | null;
  },
): Promise<ApplicationPage> {
  const [createdAt, id] = query.after ?? ['', ''];
  const rows = await em.fork().find(
    ApplicationRow,
    {
      accountId: query.accountId,
      status: { $in: query.states.length > 0 ? [...query.states] : [...shownStates] },
      $or: [{ createdAt: { $gt: createdAt } }, { createdAt, id: { $gt: id } }],
    },
    { orderBy: { createdAt: 'asc', id: 'asc' }, limit: query.maxResults + 1 },
  );
  const page = rows.slice(0, query.maxResults);
  const last = page.at(-1);
  return {
    applications: page.map(({ state }) => state),
    nextToken: rows.length > query.maxResults && last ? pageToken([last.createdAt, last.id]) : null,
  };
}
