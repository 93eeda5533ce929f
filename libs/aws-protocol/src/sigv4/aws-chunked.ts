import { AwsError } from '../aws-error.ts';

/** The body ends early, has bytes too many, or its framing cannot be read (S3's code). */
export const incompleteBody = (): AwsError =>
  new AwsError(
    'IncompleteBody',
    400,
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );

/** What a body in aws-chunked encoding is made of, in order. */
export type ChunkEvents = {
  chunkStart(size: number, signature: string | undefined): void;
  data(bytes: Buffer): void;
  chunkEnd(): void;
  trailer(name: string, value: string): void;
  /** A blank line after the last chunk; true when it ends the body. */
  blankLine(): boolean;
};

/** Feeds a body to its events piece by piece, never holding more than one line. */
export type ChunkReader = { write(bytes: Buffer): void; finish(): void };

const LONGEST_LINE = 8 * 1024;
const CHUNK_HEADER = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/;

type State = 'chunk-header' | 'data' | 'after-data' | 'trailers' | 'done';

/**
 * Reads aws-chunked framing: `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n` …, a chunk of size 0,
 * trailers `name:value\r\n`, and a blank line. Throws `IncompleteBody` (400) for any other bytes.
 */
export function createChunkReader(events: ChunkEvents): ChunkReader {
  let state: State = 'chunk-header';
  let remaining = 0;
  let partialLine = Buffer.alloc(0);

  const chunkHeader = (line: string): State => {
    const [, digits, signature] = CHUNK_HEADER.exec(line) ?? [];
    if (digits === undefined) throw incompleteBody();
    remaining = Number.parseInt(digits, 16);
    events.chunkStart(remaining, signature);
    if (remaining > 0) return 'data';
    events.chunkEnd();
    return 'trailers';
  };
  const trailer = (line: string): State => {
    // Some clients end a trailer with a line feed before the line end.
    const text = line.trim();
    if (text === '') return events.blankLine() ? 'done' : 'trailers';
    const colon = text.indexOf(':');
    if (colon === -1) throw incompleteBody();
    events.trailer(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
    return 'trailers';
  };
  const line = (text: string): State => {
    if (state === 'chunk-header') return chunkHeader(text);
    if (state === 'trailers') return trailer(text);
    if (state === 'after-data' && text === '') return 'chunk-header';
    throw incompleteBody();
  };
  const takeData = (bytes: Buffer): Buffer => {
    const taken = bytes.subarray(0, remaining);
    remaining -= taken.length;
    events.data(taken);
    if (remaining === 0) {
      events.chunkEnd();
      state = 'after-data';
    }
    return bytes.subarray(taken.length);
  };
  const takeLine = (bytes: Buffer): Buffer => {
    const joined = partialLine.length === 0 ? bytes : Buffer.concat([partialLine, bytes]);
    const end = joined.indexOf('\r\n');
    if (end > LONGEST_LINE || (end === -1 && joined.length > LONGEST_LINE)) throw incompleteBody();
    if (end === -1) {
      partialLine = Buffer.from(joined);
      return Buffer.alloc(0);
    }
    partialLine = Buffer.alloc(0);
    state = line(joined.toString('latin1', 0, end));
    return joined.subarray(end + 2);
  };

  return {
    write: (bytes) => {
      let rest = bytes;
      while (rest.length > 0) {
        if (state === 'done') throw incompleteBody();
        rest = state === 'data' ? takeData(rest) : takeLine(rest);
      }
    },
    finish: () => {
      if (state !== 'done') throw incompleteBody();
    },
  };
}
