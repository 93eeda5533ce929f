/** Both sides of the comparison, in the same order: what the log says, and what the table holds. */
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type AuditedAggregate,
  type FoldedEvent,
  type TableRow,
  tableRow,
} from './audited-service.ts';
import { pagedRows } from './snapshot.ts';

/** One stream, folded from nothing. */
export type Folded = {
  readonly id: string;
  readonly row: TableRow;
  readonly events: number;
  /** What is wrong with the stream itself; null when nothing is. */
  readonly flaw: string | null;
};

type EventRow = FoldedEvent & { readonly stream: string; readonly version: number };

type Fold = {
  readonly id: string;
  readonly state: object;
  readonly events: number;
  readonly flaw: string | null;
};

function taken(aggregate: AuditedAggregate, fold: Fold, event: EventRow): Fold {
  const events = fold.events + 1;
  if (fold.flaw !== null) return { ...fold, events };
  if (event.version !== events)
    return { ...fold, events, flaw: `version ${event.version} follows ${fold.events}` };
  try {
    return { ...fold, events, state: aggregate.decider.evolve(fold.state, event) };
  } catch (error) {
    return { ...fold, events, flaw: `version ${event.version} cannot be folded: ${error}` };
  }
}

const finished = (aggregate: AuditedAggregate, { id, state, events, flaw }: Fold): Folded => ({
  id,
  row: tableRow(aggregate, id, events, state),
  events,
  flaw,
});

/** Folds every stream of a category in a relation of events (`LogSource`), one state in memory at a time. */
export async function* foldedRows(
  tx: EntityManager,
  events: string,
  aggregate: AuditedAggregate,
): AsyncGenerator<Folded, void> {
  const prefix = `${aggregate.category}-`;
  const query = `select stream, version, type, data from ${events}
    where starts_with(stream, '${prefix}') order by stream collate "C", version`;
  let fold: Fold | null = null;
  for await (const event of pagedRows<EventRow>(tx, 'folded', query)) {
    const id = event.stream.slice(prefix.length);
    if (fold !== null && fold.id !== id) {
      yield finished(aggregate, fold);
      fold = null;
    }
    const before: Fold = fold ?? { id, state: aggregate.decider.initial, events: 0, flaw: null };
    fold = taken(aggregate, before, event);
  }
  if (fold !== null) yield finished(aggregate, fold);
}

/** A row as the table holds it, every column in JSON. */
export type Live = { readonly id: string; readonly row: TableRow };

/** The rows of an aggregate's table in the same order. */
export const liveRows = (
  tx: EntityManager,
  schema: string,
  table: string,
): AsyncGenerator<Live, void> =>
  pagedRows<Live>(
    tx,
    'live',
    `select id, to_jsonb(t) as row from ${schema}.${table} t order by id collate "C"`,
  );

/** One id, with whatever there is of it on either side. */
export type Pair = { readonly id: string; readonly folded?: Folded; readonly live?: Live };

/** Byte order, which is what `collate "C"` sorts by. */
const compareIds = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Which side's turn it is: negative the first, positive the second, 0 both. */
function turn(folded: Folded | undefined, live: Live | undefined): number {
  if (folded === undefined) return 1;
  if (live === undefined) return -1;
  return compareIds(folded.id, live.id);
}

/** The next pair of two sides that are not both at their end. */
function pairOf(folded: Folded | undefined, live: Live | undefined): Pair {
  const whose = turn(folded, live);
  return {
    id: (whose <= 0 ? folded : live)?.id ?? '',
    ...(whose <= 0 && folded ? { folded } : {}),
    ...(whose >= 0 && live ? { live } : {}),
  };
}

const nextOf = async <Side>(side: AsyncGenerator<Side, void>): Promise<Side | undefined> => {
  const { value } = await side.next();
  return value ?? undefined;
};

/** Merges the two sides by id. */
export async function* pairs(
  foldedSide: AsyncGenerator<Folded, void>,
  liveSide: AsyncGenerator<Live, void>,
): AsyncGenerator<Pair, void> {
  let folded = await nextOf(foldedSide);
  let live = await nextOf(liveSide);
  while (folded !== undefined || live !== undefined) {
    const pair = pairOf(folded, live);
    yield pair;
    if (pair.folded) folded = await nextOf(foldedSide);
    if (pair.live) live = await nextOf(liveSide);
  }
}
