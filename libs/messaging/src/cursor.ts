/** A consumer's place in the log: one row in its own schema, moved in the effect's own transaction. */
import { Migration } from '@mikro-orm/migrations';
import type { EntityManager } from '@mikro-orm/postgresql';

/** Creates the cursor table; every consuming service lists it first among its migrations. */
export class CreateCursor extends Migration {
  override up(): void {
    this.addSql(`create table cursor (
      name text primary key,
      global_seq bigint not null,
      kafka_offset bigint not null)`);
  }
}

/** `globalSeq` is the last event seen; `kafkaOffset` only a hint where to look for the next. */
export type Cursor = {
  readonly globalSeq: number;
  readonly kafkaOffset: bigint;
};

const start: Cursor = { globalSeq: 0, kafkaOffset: -1n };

/** Reads the cursor and, inside a transaction, holds it against any other consumer of the same name. */
export async function lockCursor(tx: EntityManager, name: string): Promise<Cursor> {
  const [row] = await tx.execute<{ global_seq: string; kafka_offset: string }[]>(
    'select global_seq, kafka_offset from cursor where name = ? for update',
    [name],
  );
  return row
    ? {
        globalSeq: Number(row.global_seq),
        kafkaOffset: BigInt(row.kafka_offset),
      }
    : start;
}

/** Moves the cursor; commits or fails with everything else in the transaction. */
export async function moveCursor(tx: EntityManager, name: string, to: Cursor): Promise<void> {
  await tx.execute(
    `insert into cursor (name, global_seq, kafka_offset) values (?, ?, ?)
     on conflict (name) do update set global_seq = excluded.global_seq,
       kafka_offset = excluded.kafka_offset`,
    [name, to.globalSeq, String(to.kafkaOffset)],
  );
}

/** Which life of the log this database is in; a restored copy begins another. */
export async function currentIncarnation(tx: EntityManager): Promise<string> {
  const [row] = await tx.execute<{ id: string }[]>('select id from log.incarnation');
  if (!row) throw new Error('the log has no incarnation: prepareDatabase has not run');
  return row.id;
}
