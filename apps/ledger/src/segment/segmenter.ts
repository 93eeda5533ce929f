/**
 * Writes closed ranges of the log as segments and, when they are old enough, lets their rows go. A segment is
 * whole checkpoints, so that everything behind it is there when signing goes on after a start. It works beside
 * the loop that sequences: nobody waits for it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  type ChainedRow,
  chained,
  chainedColumns,
  genesis,
  linkOf,
} from '@firesteel/event-store/chain';
import { checkpointLine, eventLine, type LogLine } from '@firesteel/event-store/log-file';
import { merkleRoot } from '@firesteel/event-store/merkle';
import {
  checkSegment,
  packedHash,
  packLines,
  readSegments,
  type Segment,
  segmentName,
} from '@firesteel/event-store/segment';
import type { SegmentStore } from '@firesteel/event-store/segment-store';
import type { EntityManager } from '@mikro-orm/postgresql';
import { BrokenChain, readCheckpoints } from '../checkpoint/checkpointer.ts';
import { requireEpoch } from '../sequence/sequencer.ts';

export type SegmenterOptions = {
  readonly em: EntityManager;
  readonly epoch: number;
  readonly store: SegmentStore;
  /** A segment has at least so many events, and no checkpoint more than it needs for them. */
  readonly everyEvents: number;
  /** How long rows stay after their last event. */
  readonly hotMs: number;
  readonly now: () => Date;
};

type Row = ChainedRow & { readonly global_seq: string; readonly hash: Buffer };
/** The last event of a range, and what its chain begins with. */
type Range = { readonly first: number; readonly last: number; readonly previousHash: string };
type Body = Pick<Segment, 'first' | 'last' | 'merkleRoot' | 'previousHash' | 'chainHash'>;

/** Rows read at a time. */
const pageSize = 500;

/** The next range that is closed, or undefined when there are not enough signed events yet. */
async function nextRange(em: EntityManager, everyEvents: number): Promise<Range | undefined> {
  const before = (await readSegments(em)).at(-1);
  const first = (before?.last ?? 0) + 1;
  const [row] = await em.execute<{ last: string | null }[]>(
    'select min(seq) as last from log.checkpoint where seq >= ?',
    [first + everyEvents - 1],
  );
  if (row?.last == null) return undefined;
  const previousHash = before?.chainHash ?? genesis.toString('hex');
  return { first, last: Number(row.last), previousHash };
}

async function* rowsOf(em: EntityManager, { first, last }: Range): AsyncGenerator<Row, void> {
  for (let after = first - 1; after < last; ) {
    const rows = await em.execute<Row[]>(
      `select s.global_seq, s.hash, ${chainedColumns} from log.sequenced s join log.event e using (pos)
       where s.global_seq > ? and s.global_seq <= ? order by s.global_seq limit ${pageSize}`,
      [after, last],
    );
    if (rows.length === 0) throw new BrokenChain(after + 1);
    yield* rows;
    after = Number(rows.at(-1)?.global_seq);
  }
}

/** The lines of a segment; `done` hears what they come to before the last one. */
async function* linesOf(
  em: EntityManager,
  range: Range,
  done: (body: Body) => void,
): AsyncGenerator<LogLine, void> {
  const { first, last, previousHash } = range;
  const checkpoints = new Map((await readCheckpoints(em, first - 1)).map((one) => [one.seq, one]));
  const leaves: Buffer[] = [];
  let head: Buffer = Buffer.from(previousHash, 'hex');
  yield { kind: 'log', format: 1, first, previousHash, selection: null };
  for await (const row of rowsOf(em, range)) {
    const seq = first + leaves.length;
    const event = chained(row, seq);
    const link = linkOf(head, event);
    if (Number(row.global_seq) !== seq || !link.hash.equals(row.hash)) throw new BrokenChain(seq);
    head = link.hash;
    leaves.push(link.leaf);
    yield eventLine(event, head.toString('hex'));
    const checkpoint = checkpoints.get(seq);
    if (checkpoint) yield checkpointLine(checkpoint);
  }
  const body: Body = {
    ...{ first, last, previousHash },
    chainHash: head.toString('hex'),
    merkleRoot: merkleRoot(leaves).toString('hex'),
  };
  done(body);
  yield { kind: 'segment', ...body };
}

