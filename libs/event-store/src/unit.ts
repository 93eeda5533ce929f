/**
 * Works that share a transaction: the streams they name are read at once, the works are decided one after another, each
 * on what those before it have done, and their facts are written as one. A work that fails leaves nothing behind.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type Aggregate,
  type AggregateRow,
  decideOn,
  type Handled,
  streamOf,
  writeRows,
} from './aggregate.ts';
import { executeBound } from './bound.ts';
import { type AnyFact, type AppendMeta, appendPlaced, type PlacedFact } from './event-store.ts';

/** A stream that a work reads: it is loaded before the work begins. */
export type Place = {
  readonly aggregate: Pick<Aggregate<object, never, AnyFact>, 'category' | 'entity'> & {
    readonly decider: { readonly initial: object };
  };
  readonly id: string;
};

/** What a work does with the places it named. */
export type Unit = {
  /** The state of a place, with what the work has done to it. */
  readonly load: <State extends object, Command, Event extends AnyFact>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
  ) => { readonly state: State; readonly version: number };
  /** Decides a command and keeps its facts, which are written together with all others. */
  readonly handle: <State extends object, Command, Event extends AnyFact>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    command: Command,
    meta?: AppendMeta,
  ) => Handled<State, Event>;
};

/** A work: the streams it reads, and what it decides on them. It must not do anything else. */
export type Work<Result> = {
  readonly places: readonly Place[];
  readonly decide: (unit: Unit) => Result;
};

/** What a work answers, or throws. */
export type Outcome<Result> = { readonly result: Result } | { readonly error: unknown };

/** How a stream stands within a transaction. */
type Standing = {
  readonly version: number;
  readonly state: object;
  /** The row to keep; null while it is as it was loaded. */
  readonly row: { readonly table: string; readonly row: AggregateRow } | null;
};
type Standings = ReadonlyMap<string, Standing>;

async function loadStandings(tx: EntityManager, places: readonly Place[]): Promise<Standings> {
  const standings = new Map<string, Standing>();
  for (const [table, together] of Map.groupBy(
    places,
    ({ aggregate }) => aggregate.entity.meta.tableName,
  )) {
    const rows = await executeBound<{ id: string; version: number; state: object }>(
      tx,
      `select id, version, state from ${table} join json_array_elements_text($1) as asked(id) using (id)`,
      [JSON.stringify([...new Set(together.map(({ id }) => id))])],
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    for (const { aggregate, id } of together) {
      const { version, state } = found.get(id) ?? { version: 0, state: aggregate.decider.initial };
      standings.set(streamOf(aggregate.category, id), { version, state, row: null });
    }
  }
  return standings;
}

/** A unit on top of what works before it have done; what it does itself is in `changed` and `facts`. */
function unitOn(before: Standings): {
  readonly unit: Unit;
  readonly changed: Standings;
  readonly facts: readonly PlacedFact[];
} {
  const changed = new Map<string, Standing>();
  const facts: PlacedFact[] = [];
  const standingOf = (stream: string): Standing => {
    const standing = changed.get(stream) ?? before.get(stream);
    if (!standing) throw new Error(`${stream} is not among the places of this work`);
    return standing;
  };
  const load: Unit['load'] = <State extends object>(
    { category }: Pick<Place['aggregate'], 'category'>,
    id: string,
  ) => {
    const { state, version } = standingOf(streamOf(category, id));
    // The row was written from a state of this aggregate.
    return { state: state as State, version };
  };
  const handle: Unit['handle'] = (aggregate, id, command, meta = {}) => {
    const decided = decideOn(aggregate, id, load(aggregate, id), command, meta);
    const { facts: more, row, ...handled } = decided;
    if (row === null) return handled;
    facts.push(...more);
    const { version, state } = handled;
    const table = aggregate.entity.meta.tableName;
    changed.set(streamOf(aggregate.category, id), { version, state, row: { table, row } });
    return handled;
  };
  return { unit: { load, handle }, changed, facts };
}

async function write(
  tx: EntityManager,
  standings: Standings,
  facts: readonly PlacedFact[],
  lockTimeoutMs: number | null,
): Promise<void> {
  if (facts.length === 0) return;
  await appendPlaced(tx, facts, lockTimeoutMs);
  const rows = [...standings.values()].flatMap(({ row }) => row ?? []);
  // In one order in every transaction, so that two of them do not wait for each other.
  const sorted = rows.sort((a, b) => (a.row.id < b.row.id ? -1 : 1));
  for (const [table, together] of Map.groupBy(sorted, (row) => row.table))
    await writeRows(
      tx,
      table,
      together.map(({ row }) => row),
    );
}

/**
 * Reads, decides and writes works, in their order, within the caller's transaction.
 * @param lockTimeoutMs how long the writing waits for others' locks; without it, as long as it takes
 * @returns what came of each
 * @throws VersionConflict when somebody else was first; the transaction is then lost
 */
export async function decideTogether<Result>(
  tx: EntityManager,
  works: readonly Work<Result>[],
  lockTimeoutMs: number | null = null,
): Promise<readonly Outcome<Result>[]> {
  const places = works.flatMap((work) => work.places);
  const standings = new Map(await loadStandings(tx, places));
  const facts: PlacedFact[] = [];
  const outcomes = works.map(({ decide }): Outcome<Result> => {
    const attempt = unitOn(standings);
    try {
      const result = decide(attempt.unit);
      for (const [stream, standing] of attempt.changed) standings.set(stream, standing);
      facts.push(...attempt.facts);
      return { result };
    } catch (error) {
      return { error };
    }
  });
  await write(tx, standings, facts, lockTimeoutMs);
  return outcomes;
}
