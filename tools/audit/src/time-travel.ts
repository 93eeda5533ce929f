/** States as they were: folded from the events up to a place of the order, and from nothing else. */
import { createHash } from 'node:crypto';
import { noStore, type SegmentStore } from '@firesteel/event-store/segment-store';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { AuditedAggregate, AuditedService, TableRow } from './audited-service.ts';
import { billFrom, priceListsOf } from './bills.ts';
import { canonicalJson } from './canonical-json.ts';
import { foldedRows } from './folded-rows.ts';
import { openLogSource } from './log-source.ts';
import { placeOf } from './moments.ts';
import { inSnapshot, readHead } from './snapshot.ts';

/** What somebody wants to see of the past. */
export type Wish = {
  /** A sequence number or a time. */
  readonly until: string;
  /** Such as `job-scheduler`; undefined: all. */
  readonly service?: string | undefined;
  readonly stream?: string | undefined;
  /** The job run whose bill is asked for. */
  readonly bill?: string | undefined;
};

export type Past = {
  /** The last event that counts. */
  readonly until: number;
  readonly streams: number;
  readonly events: number;
  /** The row of the stream, or the bill, that was asked for; null when it was not there yet. */
  readonly shown: unknown;
  /** SHA-256 (hex) over every folded row in canonical JSON. */
  readonly digest: string;
};

/** A service and one of its aggregates. */
type Owned = { readonly schema: string; readonly aggregate: AuditedAggregate };

const nameOf = ({ schema }: AuditedService): string => schema.replaceAll('_', '-');

function chosen(services: readonly AuditedService[], name: string | undefined): Owned[] {
  const found = services.filter((service) => name === undefined || nameOf(service) === name);
  if (found.length === 0)
    throw new Error(`There is no service ${name}; there are ${services.map(nameOf).join(', ')}.`);
  return found.flatMap(({ schema, aggregates }) =>
    [...aggregates]
      .sort((a, b) => (a.category < b.category ? -1 : 1))
      .map((aggregate) => ({ schema, aggregate })),
  );
}

/** What is needed of a past besides its digest. */
type Kept = { readonly priceLists: TableRow[]; readonly rows: Map<string, TableRow> };

function shownOf(kept: Kept, { stream, bill }: Wish): unknown {
  if (bill === undefined) return stream === undefined ? null : (kept.rows.get(stream) ?? null);
  const usage = kept.rows.get(`usage-${bill}`);
  return usage ? billFrom(priceListsOf(kept.priceLists), usage) : null;
}

async function pastIn(
  tx: EntityManager,
  services: readonly AuditedService[],
  wish: Wish,
  store: SegmentStore,
): Promise<Past> {
  const until = Math.min(await placeOf(tx, 'until', wish.until, store), await readHead(tx));
  const source = await openLogSource(tx, store);
  const wanted = new Set([wish.stream, wish.bill === undefined ? undefined : `usage-${wish.bill}`]);
  const kept: Kept = { priceLists: [], rows: new Map() };
  const digest = createHash('sha256');
  const count = { streams: 0, events: 0 };
  for (const { schema, aggregate } of chosen(services, wish.service))
    for await (const { id, row, events, flaw } of foldedRows(tx, source.until(until), aggregate)) {
      const stream = `${aggregate.category}-${id}`;
      if (flaw !== null) throw new Error(`${stream} is broken: ${flaw}`);
      if (aggregate.category === 'price-list') kept.priceLists.push(row);
      if (wanted.has(stream)) kept.rows.set(stream, row);
      digest.update(`${schema}.${aggregate.entity.meta.tableName} ${canonicalJson(row)}\n`);
      count.streams += 1;
      count.events += events;
    }
  return { until, ...count, shown: shownOf(kept, wish), digest: digest.digest('hex') };
}

/**
 * Folds the past of one or all services.
 * @throws Error with one sentence for a wrong name or place, or when a stream cannot be folded
 */
export const readPast = (
  em: EntityManager,
  services: readonly AuditedService[],
  wish: Wish,
  store = noStore,
): Promise<Past> => inSnapshot(em, (tx) => pastIn(tx, services, wish, store), false);