async function pack(
  em: EntityManager,
  range: Range,
): Promise<{ readonly packed: Buffer; readonly segment: Segment }> {
  let body: Body | undefined;
  const packed = await packLines(
    linesOf(em, range, (whole) => {
      body = whole;
    }),
  );
  if (body === undefined) throw new BrokenChain(range.first);
  const segment = {
    ...body,
    name: segmentName(body),
    sha256: packedHash(packed),
    bytes: packed.length,
    dropped: false,
  };
  return { packed, segment };
}

const remember = (em: EntityManager, epoch: number, segment: Segment): Promise<void> =>
  em.fork().transactional(async (tx) => {
    await requireEpoch(tx, epoch);
    await tx.execute(
      `insert into log.segment
         (first_seq, last_seq, name, sha256, bytes, merkle_root, previous_hash, chain_hash)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        segment.first,
        segment.last,
        segment.name,
        segment.sha256,
        segment.bytes,
        segment.merkleRoot,
        segment.previousHash,
        segment.chainHash,
      ],
    );
  });

/** Writes the next closed range, reads it back and remembers it; answers it, or undefined when there is none. */
async function storeNext(options: SegmenterOptions): Promise<Segment | undefined> {
  const em = options.em.fork();
  const range = await nextRange(em, options.everyEvents);
  if (range === undefined) return undefined;
  const { packed, segment } = await pack(em, range);
  await options.store.put(segment.name, packed);
  await checkSegment(options.store, segment);
  await remember(em, options.epoch, segment);
  return segment;
}

/** The oldest segment with rows that may go: old enough, told to everybody, and not the end of the log. */
async function nextToDrop({ em, hotMs, now }: SegmenterOptions): Promise<Segment | undefined> {
  const oldest = (await readSegments(em.fork())).find(({ dropped }) => !dropped);
  if (oldest === undefined) return undefined;
  const rows = await em.fork().execute<object[]>(
    `select from log.sequenced s join log.event e using (pos)
     where s.global_seq = ? and e.recorded_at <= ?
       and exists (select from log.sequenced later where later.global_seq > s.global_seq)
       and exists (select from log.published where topic_set = 'all' and global_seq >= s.global_seq)`,
    [oldest.last, new Date(now().getTime() - hotMs)],
  );
  return rows.length === 0 ? undefined : oldest;
}

/** Lets rows go whose segment is there and sound today, however long ago it was written. */
async function dropNext(options: SegmenterOptions): Promise<Segment | undefined> {
  const segment = await nextToDrop(options);
  if (segment === undefined) return undefined;
  await checkSegment(options.store, segment);
  await options.em.fork().transactional(async (tx) => {
    await requireEpoch(tx, options.epoch);
    await tx.execute('select log.drop_segment(?)', [segment.last]);
  });
  return segment;
}

/** What one look has done, in the order of the log. */
export type Segmented = {
  readonly stored: readonly Segment[];
  readonly dropped: readonly Segment[];
};

/**
 * Stores every closed range and drops what is old enough.
 * @throws BrokenChain, BrokenSegment, Fenced, or what the store says; what was done stays done
 */
export async function segmentLog(options: SegmenterOptions): Promise<Segmented> {
  const stored: Segment[] = [];
  for (let next = await storeNext(options); next; next = await storeNext(options))
    stored.push(next);
  const dropped: Segment[] = [];
  for (let next = await dropNext(options); next; next = await dropNext(options)) dropped.push(next);
  return { stored, dropped };
}

export type SegmentingOptions = Omit<SegmenterOptions, 'em' | 'epoch'> & {
  /** Between two looks. */
  readonly everyMs: number;
  /** Called with what was done, when it was anything. */
  readonly done: (segmented: Segmented) => void;
  /** Called with what kept a range from being stored or dropped; it is tried again. */
  readonly failed: (error: unknown) => void;
};

/** Looks again and again until it is stopped; resolves when a look under way has ended. */
export async function keepSegmenting(
  options: SegmenterOptions & SegmentingOptions,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      const segmented = await segmentLog(options);
      if (segmented.stored.length + segmented.dropped.length > 0) options.done(segmented);
    } catch (error) {
      options.failed(error);
    }
    await pause(options.everyMs, undefined, { signal: stop, ref: false }).catch(() => {});
  }
}
