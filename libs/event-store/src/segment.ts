/**
 * Segments: closed ranges of the log as files that never change, `tools/audit/EXPORT.md` packed with zstd. Their
 * rows may leave the tables; whoever needs all events reads the segments first and the tables from there on.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { EntityManager } from '@mikro-orm/postgresql';
import { linkOf } from './chain.ts';
import { type LogEvent, type LogLine, type LogSegment, lineText, parseLine } from './log-file.ts';
import { merkleRoot } from './merkle.ts';
import type { SegmentStore } from './segment-store.ts';

/** A segment as the log remembers it; `sha256` and `bytes` are those of the packed file. */
export type Segment = Omit<LogSegment, 'kind'> & {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Whether its rows have left the tables. */
  readonly dropped: boolean;
};

/** A segment's file does not hold what was put into it. */
export class BrokenSegment extends Error {
  constructor(name: string, what: string, cause?: unknown) {
    super(`segment ${name}: ${what}`, { cause });
    this.name = 'BrokenSegment';
  }
}

const digits = (seq: number): string => String(seq).padStart(15, '0');

/** The name of a segment's file; the end of its chain tells apart what two lives of a log have written. */
export const segmentName = ({ first, last, chainHash }: Omit<LogSegment, 'kind'>): string =>
  `${digits(first)}-${digits(last)}-${chainHash.slice(0, 16)}.ndjson.zst`;

/** The SHA-256 of a packed file, hex. */
export const packedHash = (packed: Buffer): string =>
  createHash('sha256').update(packed).digest('hex');

/** Packs lines; a checksum is in the file, so that a flipped bit is found when it is unpacked. */
export async function packLines(lines: AsyncIterable<LogLine>): Promise<Buffer> {
  const packer = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  const texts = async function* (): AsyncGenerator<string> {
    for await (const line of lines) yield lineText(line);
  };
  const [packed] = await Promise.all([
    buffer(packer),
    pipeline(Readable.from(texts(), { objectMode: false, highWaterMark: 65_536 }), packer),
  ]);
  return packed;
}

/**
 * The lines of a packed stream, one after the other.
 * @throws Error where it cannot be unpacked any further, or a line is none
 */
export async function* unpackedLines(packed: Readable): AsyncGenerator<LogLine, void> {
  const unpacker = packed.pipe(createZstdDecompress());
  // A stream that is piped does not pass its errors on.
  packed.on('error', (error) => unpacker.destroy(error));
  yield* linesOf(unpacker);
}

/** The lines of a text; an interface of `node:readline` would end in silence where its input fails. */
export async function* linesOf(input: Readable): AsyncGenerator<LogLine, void> {
  let rest = '';
  for await (const chunk of input.setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield parseLine(line);
  }
  if (rest !== '') yield parseLine(rest);
}

/** The log's segments, oldest first. */
export async function readSegments(em: EntityManager): Promise<Segment[]> {
  const rows = await em.execute<
    (Record<'first' | 'last' | 'bytes', string> &
      Record<'name' | 'sha256' | 'merkle_root' | 'previous_hash' | 'chain_hash', string> & {
        dropped: boolean;
      })[]
  >(
    `select first_seq as first, last_seq as last, bytes, name, sha256, merkle_root, previous_hash, chain_hash,
       dropped_at is not null as dropped
     from log.segment order by last_seq`,
  );
  return rows.map((row) => ({
    first: Number(row.first),
    last: Number(row.last),
    bytes: Number(row.bytes),
    name: row.name,
    sha256: row.sha256,
    merkleRoot: row.merkle_root,
    previousHash: row.previous_hash,
    chainHash: row.chain_hash,
    dropped: row.dropped,
  }));
}

/** The last event whose row has left the tables; 0 when none has. */
export const lastDropped = (segments: readonly Segment[]): number =>
  segments.findLast(({ dropped }) => dropped)?.last ?? 0;

/** Which events are asked for, both included. */
type Range = { readonly first: number; readonly last: number };

/**
 * Events whose rows have left the tables, oldest first.
 * @throws BrokenSegment when a file is missing or is another
 */
export async function* droppedEvents(
  segments: readonly Segment[],
  store: SegmentStore,
  { first, last }: Range,
): AsyncGenerator<LogEvent, void> {
  for (const segment of segments) {
    if (!segment.dropped || segment.last < first || segment.first > last) continue;
    for await (const line of unpackedLines(Readable.from([await readPacked(store, segment)])))
      if (line.kind === 'event' && line.globalSeq >= first && line.globalSeq <= last) yield line;
  }
}

/**
 * Fetches a segment's file.
 * @throws BrokenSegment when it is missing, or other bytes
 */
export async function readPacked(store: SegmentStore, segment: Segment): Promise<Buffer> {
  const { name } = segment;
  const packed = await store.get(name).catch((error: unknown) => {
    throw new BrokenSegment(name, error instanceof Error ? error.message : String(error), error);
  });
  if (packed === undefined) throw new BrokenSegment(name, 'its file is missing');
  if (packedHash(packed) !== segment.sha256)
    throw new BrokenSegment(name, 'its file is not the one that was stored');
  return packed;
}

/** Fetches a segment and follows its chain: only then may its rows leave. @throws BrokenSegment */
export async function checkSegment(store: SegmentStore, segment: Segment): Promise<void> {
  const { name, first, last, previousHash } = segment;
  const leaves: Buffer[] = [];
  let head: Buffer = Buffer.from(previousHash, 'hex');
  for await (const line of unpackedLines(Readable.from([await readPacked(store, segment)]))) {
    if (line.kind !== 'event') continue;
    const link = linkOf(head, line);
    if (line.globalSeq !== first + leaves.length || link.hash.toString('hex') !== line.hash)
      throw new BrokenSegment(name, `event ${first + leaves.length} is not what was sequenced`);
    head = link.hash;
    leaves.push(link.leaf);
  }
  const isWhole =
    leaves.length === last - first + 1 &&
    head.toString('hex') === segment.chainHash &&
    merkleRoot(leaves).toString('hex') === segment.merkleRoot;
  if (!isWhole) throw new BrokenSegment(name, 'it is not whole');
}
