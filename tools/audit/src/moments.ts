/** Places of the order as people name them: by number, or by time. */
import { utcText } from '@firesteel/event-store/chain';
import { droppedEvents, readSegments } from '@firesteel/event-store/segment';
import type { SegmentStore } from '@firesteel/event-store/segment-store';
import type { EntityManager } from '@mikro-orm/postgresql';

/** ISO-8601 with its zone: a time without one would mean another moment on another machine. */
const moment = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * The last event up to a place: a sequence number, or a time (ISO-8601; a day is its beginning in UTC).
 * @returns 0 when there is none
 * @throws Error with one sentence when it is neither
 */
export async function placeOf(
  tx: EntityManager,
  option: string,
  text: string,
  store: SegmentStore,
): Promise<number> {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  if (!moment.test(text))
    throw new Error(
      `--${option} takes a sequence number or an ISO-8601 time with its zone, such as 2026-11-27T10:00:00Z; ${text} is none.`,
    );
  const at = text.includes('T') ? text : `${text}T00:00:00Z`;
  const [row] = await tx.execute<{ n: string | null; at: string }[]>(
    `select max(s.global_seq) as n, ${utcText('?::timestamptz')} as at
     from log.sequenced s join log.event e using (pos) where e.recorded_at <= ?::timestamptz`,
    [at, at],
  );
  return row?.n == null ? placeInSegments(tx, row?.at ?? '', store) : Number(row.n);
}

/** The same in what has left the tables; the newest segment that has one ends the search. */
async function placeInSegments(
  tx: EntityManager,
  at: string,
  store: SegmentStore,
): Promise<number> {
  const segments = await readSegments(tx);
  for (const range of segments.toReversed()) {
    let found = 0;
    for await (const event of droppedEvents(segments, store, range))
      if (event.recordedAt <= at) found = event.globalSeq;
    if (found > 0) return found;
  }
  return 0;
}
