/** Everything in a service's schema must come from the log, and everything in the log must have a reader. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { AuditedService } from './audited-service.ts';
import type { LogSource } from './log-source.ts';

/** Tables that hold no state of the domain: a consumer's place, and the schema's own history. */
const technicalTables: readonly string[] = ['cursor', 'parked', 'schema_migration'];

/** Tables of a service that no replay can rebuild. */
export async function unownedTables(
  tx: EntityManager,
  { schema, aggregates }: AuditedService,
): Promise<string[]> {
  const owned = [...technicalTables, ...aggregates.map(({ entity }) => entity.meta.tableName)];
  const rows = await tx.execute<{ tablename: string }[]>(
    'select tablename from pg_tables where schemaname = ? order by tablename',
    [schema],
  );
  return rows
    .filter(({ tablename }) => !owned.includes(tablename))
    .map(
      ({ tablename }) =>
        `${schema}.${tablename}: no aggregate owns this table, so no replay can rebuild it`,
    );
}

/** Streams that no aggregate folds. */
export async function unreadStreams(
  tx: EntityManager,
  source: LogSource,
  services: readonly AuditedService[],
): Promise<string[]> {
  const known = services.flatMap(({ aggregates }) => aggregates.map(({ category }) => category));
  const conditions = known.map((category) => `not starts_with(stream, '${category}-')`);
  const rows = await tx.execute<{ category: string | null; events: string }[]>(
    `select log.category_of(stream) as category, count(*) as events from ${source.all}
     where ${['true', ...conditions].join(' and ')} group by 1 order by 1`,
  );
  return rows.map(
    ({ category, events }) =>
      `log.event: ${events} events of ${category ?? 'no'} streams belong to no aggregate`,
  );
}
