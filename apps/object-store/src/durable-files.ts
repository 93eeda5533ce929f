import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the entries of a directory durable. */
export const syncDirectory = async (directory: string): Promise<void> => {
  await using handle = await open(directory, 'r');
  await handle.sync();
};

/** Makes a directory that nobody else may enter, if it is not there, and its entry in its parent durable. */
export const makeDirectory = async (directory: string): Promise<void> => {
  const made = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncDirectory(dirname(made));
};

/** Replaces a file by rename; its directory is synced, so that the new text survives a power cut. */
export const replaceFile = async (temporary: string, file: string): Promise<void> => {
  await rename(temporary, file);
  await syncDirectory(dirname(file));
};

/** Writes a small file durably: temporary file, flush, rename. */
export const writeDurably = async (file: string, text: string): Promise<void> => {
  await writeFile(`${file}.new`, text, { flush: true, mode: 0o600 });
  await replaceFile(`${file}.new`, file);
};

/** Whether an error says that the file does not exist. */
export const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
