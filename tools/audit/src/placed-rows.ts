/**
 * The order as the database holds it. Places and events come side by side, each as it lies there, and are put
 * together here: to join them takes the server more than twice as long as to read them.
 */
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import {
  copiedRows,
  eventFields,
  frameAt,
  type Place,
  placeFields,
  placeOf,
  type Unplaced,
  unplacedOf,
} from './copied-rows.ts';
import type { Placed } from './log-walk.ts';
import type { Open } from './snapshot.ts';

/** Events that wait for their place at most: tens of megabytes. */
const usuallyWaiting = 50_000;

async function copy<Row>(
  client: Client,
  rows: string,
  rowsOf: (chunks: AsyncIterable<Buffer>) => AsyncGenerator<readonly Row[], void>,
): Promise<AsyncGenerator<readonly Row[], void>> {
  // Row by row: the planner would rather sort the whole log before it gives the first.
  await client.query('set enable_sort = off; set max_parallel_workers_per_gather = 0');
  return rowsOf(client.query(copyTo(`copy (${rows}) to stdout (format binary)`)));
}

const copyPlaces = (client: Client, first: number) =>
  copy(
    client,
    `select ${placeFields.join()} from log.sequenced where global_seq >= ${first} order by global_seq`,
    (chunks) => copiedRows(chunks, placeFields.length, placeOf),
  );

const copyEvents = (client: Client, pos?: number) =>
  copy(
    client,
    `select ${eventFields.join()} from log.event ${pos === undefined ? '' : `where pos = ${pos}`} order by pos`,
    (chunks) => copiedRows(chunks, eventFields.length, unplacedOf),
  );

/**
 * Finds events by where they were appended. They come in that order, which is almost the order of their places; one that
 * is too far away, in a log that somebody has rearranged, is read by itself.
 */
class Events {
  private readonly open: Open;
  private readonly mostWaiting: number;
  private readonly coming: AsyncGenerator<readonly Unplaced[], void>;
  private readonly waiting = new Map<number, Unplaced>();
  private last = 0;
  /** A connection for those that are read by themselves. */
  private aside: Promise<Client> | undefined;

  constructor(open: Open, coming: AsyncGenerator<readonly Unplaced[], void>, mostWaiting: number) {
    this.open = open;
    this.coming = coming;
    this.mostWaiting = mostWaiting;
  }

  /** Undefined when there is none, null when it is still to come. */
  at(pos: number): Unplaced | null | undefined {
    const found = this.waiting.get(pos);
    if (found) this.waiting.delete(pos);
    else if (pos > this.last) return null;
    return found;
  }

  /** Reads on until it is known; to be asked for what is still to come. */
  async find(pos: number): Promise<Unplaced | undefined> {
    while (this.waiting.size < this.mostWaiting) {
      const { value: page, done } = await this.coming.next();
      if (done) this.last = Number.POSITIVE_INFINITY;
      for (const event of page ?? []) {
        this.waiting.set(event.pos, event);
        this.last = event.pos;
      }
      if (pos <= this.last) return this.at(pos) ?? undefined;
    }
    return this.findAlone(pos);
  }

  private async findAlone(pos: number): Promise<Unplaced | undefined> {
    let found: Unplaced | undefined;
    this.aside ??= this.open();
    for await (const rows of await copyEvents(await this.aside, pos)) found ??= rows[0];
    return found;
  }
}

async function* putTogether(
  places: AsyncIterable<readonly Place[]>,
  events: Events,
): AsyncGenerator<readonly Placed[], void> {
  for await (const page of places) {
    const rows: Placed[] = [];
    for (const { globalSeq, pos, hash } of page) {
      let event = events.at(pos);
      if (event === null) event = await events.find(pos);
      rows.push({ globalSeq, hash, frame: event ? frameAt(globalSeq, event) : null });
    }
    yield rows;
  }
}

/** Reads places from one on, in pages. */
export async function* readPlaced(
  open: Open,
  first: number,
  mostWaiting = usuallyWaiting,
): AsyncGenerator<readonly Placed[], void> {
  const events = new Events(open, await copyEvents(await open()), mostWaiting);
  yield* putTogether(await copyPlaces(await open(), first), events);
}
