/** Reading pieces of the log from files: exports, proofs, segments; packed with zstd or not. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { LogHeader, LogLine } from '@firesteel/event-store/log-file';
import { linesOf, unpackedLines } from '@firesteel/event-store/segment';
import type { SegmentStore } from '@firesteel/event-store/segment-store';

/** The lines of a file. */
export async function* fileLines(path: string): AsyncGenerator<LogLine, void> {
  const file = createReadStream(path);
  yield* path.endsWith('.zst') ? unpackedLines(file) : linesOf(file);
}

/** A file of lines: an export, a proof, a segment; wherever it lies. */
export type Piece = {
  readonly name: string;
  readonly lines: () => AsyncIterable<LogLine>;
  /** Segments say at their end what they hold. */
  readonly isSegment: boolean;
};

/** An export or a proof on disk. */
export const filePiece = (path: string): Piece => ({
  name: path,
  lines: () => fileLines(path),
  isSegment: false,
});

/** A segment of a store; without a line when its file is missing. */
export const segmentPiece = (store: SegmentStore, name: string): Piece => ({
  name,
  lines: async function* () {
    const packed = await store.get(name);
    if (packed !== undefined) yield* unpackedLines(Readable.from([packed]));
  },
  isSegment: true,
});

/**
 * The header of a file.
 * @throws Error when its first line is none
 */
export async function readHeader({ name, lines }: Piece): Promise<LogHeader> {
  for await (const line of lines())
    if (line.kind === 'log') return line;
    else break;
  throw new Error(`${name} does not begin like a piece of a log`);
}
