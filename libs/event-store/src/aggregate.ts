/**
 * An aggregate is a decider with a place: its streams, and one table with a row per stream that holds
 * the folded state and the columns by which it is found. The row is written in the append's own
 * transaction, so reads after writes see it; it is a pure function of the stream, so a replay from
 * nothing must give the same row.
 */

import type { Decider } from '@firesteel/decider';
import { fold } from '@firesteel/decider';
import type { EntityManager, EntitySchema } from '@mikro-orm/postgresql';
import { executeBound } from './bound.ts';
import {
  type AnyFact,
  type AppendMeta,
  appendPlaced,
  codeOf,
  type PlacedFact,
  placed,
  VersionConflict,
} from './event-store.ts';

/** The value of a query column: what SQL, JSON and the replay compare alike. */
export type ColumnValue = string | number | boolean | null;

/** What every aggregate's table has; query columns come beside it. */
export type AggregateRow = { id: string; version: number; state: object };

export type Aggregate<State extends object, Command, Event extends AnyFact> = {
  /** Streams are `<category>-<id>`. */
  readonly category: string;
  readonly decider: Decider<State, Command, Event>;
  /** A MikroORM entity made with `aggregateEntity`. */
  readonly entity: EntitySchema;
  /** The query columns, worked out from the state alone. */
  readonly columns: (state: State) => Readonly<Record<string, ColumnValue>>;
};

/** What came of a command. */
export type Handled<State, Event> = {
  readonly events: readonly Event[];
  readonly state: State;
  readonly version: number;
};

/** The row a stream's events lead to; the same in a live append and in a replay from nothing. */
export const rowOf = <State extends object, Command, Event extends AnyFact>(
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  version: number,
  state: State,
): AggregateRow & Record<string, unknown> => ({
  id,
  version,
  state,
  ...aggregate.columns(state),
});

/** Folds a whole stream into its row: what a replay compares with the table. */
export const replayRow = <State extends object, Command, Event extends AnyFact>(
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  events: readonly Event[],
): AggregateRow & Record<string, unknown> =>
  rowOf(aggregate, id, events.length, fold(aggregate.decider, events));

/** The current state of one stream and its version; the decider's initial state when there is none. */
export async function load<State extends object, Command, Event extends AnyFact>(
  em: EntityManager,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
): Promise<{ readonly state: State; readonly version: number }> {
  const [row] = await executeBound<{ version: number; state: State }>(
    em,
    `select version, state from ${aggregate.entity.meta.tableName} where id = $1`,
    [id],
  );
  return row ?? { state: aggregate.decider.initial, version: 0 };
}

/** What a command does to a stream: nothing to append, and no row, when everything is already so. */
export type Decided<State, Event> = Handled<State, Event> & {
  readonly facts: readonly PlacedFact[];
  readonly row: AggregateRow | null;
};

/** The stream of an aggregate's thing. */
export const streamOf = (category: string, id: string): string => `${category}-${id}`;

/**
 * Decides a command on a stream that stands so; nothing is written.
 * @throws Refused from the decider
 */
export function decideOn<State extends object, Command, Event extends AnyFact>(
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  { state, version }: { readonly state: State; readonly version: number },
  command: Command,
  meta: AppendMeta,
): Decided<State, Event> {
  const { decide, evolve } = aggregate.decider;
  const events = decide(command, state);
  if (events.length === 0) return { events, state, version, facts: [], row: null };
  const next = events.reduce(evolve, state);
  const nextVersion = version + events.length;
  return {
    events,
    state: next,
    version: nextVersion,
    facts: placed(streamOf(aggregate.category, id), version, events, meta),
    row: rowOf(aggregate, id, nextVersion, next),
  };
}

/**
 * Load, decide, append, keep the row: within the caller's transaction.
 * @throws Refused from the decider; VersionConflict when somebody else was first
 */
export async function handleIn<State extends object, Command, Event extends AnyFact>(
  tx: EntityManager,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  command: Command,
  meta: AppendMeta = {},
): Promise<Handled<State, Event>> {
  const standing = await load(tx, aggregate, id);
  const { facts, row, ...handled } = decideOn(aggregate, id, standing, command, meta);
  if (row === null) return handled;
  await appendPlaced(tx, facts);
  await writeRows(tx, aggregate.entity.meta.tableName, [row]);
  return handled;
}

/** Keeps rows of one table, each in place of what it was. */
export async function writeRows(
  tx: EntityManager,
  table: string,
  rows: readonly AggregateRow[],
): Promise<void> {
  const names = Object.keys(rows[0] ?? {});
  await executeBound(
    tx,
    `insert into ${table} (${names.join(', ')})
     select ${names.join(', ')} from json_populate_recordset(null::${table}, $1)
     on conflict (id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    [JSON.stringify(rows)],
  );
}

/** How often a command is decided again after somebody else was first. */
const attempts = 5;

const deadlock = '40P01';
const isBeaten = (error: unknown): boolean =>
  error instanceof VersionConflict || codeOf(error) === deadlock;

/** Runs `work` in a transaction of its own, again from the start when another was first. */
export async function transact<Result>(
  em: EntityManager,
  work: (tx: EntityManager) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await em.fork().transactional(work);
    } catch (error) {
      if (!isBeaten(error) || attempt === attempts) throw error;
    }
  }
}
