/**
 * Commands that come at the same time share a transaction (group commit): while one is on its way to
 * the disk the next ones gather; they are read, decided one after another, and written as one. Each
 * is answered by itself, once its facts are durable, and a refused one leaves nothing behind.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { inSpan } from '@firesteel/telemetry/spans';
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type Aggregate,
  type AggregateRow,
  decideOn,
  type Handled,
  streamOf,
  transact,
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

/** A work as it waits: what it answers goes to its caller. */
type Work = {
  readonly places: readonly Place[];
  /** Runs the work, and gives back how to tell its caller once all is durable. */
  readonly decide: (unit: Unit) => () => void;
  readonly reject: (error: unknown) => void;
};

/** Reads, decides and writes works within a transaction; answers how to tell the callers. */
async function decideAll(
  tx: EntityManager,
  works: readonly Work[],
  lockTimeoutMs: number | null,
): Promise<readonly (() => void)[]> {
  const standings = new Map(
    await loadStandings(
      tx,
      works.flatMap(({ places }) => places),
    ),
  );
  const facts: PlacedFact[] = [];
  const answers = works.map(({ decide, reject }) => {
    const attempt = unitOn(standings);
    try {
      const answer = decide(attempt.unit);
      for (const [stream, standing] of attempt.changed) standings.set(stream, standing);
      facts.push(...attempt.facts);
      return answer;
    } catch (error) {
      return () => reject(error);
    }
  });
  await write(tx, standings, facts, lockTimeoutMs);
  return answers;
}

/** Whoever waits longer for a lock waits by himself: he would hold up all others. */
const lockTimeoutMs = 50;
/** Beyond this a group does not get cheaper, only later. */
const groupSize = 256;

/** By itself, decided again when somebody else was first. */
async function commitAlone(em: EntityManager, work: Work): Promise<void> {
  try {
    const answers = await transact(em, (tx) => decideAll(tx, [work], null));
    for (const answer of answers) answer();
  } catch (error) {
    work.reject(error);
  }
}

async function commitGroup(em: EntityManager, works: readonly Work[]): Promise<void> {
  let written = false;
  try {
    const answers = await em.fork().transactional(async (tx) => {
      const decided = await decideAll(tx, works, lockTimeoutMs);
      written = true;
      return decided;
    });
    for (const answer of answers) answer();
  } catch (error) {
    // After the commit was sent nobody knows what came of it; before, nothing did, and each tries alone.
    if (written) for (const { reject } of works) reject(error);
    else for (const work of works) void commitAlone(em, work);
  }
}

/** What gathers while a group is being written. */
type Lane = { waiting: Work[]; busy: boolean };

async function drain(em: EntityManager, lane: Lane): Promise<void> {
  lane.busy = true;
  while (lane.waiting.length > 0) {
    // Who was answered just now, or was read from a socket with others, comes before the group sets out.
    await turn();
    await commitGroup(em, lane.waiting.splice(0, groupSize));
  }
  lane.busy = false;
}

/** One lane per entity manager: a service has one. */
const lanes = new WeakMap<EntityManager, Lane>();
const laneOf = (em: EntityManager): Lane => {
  const lane = lanes.get(em) ?? { waiting: [], busy: false };
  lanes.set(em, lane);
  return lane;
};

/**
 * Does a work on the streams it names, in a transaction that it shares with works that come at the
 * same time. The work may run more than once, and must not do anything but decide.
 * @returns what the work answers, once its facts are durable
 * @throws what the work throws, such as Refused; VersionConflict when others were first again and again
 */
export function commit<Result>(
  em: EntityManager,
  places: readonly Place[],
  work: (unit: Unit) => Result,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const lane = laneOf(em);
    lane.waiting.push({
      places,
      decide: (unit) => {
        const result = work(unit);
        return () => resolve(result);
      },
      reject,
    });
    if (!lane.busy) void drain(em, lane);
  });
}

/** One command on one stream, durable when it answers. */
export const handle = <
  State extends object,
  Command extends { readonly type: string },
  Event extends AnyFact,
>(
  em: EntityManager,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  command: Command,
  meta: AppendMeta = {},
): Promise<Handled<State, Event>> =>
  inSpan(`handle ${command.type}`, { 'firesteel.stream': streamOf(aggregate.category, id) }, () =>
    commit(em, [{ aggregate, id }], (unit) => unit.handle(aggregate, id, command, meta)),
  );
