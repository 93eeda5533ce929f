// Fetches jars from a Maven repository. The lock names every jar, dependencies included, so nothing is
// resolved here: set-up asks for known paths, several at once, and goes on where it was interrupted.
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Cache, finishedFolder, partialDir } from './cache.ts';
import { shortDigestOf, verifyFile } from './digest.ts';
import { SetUpProblem } from './problem.ts';

/** A jar: its path inside any Maven repository, its size and its digest. */
export type LockedJar = { readonly path: string; readonly bytes: number; readonly sha256: string };

const AT_ONCE = 6;
const TRIES = 3;

const sizeOf = async (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

const downloadOnce = async (
  url: string,
  half: string,
  bytes: number,
  onBytes: (count: number) => void,
): Promise<void> => {
  const have = await sizeOf(half);
  if (have === bytes) return;
  const resume = have > 0 && have < bytes;
  const answer = await fetch(url, resume ? { headers: { range: `bytes=${have}-` } } : {});
  if (!answer.ok || !answer.body) {
    throw new SetUpProblem(`${url} answered ${answer.status}.`);
  }
  const flags = answer.status === 206 ? 'a' : 'w';
  const body = Readable.fromWeb(answer.body);
  body.on('data', (chunk: Buffer) => onBytes(chunk.length));
  await pipeline(body, createWriteStream(half, { flags }));
};

const causeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
};

const download = async (
  repository: string,
  jar: LockedJar,
  half: string,
  onBytes: (count: number) => void,
): Promise<void> => {
  const url = `${repository}/${jar.path}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await downloadOnce(url, half, jar.bytes, onBytes);
    } catch (error) {
      if (attempt < TRIES) continue;
      throw new SetUpProblem(
        `${url} cannot be had (${causeOf(error)}): check the network, or name a mirror of Maven Central in ` +
          'FIRESTEEL_MAVEN_MIRROR or ~/.m2/settings.xml, then run set-up again.',
      );
    }
  }
};

const fetchJar = async (
  cache: Cache,
  repository: string,
  jar: LockedJar,
  folder: string,
  onBytes: (count: number) => void,
): Promise<void> => {
  const file = basename(jar.path);
  const half = join(partialDir(cache), `${file}.half`);
  await download(repository, jar, half, onBytes);
  await verifyFile(half, { file, bytes: jar.bytes, sha256: jar.sha256 }).catch(async (error) => {
    await rm(half, { force: true });
    throw error;
  });
  await rename(half, join(folder, file));
};

/** Fails only when all have ended: the lock must not be given away while one still writes. */
const allEnded = async (works: readonly Promise<void>[]): Promise<void> => {
  const outcomes = await Promise.allSettled(works);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
};

/**
 * Gives a folder that holds exactly the jars asked for, named as in the repository; its own name is
 * `<name>-<digest of the list>`.
 * @throws SetUpProblem when a jar cannot be had or is not the recorded one.
 */
export const fetchJars = (
  cache: Cache,
  repository: string,
  name: string,
  jars: readonly LockedJar[],
): Promise<string> =>
  finishedFolder(cache, `${name}-${shortDigestOf([JSON.stringify(jars)])}`, name, async (half) => {
    const folder = half;
    await mkdir(folder, { recursive: true });
    const totalBytes = jars.reduce((sum, { bytes }) => sum + bytes, 0);
    let doneBytes = 0;
    const onBytes = (count: number): void => {
      doneBytes += count;
      cache.report({ kind: 'bytes', step: name, doneBytes, totalBytes });
    };
    const queue = [...jars];
    const worker = async (): Promise<void> => {
      for (let jar = queue.shift(); jar; jar = queue.shift()) {
        await fetchJar(cache, repository, jar, folder, onBytes);
      }
    };
    await allEnded(Array.from({ length: AT_ONCE }, () => worker().finally(() => queue.splice(0))));
  });
