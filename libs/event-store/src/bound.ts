/** Statements whose values travel beside them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery, type Kysely } from 'kysely';

/**
 * Runs a statement with `$1`, `$2` … in the manager's transaction, or by itself. MikroORM's own `execute` writes values
 * into the statement's text: escaped here and taken apart there, which for a group of events costs more than to keep them.
 * @returns the rows
 * @throws the driver's error, with PostgreSQL's `code`
 */
export async function executeBound<Row extends object>(
  em: EntityManager,
  statement: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const connection =
    em.getTransactionContext<Kysely<unknown>>() ?? em.getConnection().getClient<unknown>();
  const { rows } = await connection.executeQuery<Row>(CompiledQuery.raw(statement, [...values]));
  return rows;
}
