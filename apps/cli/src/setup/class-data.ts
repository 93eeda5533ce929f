// Class-data archives: what a JVM has parsed once, mapped into memory by the next. They halve the start
// of a worker. An archive that does not fit the JVM or its jars is ignored by the JVM, never an error.
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cache, finishedFolder, keepNewest } from './cache.ts';
import { shortDigestOf } from './digest.ts';
import type { Runtime } from './installation.ts';
import type { Java } from './java.ts';
import { rehearse, type WorkerType } from './rehearsal.ts';

/** Raised when the rehearsal itself changes, so that old archives are made anew. */
const REHEARSAL = '3';

/** Archives weigh 250 MB; older ones stay a while for what still runs from another checkout. */
const ARCHIVES_KEPT = 3;

const archiveKey = async (java: Java, runtime: Runtime): Promise<string> => {
  const stats = await Promise.all(runtime.classPath.map((jar) => stat(jar)));
  const jars = runtime.classPath.map(
    (jar, at) => `${jar} ${stats[at]?.size} ${stats[at]?.mtimeMs}`,
  );
  return shortDigestOf([REHEARSAL, java.bin, java.build, ...runtime.jvmOptions, ...jars]);
};

const rehearsalOptions =
  (folder: string) =>
  (workerType: WorkerType): string[] => [
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-XX:ArchiveClassesAtExit=${join(folder, `${workerType}.jsa`)}`,
    '-Xlog:cds=off,cds+dynamic=off',
  ];

/**
 * Completes a runtime with its archives, made by a rehearsal when Java, jars or their order have changed.
 * @throws SetUpProblem when the rehearsal fails.
 */
export const withClassData = async (
  cache: Cache,
  java: Java,
  python: string,
  runtime: Runtime,
): Promise<Runtime> => {
  const name = `class-data/${runtime.label}-${await archiveKey(java, runtime)}`;
  const folder = await finishedFolder(cache, name, 'Class-data archives', async (half) => {
    const work = join(half, 'work');
    await mkdir(work);
    await rehearse({ java, python, runtime, folder: work, options: rehearsalOptions(half) });
    await rm(work, { recursive: true });
  });
  await keepNewest(cache, 'class-data', `${runtime.label}-`, ARCHIVES_KEPT);
  return {
    ...runtime,
    driverArchive: join(folder, 'driver.jsa'),
    executorArchive: join(folder, 'executor.jsa'),
  };
};
