import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** Thrown when a journal is damaged in a place that had been made durable: data may be missing. */
export const journalDamaged = (file: string, offset: number): Error =>
  new Error(
    `The index file ${file} is damaged at byte ${offset}, in a record that had been written safely. Restore it from a backup before the store is started.`,
  );

/** What reading a journal found: the length of its sound part, and whether a torn record follows. */
export type JournalExtent = { readonly soundBytes: number; readonly torn: boolean };

const readLength = 1 << 20;
const newline = 0x0a;

const checksumOf = (body: Buffer): string => crc32(body).toString(16).padStart(8, '0');

/**
 * A record: eight hex digits of CRC-32, a blank, JSON, a line feed. One record holds all changes of a
 * batch, so that a batch is in the journal wholly or not at all.
 */
export const encodeRecord = (changes: readonly unknown[]): Buffer => {
  const body = Buffer.from(JSON.stringify(changes), 'utf8');
  return Buffer.concat([Buffer.from(`${checksumOf(body)} `), body, Buffer.from([newline])]);
};

/** The JSON of a line without its line feed, or undefined when the line is not sound. */
const decodeLine = (line: Buffer): string | undefined => {
  if (line.length < 10 || line[8] !== 0x20) return undefined;
  const body = line.subarray(9);
  if (line.toString('latin1', 0, 8) !== checksumOf(body)) return undefined;
  return body.toString('utf8');
};

async function* linesOf(handle: FileHandle): AsyncGenerator<{ line: Buffer; end: number }> {
  let rest = Buffer.alloc(0);
  let consumed = 0;
  while (true) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(readLength), 0, readLength);
    if (bytesRead === 0) break;
    let data = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    for (let at = data.indexOf(newline); at >= 0; at = data.indexOf(newline)) {
      consumed += at + 1;
      yield { line: data.subarray(0, at), end: consumed };
      data = data.subarray(at + 1);
    }
    rest = Buffer.from(data);
  }
  if (rest.length > 0) yield { line: Buffer.alloc(0), end: consumed + rest.length };
}

/**
 * Reads a journal and hands every sound record to `onRecord`. A record that is not sound ends it: it is
 * the batch that was being written when the process or the machine died, which nobody was told of. But
 * a batch is only begun when the one before is durable, so a sound record behind an unsound one proves
 * damage, and that throws `journalDamaged`.
 */
export const readJournal = async (
  file: string,
  onRecord: (changes: readonly unknown[]) => void,
): Promise<JournalExtent> => {
  await using handle = await open(file, 'r');
  let soundBytes = 0;
  let torn = false;
  for await (const { line, end } of linesOf(handle)) {
    const json = decodeLine(line);
    if (json === undefined) {
      torn = true;
    } else {
      if (torn) throw journalDamaged(file, soundBytes);
      onRecord(JSON.parse(json) as readonly unknown[]);
      soundBytes = end;
    }
  }
  return { soundBytes, torn };
};

/** An open journal that records are appended to, one `append` at a time. */
export type JournalWriter = {
  readonly file: string;
  /** The bytes that are durable. */
  readonly length: () => number;
  /** Resolves when the record is on the disk. After a rejection the file is as it was before. */
  readonly append: (record: Buffer) => Promise<void>;
  /** False once a failed write could not be taken back; every later append is refused. */
  readonly healthy: () => boolean;
  readonly close: () => Promise<void>;
};

/** Writes all of a buffer at a position; the kernel may take it in pieces. */
export const writeFully = async (
  handle: FileHandle,
  bytes: Buffer,
  position: number,
): Promise<void> => {
  let written = 0;
  while (written < bytes.length) {
    const step = await handle.write(bytes, written, bytes.length - written, position + written);
    written += step.bytesWritten;
  }
};

/**
 * Opens a journal for appending after its sound part; a torn record behind it is cut off.
 * Creates the file when it does not exist.
 */
export const openJournal = async (file: string, soundBytes: number): Promise<JournalWriter> => {
  const handle = await open(file, soundBytes === 0 ? 'w' : 'r+', 0o600);
  await handle.truncate(soundBytes);
  await handle.sync();
  let length = soundBytes;
  let healthy = true;
  const takeBack = async (): Promise<void> => {
    healthy = false;
    await handle.truncate(length);
    await handle.sync();
    healthy = true;
  };
  return {
    file,
    length: () => length,
    healthy: () => healthy,
    append: async (record) => {
      if (!healthy) throw new Error(`The index file ${file} cannot be written.`);
      try {
        await writeFully(handle, record, length);
        await handle.datasync();
      } catch (error) {
        await takeBack().catch(() => undefined);
        throw error;
      }
      length += record.length;
    },
    close: () => handle.close(),
  };
};
