// A cache of finished folders. A folder that exists is complete: it was built under another name and
// renamed, which is atomic, so that an interruption at any moment leaves nothing half done in place.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shortDigestOf } from './digest.ts';
import type { Progress } from './progress.ts';

/** A cache folder and where to report to. */
export type Cache = { readonly dir: string; readonly report: Progress };

/** Folder for what is still being downloaded; kept after an interruption, to go on from there. */
export const partialDir = (cache: Cache): string => join(cache.dir, 'partial');

/**
 * Gives the finished folder `<cache>/<name>`; builds it first when it is not there, and marks it as used
 * now when it is. `build` gets an
 * empty folder to fill. What `build` throws is passed on and the folder is discarded.
 */
export const finishedFolder = async (
  cache: Cache,
  name: string,
  step: string,
  build: (folder: string) => Promise<void>,
): Promise<string> => {
  const target = join(cache.dir, name);
  if (existsSync(target)) {
    const now = new Date();
    await utimes(target, now, now);
    return target;
  }
  const started = performance.now();
  cache.report({ kind: 'begin', step });
  const half = join(partialDir(cache), name.replaceAll('/', '+'));
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { recursive: true });
  await build(half);
  await mkdir(dirname(target), { recursive: true });
  await rename(half, target);
  cache.report({ kind: 'done', step, elapsedMs: performance.now() - started });
  return target;
};

/** Deletes all but the newest finished folders whose names begin alike. */
export const keepNewest = async (
  cache: Cache,
  parent: string,
  prefix: string,
  count: number,
): Promise<void> => {
  const names = (await readdir(join(cache.dir, parent))).filter((name) => name.startsWith(prefix));
  const folders = names.map((name) => join(cache.dir, parent, name));
  const madeMs = new Map<string, number>();
  for (const folder of folders) madeMs.set(folder, (await stat(folder)).mtimeMs);
  const old = folders
    .sort((one, other) => (madeMs.get(other) ?? 0) - (madeMs.get(one) ?? 0))
    .slice(count);
  for (const folder of old) await rm(folder, { recursive: true });
};

/** Writes a file so that readers see the old or the new content and nothing between. */
export const replaceFile = async (path: string, text: string): Promise<void> => {
  const half = `${path}.${process.pid}.half`;
  await writeFile(half, text);
  await rename(half, path);
};

const tryListen = (address: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => resolve(server));
  });

/**
 * Runs `work` while no other process of this machine works on the same cache; waits for it otherwise.
 * The lock is an abstract Unix socket: the kernel frees it when its holder dies, however it dies, so
 * there is no stale lock to find and break.
 */
export const withLock = async <T>(cache: Cache, work: () => Promise<T>): Promise<T> => {
  const address = `\0firesteel-set-up-${shortDigestOf([cache.dir])}`;
  let server = await tryListen(address);
  if (!server) cache.report({ kind: 'note', text: 'Another set-up is at work; waiting for it.' });
  while (!server) {
    await sleep(200);
    server = await tryListen(address);
  }
  try {
    return await work();
  } finally {
    server.close();
  }
};
