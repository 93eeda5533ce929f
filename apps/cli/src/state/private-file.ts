/** Files that only their owner may read, and that are whole or absent after a crash. */
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Writes to a neighbour first and renames, so that a reader never sees half a file. */
export function writePrivately(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

/** The system's word for an error, such as ENOENT; undefined for errors that are not the system's. */
export const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** The file's text, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
