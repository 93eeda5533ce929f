/** Gives every appended event its place in the one order, and its link in the hash chain. */
import { executeBound } from '@firesteel/event-store/bound';
import {
  type ChainedEvent,
  type ChainedRow,
  chained,
  chainedColumns,
  genesis,
  type Link,
  linkOf,
} from '@firesteel/event-store/chain';
import type { EntityManager } from '@mikro-orm/postgresql';

/** Another ledger has taken over; this one must write nothing more. */
export class Fenced extends Error {
  constructor(epoch: number) {
    super(`another ledger took over from epoch ${epoch}`);
    this.name = 'Fenced';
  }
}

/** Events in one transaction at most: large enough for bursts, small enough to keep the lag short. */
export const batchSize = 1_000;

/** Begins a new epoch: from now on every older ledger is refused. */
export async function takeOver(em: EntityManager): Promise<number> {
  const [row] = await em.execute<{ epoch: string }[]>(
    'update log.epoch set epoch = epoch + 1 returning epoch',
  );
  return Number(row?.epoch);
}

/** An event with its place in the order, in the chain and in its checkpoint's tree. */
export type SequencedLink = ChainedEvent & Link;

type Head = { readonly globalSeq: number; readonly hash: Buffer };

async function readHead(tx: EntityManager): Promise<Head> {
  const [row] = await tx.execute<{ global_seq: string; hash: Buffer }[]>(
    'select global_seq, hash from log.sequenced order by global_seq desc limit 1',
  );
  return row
    ? { globalSeq: Number(row.global_seq), hash: row.hash }
    : { globalSeq: 0, hash: genesis };
}

/**
 * Holds the epoch until the transaction ends.
 * @throws Fenced when another ledger has taken over
 */
export async function requireEpoch(tx: EntityManager, epoch: number): Promise<void> {
  const rows = await tx.execute<object[]>('select 1 from log.epoch where epoch = ? for update', [
    epoch,
  ]);
  if (rows.length === 0) throw new Fenced(epoch);
}

/**
 * Takes the oldest that wait. Neither half leaves PostgreSQL a choice: its statistics know the queue as empty, and with
 * what gathers while the broker is away it compared each row with each, or would read the whole log for a thousand.
 */
export const takeStatement = `with taken as (
    delete from log.unsequenced
    where pos <= (select max(pos) from (select pos from log.unsequenced order by pos limit ${batchSize}) oldest)
    returning pos)
  select ${chainedColumns} from taken
  cross join lateral (select * from log.event where pos = taken.pos offset 0) e order by taken.pos`;

/** Whether anything waits; one cheap read, so that idle polling costs next to nothing. */
export async function anythingWaits(em: EntityManager): Promise<boolean> {
  const rows = await em.execute<object[]>('select 1 from log.unsequenced limit 1');
  return rows.length > 0;
}

/**
 * Sequences what one snapshot shows, in the order of positions: it takes rows, not a range after a
 * cursor, so a transaction that commits late is only later, never lost; and if an event of a stream is
 * visible, so are those before it. Answers the events with their places, oldest first.
 * @throws Fenced when another ledger has taken over
 */
export const sequenceBatch = (
  em: EntityManager,
  epoch: number,
): Promise<readonly SequencedLink[]> =>
  em.fork().transactional(async (tx) => {
    await requireEpoch(tx, epoch);
    const rows = await tx.execute<ChainedRow[]>(takeStatement);
    if (rows.length === 0) return [];
    const head = await readHead(tx);
    let previous = head.hash;
    const links = rows.map((row, index): SequencedLink & { pos: string } => {
      const event = chained(row, head.globalSeq + index + 1);
      const link = linkOf(previous, event);
      previous = link.hash;
      return { ...event, ...link, pos: row.pos };
    });
    const column = (value: (link: (typeof links)[number]) => unknown): string =>
      JSON.stringify(links.map(value));
    await executeBound(
      tx,
      `insert into log.sequenced (global_seq, pos, hash)
       select s::bigint, p::bigint, decode(h, 'base64')
       from rows from (json_array_elements_text($1), json_array_elements_text($2), json_array_elements_text($3)) as x(s, p, h)`,
      [
        column(({ globalSeq }) => globalSeq),
        column(({ pos }) => pos),
        column(({ hash }) => hash.toString('base64')),
      ],
    );
    return links;
  });
