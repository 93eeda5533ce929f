// Which folders of the cache a runtime is made of, how big they are, and which of them nobody needs any more.
import { existsSync } from 'node:fs';
import { readdir, readlink, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Installation, Runtime } from './installation.ts';
import { examplesLinkIn, type LockedRuntime } from './runtime.ts';

/** A folder of the cache is two names deep: what it is, and which. */
const folderOf = (cacheDir: string, path: string): string =>
  join(cacheDir, ...relative(cacheDir, path).split(sep).slice(0, 2));

const isInside = (cacheDir: string, path: string): boolean => path.startsWith(`${cacheDir}${sep}`);

/** The finished folders that a runtime needs: Spark, jars of its own, compiled jars, archives. */
export const runtimeFolders = async (cacheDir: string, runtime: Runtime): Promise<string[]> => {
  const examples = await readlink(examplesLinkIn(runtime.sparkHome)).catch(() => undefined);
  const { sparkHome, classPath, driverArchive, executorArchive } = runtime;
  const paths = [sparkHome, ...classPath, driverArchive, executorArchive, examples].filter(
    (path) => path !== undefined && isInside(cacheDir, path),
  );
  return [...new Set(paths.map((path) => folderOf(cacheDir, path ?? '')))].sort();
};

/** Folders of a line that an interrupted or an older installation has left. */
const leftFolders = async (cacheDir: string, line: LockedRuntime): Promise<string[]> => {
  const begins: Record<string, string> = {
    spark: `${line.spark.version}-`,
    s3a: `${line.label}-`,
    'class-data': `${line.label}-`,
  };
  const found = await Promise.all(
    Object.entries(begins).map(async ([kind, prefix]) =>
      (await readdir(join(cacheDir, kind)).catch(() => []))
        .filter((name) => name.startsWith(prefix))
        .map((name) => join(cacheDir, kind, name)),
    ),
  );
  return found.flat();
};

/**
 * The folders that go with a runtime.
 * @param runtime as it was installed; undefined: it was not, or not to its end
 * @param line its pins; undefined: this checkout does not know it
 * @param remaining what stays installed
 */
export const unusedFolders = async (
  cacheDir: string,
  runtime: Runtime | undefined,
  line: LockedRuntime | undefined,
  remaining: Pick<Installation, 'runtimes'> | undefined,
): Promise<string[]> => {
  const own = [
    ...(runtime ? await runtimeFolders(cacheDir, runtime) : []),
    ...(line ? await leftFolders(cacheDir, line) : []),
  ];
  const others = await Promise.all(
    Object.values(remaining?.runtimes ?? {}).map((one) => runtimeFolders(cacheDir, one)),
  );
  const needed = new Set(others.flat());
  return [...new Set(own)].filter((folder) => existsSync(folder) && !needed.has(folder)).sort();
};

/** Bytes of all files below the folders; links are not followed. */
export const bytesOf = async (folders: readonly string[]): Promise<number> => {
  let bytes = 0;
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
    }
  }
  return bytes;
};

/** Deletes folders with all that is in them. */
export const deleteFolders = async (folders: readonly string[]): Promise<void> => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
};
