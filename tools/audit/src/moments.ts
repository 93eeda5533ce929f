/** Places of the order as people name them: by number, or by time. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** ISO-8601 with its zone: a time without one would mean another moment on another machine. */
const moment = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * The last event up to a place: a sequence number, or a time (ISO-8601; a day is its beginning in UTC).
 * @returns 0 when there is none
 * @throws Error with one sentence when it is neither
 */
export async function placeOf(tx: EntityManager, option: string, text: string): Promise<number> {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  if (!moment.test(text))
    throw new Error(
      `--${option} takes a sequence number or an ISO-8601 time with its zone, such as 2026-11-27T10:00:00Z; ${text} is none.`,
    );
  const [row] = await tx.execute<{ n: string | null }[]>(
    `select max(s.global_seq) as n from log.sequenced s join log.event e using (pos)
     where e.recorded_at <= ?::timestamptz`,
    [text.includes('T') ? text : `${text}T00:00:00Z`],
  );
  return Number(row?.n ?? 0);
}
