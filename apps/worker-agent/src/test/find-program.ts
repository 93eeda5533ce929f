/** Finds a program as a shell would. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The path of a program on this process' path. Throws when there is none. */
export const findProgram = (name: string): string => {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`No ${name} on the path`);
  return found;
};
