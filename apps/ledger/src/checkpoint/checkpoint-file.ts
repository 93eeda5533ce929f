/**
 * Checkpoints in a file outside the data folder: a line each, and beside it the events' leaf hashes (32 bytes
 * each, event n at byte 32·(n−1)). The signed roots vouch for the leaves, and the leaves say which event it is
 * that no longer is what it was.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SignedCheckpoint } from '@firesteel/event-store/checkpoint';
import { checkpointLine, lineText, parseLine } from '@firesteel/event-store/log-file';

/** Bytes of a leaf hash. */
export const leafBytes = 32;

/** Where the leaves of a checkpoint file lie. */
export const leavesPath = (file: string): string => `${file}.leaves`;

const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';

/**
 * Every checkpoint of a file, as they stand there; none when there is no file. A last line without its end is
 * what a crash left of one that was being written.
 * @throws Error when another line is no checkpoint
 */
export async function readCheckpointFile(file: string): Promise<SignedCheckpoint[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const parsed = parseLine(line);
      if (parsed.kind !== 'checkpoint') throw new Error(`${file} holds more than checkpoints`);
      const { kind: _, ...signed } = parsed;
      return signed;
    });
}

/** Writes bytes at their place and waits for the disk. */
async function writeDurably(path: string, bytes: Buffer, position: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Neither 'a' nor 'w': nothing that is there may be lost, and bytes have their places.
  const handle = await open(path, 'r+').catch((error: unknown) => {
    if (isMissing(error)) return open(path, 'w', 0o600);
    throw error;
  });
  try {
    await handle.write(bytes, 0, bytes.length, position);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** More than a line of a checkpoint ever is. */
const tailBytes = 4_096;

/** The last whole line of the file, and where it ends: what is behind it a crash has left. */
async function tailOf(file: string): Promise<{ readonly line: string; readonly end: number }> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (handle === undefined) return { line: '', end: 0 };
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - 2 * tailBytes);
    const { buffer, bytesRead } = await handle.read({
      position: from,
      buffer: Buffer.alloc(2 * tailBytes),
    });
    const whole = buffer
      .subarray(0, bytesRead)
      .subarray(0, buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1);
    const line = whole.toString().trimEnd().split('\n').at(-1) ?? '';
    return { line: line === '' ? '' : `${line}\n`, end: from + whole.length };
  } finally {
    await handle.close();
  }
}

/** The text of the last checkpoint in the file, its line end included; empty when there is none. */
export const lastCheckpointLine = async (file: string): Promise<string> =>
  (await tailOf(file)).line;

/**
 * Adds a checkpoint at the end of the file, its leaves first.
 * @param leaves of its events, or null when they are not known any more
 */
export async function appendToCheckpointFile(
  file: string,
  signed: SignedCheckpoint,
  leaves: readonly Buffer[] | null,
): Promise<void> {
  if (leaves !== null)
    await writeDurably(leavesPath(file), Buffer.concat(leaves), (signed.first - 1) * leafBytes);
  const { end } = await tailOf(file);
  await writeDurably(file, Buffer.from(lineText(checkpointLine(signed))), end);
}
