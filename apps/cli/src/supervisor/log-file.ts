/** Log files: appended to by the processes themselves, so that they outlive their supervisor. */
import {
  closeSync,
  copyFileSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';

const longestBytes = 20 * 1024 * 1024;

/** Opens for appending; the caller closes. */
export const openLog = (path: string): number => openSync(path, 'a', 0o600);

/** Text from a position to the end, at most the last `limitBytes` of it, and the position after it. */
export function readFrom(
  path: string,
  position: number,
  limitBytes = 256 * 1024,
): { text: string; position: number } {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return { text: '', position: 0 };
  }
  try {
    const size = fstatSync(file).size;
    const start = Math.max(size < position ? 0 : position, size - limitBytes);
    const buffer = Buffer.alloc(size - start);
    const length = readSync(file, buffer, 0, buffer.length, start);
    return { text: buffer.toString('utf8', 0, length), position: start + length };
  } finally {
    closeSync(file);
  }
}

/** The last lines of a log, without empty ones. */
export const lastLines = (path: string, count: number): string[] =>
  readFrom(path, 0).text.split('\n').filter(Boolean).slice(-count);

/**
 * Keeps logs short: one that has grown past 20 MB is copied to `.1` and emptied. Writers append, so they go on at
 * the new end; what they write between the two steps is lost, which a log of this kind can bear.
 */
export function shortenLogs(logsDir: string): void {
  for (const name of readdirSync(logsDir).filter((file) => file.endsWith('.log'))) {
    const path = join(logsDir, name);
    if (statSync(path).size < longestBytes) continue;
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
  }
}
