/** All events as relations of SQL, whether their rows are in the tables or have left for segments. */
import { droppedEvents, lastDropped, readSegments } from '@firesteel/event-store/segment';
import type { SegmentStore } from '@firesteel/event-store/segment-store';
import type { EntityManager } from '@mikro-orm/postgresql';

/** Relations with `stream`, `version`, `type` and `data`; to be put behind `from`. */
export type LogSource = {
  /** Sequenced or not. */
  readonly all: string;
  /** Those that had their place up to one. */
  readonly until: (globalSeq: number) => string;
};

const columns = 'stream, version, type, data';
const hot = `select ${columns} from log.event`;
const hotUntil = (globalSeq: number): string =>
  `select ${columns} from log.event e join log.sequenced s using (pos) where s.global_seq <= ${globalSeq}`;

/** Events on their way into the table at a time. */
const batchSize = 2_000;

type Row = {
  readonly g: number;
  readonly s: string;
  readonly v: number;
  readonly t: string;
  readonly d: string;
};

const insert = (tx: EntityManager, rows: readonly Row[]): Promise<unknown> =>
  tx.execute(
    `insert into archived_event
     select g, s, v, t, d::json from json_to_recordset(?::json) as x(g bigint, s text, v int, t text, d text)`,
    [JSON.stringify(rows)],
  );

/** Brings back what has left, for as long as the transaction lasts. */
async function bringBack(tx: EntityManager, store: SegmentStore): Promise<boolean> {
  const segments = await readSegments(tx);
  const last = lastDropped(segments);
  if (last === 0) return false;
  await tx.execute(`create temporary table archived_event
    (global_seq bigint, stream text, version int, type text, data json) on commit drop`);
  let rows: Row[] = [];
  for await (const event of droppedEvents(segments, store, { first: 1, last })) {
    const { globalSeq, stream, version, type, data } = event;
    rows.push({ g: globalSeq, s: stream, v: version, t: type, d: data });
    if (rows.length < batchSize) continue;
    await insert(tx, rows);
    rows = [];
  }
  await insert(tx, rows);
  await tx.execute('create index on archived_event (stream collate "C", version)');
  await tx.execute('analyze archived_event');
  return true;
}

/**
 * Opens a snapshot's events; from then on the transaction can only read.
 * @throws BrokenSegment when a file is missing or another
 */
export async function openLogSource(tx: EntityManager, store: SegmentStore): Promise<LogSource> {
  const archived = await bringBack(tx, store);
  await tx.execute('set transaction read only');
  if (!archived) return { all: `(${hot}) e`, until: (seq) => `(${hotUntil(seq)}) e` };
  const old = `select ${columns} from archived_event`;
  return {
    all: `(${old} union all ${hot}) e`,
    until: (seq) => `(${old} where global_seq <= ${seq} union all ${hotUntil(seq)}) e`,
  };
}
