/** Differences as sentences: which cell, what it is, what the log says. */

import { canonicalJson } from './canonical-json.ts';
import type { Pair } from './folded-rows.ts';

/** One cell: `schema.table row <id> column <name>: is X, the log says Y`. */
export const cellDifference = (
  table: string,
  id: string,
  column: string,
  is: unknown,
  said: unknown,
): string =>
  `${table} row ${id} column ${column}: is ${canonicalJson(is)}, the log says ${canonicalJson(said)}`;

/** Every difference between a stream and its row. */
export function rowDifferences(table: string, { id, folded, live }: Pair): string[] {
  const flaws = folded?.flaw ? [`${table} row ${id}: its stream is broken: ${folded.flaw}`] : [];
  if (!live) return [...flaws, `${table} row ${id}: is missing, the log says it exists`];
  if (!folded) return [...flaws, `${table} row ${id}: is surplus, the log knows nothing of it`];
  const columns = [...new Set([...Object.keys(folded.row), ...Object.keys(live.row)])].sort();
  const changed = columns.filter(
    (column) => canonicalJson(live.row[column]) !== canonicalJson(folded.row[column]),
  );
  return [
    ...flaws,
    ...changed.map((column) =>
      cellDifference(table, id, column, live.row[column], folded.row[column]),
    ),
  ];
}
