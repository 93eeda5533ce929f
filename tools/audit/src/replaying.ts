/** Folds the whole log anew and compares it with every row of every service, on one snapshot. */
import { createHash, type Hash } from 'node:crypto';
import { noStore, type SegmentStore } from '@firesteel/event-store/segment-store';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { AuditedAggregate, AuditedService } from './audited-service.ts';
import { createBillComparison } from './bills.ts';
import { canonicalJson } from './canonical-json.ts';
import { cursorDifferences, readCursors } from './cursors.ts';
import { rowDifferences } from './differences.ts';
import { foldedRows, liveRows, pairs } from './folded-rows.ts';
import { type LogSource, openLogSource } from './log-source.ts';
import { unownedTables, unreadStreams } from './ownership.ts';
import { inSnapshot, readHead, readNumber } from './snapshot.ts';

/** What a service's replay went through. */
export type ServiceCount = {
  readonly service: string;
  readonly streams: number;
  readonly events: number;
  readonly rows: number;
};

export type Replay = {
  /** The last place of the order; events that wait for theirs were folded as well. */
  readonly head: number;
  readonly unsequenced: number;
  readonly services: readonly ServiceCount[];
  readonly differences: readonly string[];
  /** SHA-256 (hex) over every replayed row in canonical JSON. */
  readonly digest: string;
};

/** How long consumers may take to reach what had been sequenced when the audit began. */
export type Patience = { readonly patienceMs: number; readonly pauseMs: number };

const usualPatience: Patience = { patienceMs: 10_000, pauseMs: 250 };

/** What grows while a snapshot is read. */
type Gathering = {
  readonly digest: Hash;
  readonly differences: string[];
  readonly compareBills: ReturnType<typeof createBillComparison>;
};

type Count = Omit<ServiceCount, 'service'>;

async function replayAggregate(
  tx: EntityManager,
  source: LogSource,
  schema: string,
  aggregate: AuditedAggregate,
  gathering: Gathering,
): Promise<Count> {
  const table = `${schema}.${aggregate.entity.meta.tableName}`;
  const sides = pairs(
    foldedRows(tx, source.all, aggregate),
    liveRows(tx, schema, aggregate.entity.meta.tableName),
  );
  const count = { streams: 0, events: 0, rows: 0 };
  for await (const pair of sides) {
    count.rows += pair.live ? 1 : 0;
    if (pair.folded) {
      count.streams += 1;
      count.events += pair.folded.events;
      gathering.digest.update(`${table} ${canonicalJson(pair.folded.row)}\n`);
    }
    gathering.differences.push(
      ...rowDifferences(table, pair),
      ...gathering.compareBills(aggregate.category, table, pair),
    );
  }
  return count;
}

const byCategory = (a: AuditedAggregate, b: AuditedAggregate): number =>
  a.category < b.category ? -1 : 1;

async function replayService(
  tx: EntityManager,
  source: LogSource,
  service: AuditedService,
  gathering: Gathering,
): Promise<ServiceCount> {
  const total = { streams: 0, events: 0, rows: 0 };
  // In order of category: the digest has one order, and price lists come before the usage they rate.
  for (const aggregate of [...service.aggregates].sort(byCategory)) {
    const count = await replayAggregate(tx, source, service.schema, aggregate, gathering);
    total.streams += count.streams;
    total.events += count.events;
    total.rows += count.rows;
  }
  gathering.differences.push(...(await unownedTables(tx, service)));
  return { service: service.schema.replaceAll('_', '-'), ...total };
}

/** Replays one snapshot, or nothing at all when consumers are behind and there is time to wait. */
async function replaySnapshot(
  tx: EntityManager,
  services: readonly AuditedService[],
  store: SegmentStore,
  target: number,
  mayWait: boolean,
): Promise<Replay | undefined> {
  const head = await readHead(tx);
  const cursors = await readCursors(
    tx,
    services.map(({ schema }) => schema),
  );
  const unsequenced = await readNumber(tx, 'select count(*) as n from log.unsequenced');
  const behind = unsequenced > 0 || cursors.some(({ globalSeq }) => globalSeq < target);
  if (behind && mayWait) return undefined;
  const source = await openLogSource(tx, store);
  const gathering: Gathering = {
    digest: createHash('sha256'),
    differences: cursorDifferences(cursors, head, target),
    compareBills: createBillComparison(),
  };
  const counts: ServiceCount[] = [];
  for (const service of services) counts.push(await replayService(tx, source, service, gathering));
  gathering.differences.push(...(await unreadStreams(tx, source, services)));
  return {
    head,
    unsequenced,
    services: counts,
    differences: gathering.differences,
    digest: gathering.digest.digest('hex'),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Replays the log and compares. Waits for consumers first; one that stays behind is a difference.
 * Memory does not grow with the log: one stream's state and a page of rows at a time. `store` holds what has left the tables.
 */
export async function replayLog(
  em: EntityManager,
  services: readonly AuditedService[],
  { patienceMs, pauseMs }: Patience = usualPatience,
  store = noStore,
): Promise<Replay> {
  const target = await inSnapshot(em, readHead);
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    const mayWait = waitedMs < patienceMs;
    const replay = await inSnapshot(
      em,
      (tx) => replaySnapshot(tx, services, store, target, mayWait),
      false,
    );
    if (replay) return replay;
    await pause(pauseMs);
  }
}
