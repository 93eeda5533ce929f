import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SetUpProblem } from './problem.ts';

/** A file as a lock names it. */
export type LockedFile = {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
};

/** Hexadecimal SHA-256 of texts; each text is followed by a NUL, so that no two lists collide. */
export const digestOf = (texts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex');
};

/** The first 12 digits of `digestOf`: enough to name a folder of a cache. */
export const shortDigestOf = (texts: readonly string[]): string => digestOf(texts).slice(0, 12);

/** Hexadecimal SHA-256 of a file's bytes. */
export const digestOfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
};

/**
 * Compares a downloaded file with what the lock says of it.
 * @throws SetUpProblem when size or digest differ.
 */
export const verifyFile = async (path: string, locked: LockedFile): Promise<void> => {
  const { size } = await stat(path);
  const actual = size === locked.bytes ? await digestOfFile(path) : `${size} bytes`;
  if (actual !== locked.sha256) {
    throw new SetUpProblem(
      `${locked.file} is not the file that was recorded (expected SHA-256 ${locked.sha256}, got ${actual}): ` +
        'check the mirror or proxy it came from, then run set-up again.',
    );
  }
};

/** Names and contents of all files under a folder, sorted by name, as texts for `digestOf`. */
export const contentsOf = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return paths.flatMap((path, at) => [path.slice(folder.length), texts[at] ?? '']);
};
