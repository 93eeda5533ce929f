/** Reading pieces of the log from files: exports, proofs, segments; packed with zstd or not. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createZstdDecompress } from 'node:zlib';
import { type LogHeader, type LogLine, parseLine } from '@firesteel/event-store/log-file';

/** The lines of a file. */
export async function* fileLines(path: string): AsyncGenerator<LogLine, void> {
  const file = createReadStream(path);
  const input = path.endsWith('.zst') ? file.pipe(createZstdDecompress()) : file;
  // A stream that is piped does not pass its errors on.
  file.on('error', (error) => input.destroy(error));
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
    if (line !== '') yield parseLine(line);
}

/**
 * The header of a file.
 * @throws Error when its first line is none
 */
export async function readHeader(path: string): Promise<LogHeader> {
  for await (const line of fileLines(path))
    if (line.kind === 'log') return line;
    else break;
  throw new Error(`${path} does not begin like a piece of a log`);
}
