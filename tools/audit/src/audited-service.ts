/** A service as the audit sees it: a schema, and aggregates whose states' types it need not know. */
import { type ColumnValue, rowOf } from '@firesteel/event-store/aggregate';
import type { EntitySchema } from '@mikro-orm/postgresql';

/** An event as a fold takes it. */
export type FoldedEvent = { readonly type: string; readonly data: object };

/** Methods, so that aggregates of any state can be in one list; only a fold's own states go in. */
export type AuditedAggregate = {
  readonly category: string;
  readonly entity: EntitySchema;
  readonly decider: {
    readonly initial: object;
    evolve(state: object, event: FoldedEvent): object;
    decide(command: never, state: object): readonly FoldedEvent[];
  };
  columns(state: object): Readonly<Record<string, ColumnValue>>;
};

export type AuditedService = {
  /** The service's schema and role: `job_scheduler`. */
  readonly schema: string;
  readonly aggregates: readonly AuditedAggregate[];
};

/** A row of an aggregate's table, by column. */
export type TableRow = Readonly<Record<string, unknown>>;

/** The row that a state of a version must have in the aggregate's table. */
export const tableRow = (
  aggregate: AuditedAggregate,
  id: string,
  version: number,
  state: object,
): TableRow => rowOf<object, never, FoldedEvent>(aggregate, id, version, state);
