/** Publishes sequenced events at least once, in order, and remembers how far the brokers acknowledged. */
import {
  type ChainedEvent,
  type ChainedRow,
  chained,
  chainedColumns,
} from '@firesteel/event-store/chain';
import { droppedEvents, lastDropped, readSegments } from '@firesteel/event-store/segment';
import type { SegmentStore } from '@firesteel/event-store/segment-store';
import type { Publishable, Publisher, TopicEnd } from '@firesteel/messaging/producer';
import { continueTrace, inSpan } from '@firesteel/telemetry/spans';
import type { EntityManager } from '@mikro-orm/postgresql';

/** Events that are read, told and remembered at a time. */
const batchSize = 1_000;

/**
 * One request to the broker, which takes 1 MiB. What it takes as one, consumers mostly get as one, and each batch of
 * theirs is a transaction.
 */
const portionBytes = 512 * 1_024;

/** What a message has beside its texts: its headers and its key. */
const besideBytes = 600;

/** Events in portions of one request each; one that is larger than that goes alone. */
export function inPortions<Event extends Pick<ChainedEvent, 'data' | 'meta'>>(
  events: readonly Event[],
): readonly (readonly Event[])[] {
  const portions: Event[][] = [];
  let room = 0;
  for (const event of events) {
    const bytes = Buffer.byteLength(event.data) + Buffer.byteLength(event.meta) + besideBytes;
    if (bytes > room) {
      portions.push([]);
      room = portionBytes;
    }
    portions.at(-1)?.push(event);
    room -= bytes;
  }
  return portions;
}

/** An event's exact texts as the values a message carries. */
export const publishable = (event: ChainedEvent, incarnation: string): Publishable => ({
  globalSeq: event.globalSeq,
  stream: event.stream,
  version: event.version,
  eventId: event.eventId,
  type: event.type,
  recordedAt: event.recordedAt,
  data: JSON.parse(event.data),
  meta: JSON.parse(event.meta),
  incarnation,
});

/** How far every topic has certainly been told, by the log's own memory. */
export async function readPublished(em: EntityManager): Promise<number> {
  const [row] = await em.execute<{ global_seq: string }[]>(
    "select global_seq from log.published where topic_set = 'all'",
  );
  return Number(row?.global_seq ?? 0);
}

/**
 * Remembers it, after the acknowledgement, and waits for no disk: a place that a crash forgets is told again, and the next
 * events would wait with it.
 */
export async function writePublished(em: EntityManager, globalSeq: number): Promise<void> {
  await em.execute(
    `with unhurried as (select set_config('synchronous_commit', 'off', true))
     insert into log.published (topic_set, global_seq) select 'all', ? from unhurried
     on conflict (topic_set) do update set global_seq = excluded.global_seq`,
    [globalSeq],
  );
}

/**
 * Where publishing goes on after a start. The topic may be behind the checkpoint (Kafka lost an
 * unflushed tail), and an older life of the log counts as nothing published at all.
 */
export const resumeAfter = (
  published: number,
  topicEnd: TopicEnd | undefined,
  incarnation: string,
): number =>
  topicEnd === undefined || topicEnd.incarnation !== incarnation
    ? 0
    : Math.min(published, topicEnd.globalSeq);

async function readSequenced(em: EntityManager, after: number): Promise<ChainedEvent[]> {
  const rows = await em.execute<(ChainedRow & { global_seq: string })[]>(
    `select s.global_seq, ${chainedColumns} from log.sequenced s join log.event e using (pos)
     where s.global_seq > ? order by s.global_seq limit ${batchSize}`,
    [after],
  );
  return rows.map((row) => chained(row, Number(row.global_seq)));
}

/** A request's trace shows when its events were published. */
const markInTrace = ({ type, globalSeq, meta: { traceparent } }: Publishable): Promise<void> =>
  traceparent === undefined
    ? Promise.resolve()
    : continueTrace(traceparent, () =>
        inSpan(`publish ${type}`, { 'firesteel.globalSeq': globalSeq }, async () => undefined),
      );

async function tell(
  publisher: Pick<Publisher, 'publish'>,
  incarnation: string,
  events: readonly ChainedEvent[],
): Promise<void> {
  for (const portion of inPortions(events)) {
    const messages = portion.map((event) => publishable(event, incarnation));
    await publisher.publish(messages);
    await Promise.all(messages.map(markInTrace));
  }
}

/** Publishes a batch and remembers it. */
async function publishBatch(
  em: EntityManager,
  publisher: Pick<Publisher, 'publish'>,
  incarnation: string,
  events: readonly ChainedEvent[],
): Promise<void> {
  const newest = events.at(-1);
  if (newest === undefined) return;
  await tell(publisher, incarnation, events);
  await writePublished(em, newest.globalSeq);
}

/** Publishes everything sequenced after `after`, as the tables have it; answers the last place published. */
export async function publishAfter(
  em: EntityManager,
  publisher: Pick<Publisher, 'publish'>,
  incarnation: string,
  after: number,
): Promise<number> {
  let last = after;
  for (;;) {
    const events = await readSequenced(em, last);
    const newest = events.at(-1);
    if (newest === undefined) return last;
    await publishBatch(em, publisher, incarnation, events);
    last = newest.globalSeq;
  }
}

/** Publishes what was sequenced just now, without reading it again; answers the last place published. */
export async function publishSequenced(
  em: EntityManager,
  publisher: Pick<Publisher, 'publish'>,
  incarnation: string,
  after: number,
  sequenced: readonly ChainedEvent[],
): Promise<number> {
  // Whatever stands between goes first.
  if (sequenced[0]?.globalSeq !== after + 1) return publishAfter(em, publisher, incarnation, after);
  await tell(publisher, incarnation, sequenced);
  const last = after + sequenced.length;
  await writePublished(em, last);
  return last;
}

/**
 * Publishes what is to be told again and whose rows have left for segments; answers the last place published,
 * from which the tables go on.
 * @throws BrokenSegment when a file is missing or another
 */
export async function publishDropped(
  em: EntityManager,
  publisher: Pick<Publisher, 'publish'>,
  incarnation: string,
  after: number,
  store: SegmentStore,
): Promise<number> {
  const segments = await readSegments(em);
  const range = { first: after + 1, last: lastDropped(segments) };
  let batch: ChainedEvent[] = [];
  for await (const event of droppedEvents(segments, store, range)) {
    batch.push(event);
    if (batch.length < batchSize) continue;
    await publishBatch(em, publisher, incarnation, batch);
    batch = [];
  }
  await publishBatch(em, publisher, incarnation, batch);
  return Math.max(after, range.last);
}
