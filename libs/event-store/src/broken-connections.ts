/** A connection that breaks in a transaction goes back to the pool, which throws it away. */
import { PostgresDriver } from 'kysely';

/**
 * kysely 0.29 gives a transaction's connection back after its rollback has worked, and never when `begin` or
 * `rollback` fails, which is what they do once the server is gone: each transaction that a restart of PostgreSQL
 * interrupts then takes a place of the pool with it, and after the last one every query waits for ever.
 */
export function giveBackBrokenConnections(): void {
  const driver = PostgresDriver.prototype;
  const { beginTransaction, rollbackTransaction } = driver;
  const orGiveBack = async (
    self: PostgresDriver,
    connection: Parameters<typeof rollbackTransaction>[0],
    work: Promise<void>,
  ): Promise<void> => {
    try {
      await work;
    } catch (error) {
      await self.releaseConnection(connection as Parameters<typeof self.releaseConnection>[0]);
      throw error;
    }
  };
  driver.beginTransaction = function begin(connection, settings) {
    return orGiveBack(this, connection, beginTransaction.call(this, connection, settings));
  };
  driver.rollbackTransaction = function rollback(connection) {
    return orGiveBack(this, connection, rollbackTransaction.call(this, connection));
  };
}
