/** How far each service has read the log, by its own `cursor` table. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { cellDifference } from './differences.ts';

/** A consumer's place; a table without a row has read nothing yet. */
export type Cursor = { readonly schema: string; readonly name: string; readonly globalSeq: number };

async function hasTable(tx: EntityManager, schema: string): Promise<boolean> {
  const rows = await tx.execute<object[]>(
    "select 1 from pg_tables where schemaname = ? and tablename = 'cursor'",
    [schema],
  );
  return rows.length > 0;
}

/** The cursors of every service that consumes at all. */
export async function readCursors(
  tx: EntityManager,
  schemas: readonly string[],
): Promise<readonly Cursor[]> {
  const found: Cursor[] = [];
  for (const schema of schemas) {
    if (!(await hasTable(tx, schema))) continue;
    const rows = await tx.execute<{ name: string; global_seq: string }[]>(
      `select name, global_seq from ${schema}.cursor order by name`,
    );
    if (rows.length === 0) found.push({ schema, name: '(none)', globalSeq: 0 });
    for (const { name, global_seq } of rows)
      found.push({ schema, name, globalSeq: Number(global_seq) });
  }
  return found;
}

/** Places ahead of the log's head, or behind what had been sequenced when the audit began. */
export const cursorDifferences = (
  cursors: readonly Cursor[],
  head: number,
  target: number,
): string[] =>
  cursors
    .filter(({ globalSeq }) => globalSeq > head || globalSeq < target)
    .map(({ schema, name, globalSeq }) =>
      cellDifference(`${schema}.cursor`, name, 'global_seq', globalSeq, head),
    );
