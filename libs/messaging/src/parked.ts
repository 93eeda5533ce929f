/**
 * Events that a consumer could not take: kept in its own schema with everything of the same stream that came
 * after, so that the other streams move on and the order within this one holds.
 */
import { Refused } from '@firesteel/decider/refused';
import { transact } from '@firesteel/event-store/aggregate';
import type { NamedMigration } from '@firesteel/event-store/database';
import { Migration } from '@mikro-orm/migrations';
import type { EntityManager } from '@mikro-orm/postgresql';
import { CreateCursor, lockCursor } from './cursor.ts';
import type { Publishable } from './producer.ts';
import { type Reaction, react } from './reaction.ts';

export { ReactionFailed } from './reaction.ts';

class CreateParked extends Migration {
  override up(): void {
    this.addSql(`create table parked (
      consumer text not null,
      global_seq bigint not null,
      stream text not null,
      event json not null,
      cause text not null,
      parked_at timestamptz not null default now(),
      primary key (consumer, global_seq))`);
  }
}

/** What every consuming service lists first among its migrations. */
export const consumerMigrations: readonly NamedMigration[] = [
  { name: '2026-11-25-create-cursor', class: CreateCursor },
  { name: '2026-11-27-create-parked', class: CreateParked },
];

/** A parked event as an operator sees it. */
export type ParkedEvent = {
  readonly globalSeq: number;
  readonly stream: string;
  readonly type: string;
  /** What went wrong, or behind which event it waits. */
  readonly cause: string;
  /** ISO-8601 UTC. */
  readonly parkedAt: string;
};

/** Everything that a consumer has parked, in the order of the log. */
export async function listParked(em: EntityManager, consumer: string): Promise<ParkedEvent[]> {
  const rows = await em.execute<
    { global_seq: string; stream: string; type: string; cause: string; parked_at: Date }[]
  >(
    `select global_seq, stream, event ->> 'type' as type, cause, parked_at from parked
     where consumer = ? order by global_seq`,
    [consumer],
  );
  return rows.map(({ global_seq, stream, type, cause, parked_at }) => ({
    ...{ globalSeq: Number(global_seq), stream, type, cause },
    parkedAt: new Date(parked_at).toISOString(),
  }));
}

/** The streams of which something is parked, each with the first event of it. */
export async function parkedStreams(
  tx: EntityManager,
  consumer: string,
): Promise<Map<string, number>> {
  const rows = await tx.execute<{ stream: string; first: string }[]>(
    'select stream, min(global_seq) as first from parked where consumer = ? group by stream',
    [consumer],
  );
  return new Map(rows.map(({ stream, first }) => [stream, Number(first)]));
}

/** Parks an event, within the transaction that moves the cursor past it. */
export async function park(
  tx: EntityManager,
  consumer: string,
  event: Publishable,
  cause: string,
): Promise<void> {
  await tx.execute(
    'insert into parked (consumer, global_seq, stream, event, cause) values (?, ?, ?, ?::json, ?)',
    [consumer, event.globalSeq, event.stream, JSON.stringify(event), cause],
  );
}

/** A consumer whose parked events are to be mended. */
export type ParkingConsumer = {
  readonly em: EntityManager;
  readonly name: string;
  readonly reactions: Readonly<Record<string, Reaction>>;
};

const notParked = (globalSeq: number): Refused =>
  new Refused('NotFound', `Event ${globalSeq} is not parked here`);

/** Takes the parked events of a stream in order; all of them or none. */
async function takeStream(
  tx: EntityManager,
  { name, reactions }: ParkingConsumer,
  stream: string,
): Promise<number> {
  const rows = await tx.execute<{ event: Publishable }[]>(
    'select event from parked where consumer = ? and stream = ? order by global_seq',
    [name, stream],
  );
  for (const { event } of rows) {
    const reaction = reactions[event.type];
    if (reaction) await react(reaction, event, tx);
  }
  await tx.execute('delete from parked where consumer = ? and stream = ?', [name, stream]);
  return rows.length;
}

async function streamOf(tx: EntityManager, name: string, globalSeq: number): Promise<string> {
  // Holds the consumer itself: nothing of the stream may come in between.
  await lockCursor(tx, name);
  const [row] = await tx.execute<{ stream: string }[]>(
    'select stream from parked where consumer = ? and global_seq = ?',
    [name, globalSeq],
  );
  if (!row) throw notParked(globalSeq);
  return row.stream;
}

/**
 * Takes the whole stream of a parked event again and answers how many events that were.
 * @throws Refused when it is not parked; what the reaction throws when it still fails, and all stays parked
 */
export const retryParked = (consumer: ParkingConsumer, globalSeq: number): Promise<number> =>
  transact(consumer.em, async (tx) =>
    takeStream(tx, consumer, await streamOf(tx, consumer.name, globalSeq)),
  );

/**
 * Forgets a parked event, as if it had never told this consumer anything. What waits behind it stays parked.
 * @throws Refused when it is not parked
 */
export const dropParked = ({ em, name }: ParkingConsumer, globalSeq: number): Promise<void> =>
  transact(em, async (tx) => {
    await streamOf(tx, name, globalSeq);
    await tx.execute('delete from parked where consumer = ? and global_seq = ?', [name, globalSeq]);
  });
