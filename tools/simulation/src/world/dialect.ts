/**
 * The way from a service's MikroORM to the one PostgreSQL. Every commit has a fate: the process may die
 * before it (all is rolled back) or after it (all is done, and nobody heard of it), so a crash can lie
 * between any two steps; the disk may be slow; and an append may find that somebody else was first.
 */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Postgres } from './postgres.ts';
import { currentLife, never } from './process.ts';

/** As PostgreSQL says it when the stream has another version already. */
class FirstWasAnother extends Error {
  readonly code = '23505';
}

const appends = /^\s*select log\.append\w*\(/;
const onlyReads = /^\s*select\b(?!.*\bfor update\b)/is;

class Connection implements DatabaseConnection {
  private readonly postgres: Postgres;
  private readonly role: string;
  private giveUp: () => void;
  inTransaction = false;
  private hasAppended = false;

  constructor(postgres: Postgres, role: string, giveUp: () => void) {
    this.postgres = postgres;
    this.role = role;
    this.giveUp = giveUp;
  }

  release(): void {
    this.giveUp();
    this.giveUp = () => {};
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.inTransaction || onlyReads.test(sql)) return this.send<Row>(sql, parameters);
    let result: QueryResult<Row> = { rows: [] };
    await this.commit(() => {
      result = this.send<Row>(sql, parameters);
    });
    return result;
  }

  /** Makes something last, unless the process dies before; whoever dies here hears nothing of it. */
  async commit(last: () => void): Promise<void> {
    const life = currentLife();
    const fate = life?.faults.fateOf(life.process);
    if (fate?.dies === 'before') {
      this.rollback();
      life?.die();
    } else {
      last();
      if (this.hasAppended) this.postgres.appends += 1;
      if (fate?.dies === 'after') life?.die();
    }
    this.inTransaction = false;
    this.hasAppended = false;
    // Others go on while this one waits for the disk.
    this.release();
    if (life?.isOver) await never();
    await life?.pause(fate?.acknowledgedAfterMs ?? 0);
  }

  rollback(): void {
    if (this.inTransaction) this.postgres.execute('rollback');
    this.inTransaction = false;
    this.hasAppended = false;
  }

  private send<Row>(sql: string, parameters: readonly unknown[]): QueryResult<Row> {
    this.postgres.assume(this.role);
    if (appends.test(sql)) {
      if (currentLife()?.faults.conflicts()) throw new FirstWasAnother('another was first');
      this.hasAppended = true;
    }
    const { rows, affected } =
      parameters.length === 0 ? this.postgres.execute(sql) : this.postgres.query(sql, parameters);
    return { rows: rows as Row[], numAffectedRows: BigInt(affected) };
  }

  begin(): void {
    this.postgres.assume(this.role);
    this.postgres.execute('begin');
    this.inTransaction = true;
  }

  /** Something about the transaction itself. */
  note(sql: string): void {
    this.postgres.execute(sql);
  }

  end(): void {
    this.postgres.execute('commit');
  }

  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('a simulated connection streams nothing');
  }
}

class SimulatedDriver implements Driver {
  private readonly postgres: Postgres;
  private readonly role: string;

  constructor(postgres: Postgres, role: string) {
    this.postgres = postgres;
    this.role = role;
  }

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}

  async acquireConnection(): Promise<Connection> {
    await currentLife()?.awake();
    const giveUp = await this.postgres.hold();
    if (currentLife()?.isOver) {
      giveUp();
      await never();
    }
    return new Connection(this.postgres, this.role, giveUp);
  }

  async beginTransaction(connection: Connection): Promise<void> {
    connection.begin();
  }

  commitTransaction(connection: Connection): Promise<void> {
    return connection.commit(() => connection.end());
  }

  async rollbackTransaction(connection: Connection): Promise<void> {
    connection.rollback();
  }

  async savepoint(connection: Connection, name: string): Promise<void> {
    connection.note(`savepoint "${name}"`);
  }

  async rollbackToSavepoint(connection: Connection, name: string): Promise<void> {
    connection.note(`rollback to savepoint "${name}"`);
  }

  async releaseSavepoint(connection: Connection, name: string): Promise<void> {
    connection.note(`release savepoint "${name}"`);
  }

  async releaseConnection(connection: Connection): Promise<void> {
    connection.release();
  }
}

/** What MikroORM takes as `driverOptions`. */
export const simulatedDialect = (postgres: Postgres, role: string): Dialect => ({
  createDriver: () => new SimulatedDriver(postgres, role),
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
});
