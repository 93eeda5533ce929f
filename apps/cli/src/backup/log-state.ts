/** What a backup and a restore have to know of a log. */
import { type LogCheckpoint, parseLine } from '@firesteel/event-store/log-file';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Head } from './manifest.ts';

const noHash = '0'.repeat(64);

/** The last event up to a place, or of all. */
export async function readHead(em: EntityManager, upTo?: number): Promise<Head> {
  const [row] = await em.execute<{ seq: string; hash: string }[]>(
    `select global_seq as seq, encode(hash, 'hex') as hash from log.sequenced
     where ?::bigint is null or global_seq <= ? order by global_seq desc limit 1`,
    [upTo ?? null, upTo ?? null],
  );
  return row ? { seq: Number(row.seq), hash: row.hash } : { seq: 0, hash: noHash };
}

export async function readIncarnation(em: EntityManager): Promise<string> {
  const [row] = await em.execute<{ id: string }[]>('select id from log.incarnation');
  if (row === undefined) throw new Error('The log has no incarnation.');
  return row.id;
}

const checkpointOf = (line: string): LogCheckpoint => {
  const parsed = parseLine(line);
  if (parsed.kind !== 'checkpoint') throw new Error('That is no checkpoint.');
  return parsed;
};

/** The checkpoints of a file's text; a last line without its end is what a crash has left. */
export const checkpointsIn = (text: string): LogCheckpoint[] =>
  text.split('\n').slice(0, -1).map(checkpointOf);

/** Those of a file that the log does not have: it was signed on after the copy was made. */
export async function checkpointsAhead(
  em: EntityManager,
  kept: readonly LogCheckpoint[],
): Promise<LogCheckpoint[]> {
  const rows = await em.execute<{ line: string }[]>('select line from log.checkpoint');
  const own = new Set(rows.map(({ line }) => JSON.stringify(checkpointOf(line))));
  return kept.filter((one) => !own.has(JSON.stringify(one)));
}
