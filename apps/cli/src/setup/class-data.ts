// Class-data archives: what a JVM has parsed once, mapped into memory by the next. They halve the start
// of a worker. An archive that does not fit the JVM or its jars is ignored by the JVM, never an error.
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cache, finishedFolder, keepNewest } from './cache.ts';
import { shortDigestOf } from './digest.ts';
import type { Runtime } from './installation.ts';
import type { Java } from './java.ts';
import { rehearse, type WorkerType } from './rehearsal.ts';

/** Raised when the rehearsal itself changes, so that old archives are made anew. */
const REHEARSAL = '1';

/** Archives weigh 250 MB; older ones stay a while for what still runs from another checkout. */
const ARCHIVES_KEPT = 3;

const WORKER_TYPES: readonly WorkerType[] = ['driver', 'executor'];

/**
 * The names in a JVM's class-loading log that another JVM can load by name: classes that come from a
 * file, an archive or the JDK's image; not lambdas, proxies and what Spark compiles at run time.
 */
export const loadableClasses = (log: string): string[] => {
  const names = log
    .split('\n')
    .filter((line) => /source: (file:|jrt:|shared objects file)/.test(line))
    .map((line) => line.split(' ')[0] ?? '')
    .filter(
      (name) => name !== '' && !/Lambda|\/|\$Proxy|Rehearsal|^io\.firesteel\.worker/.test(name),
    );
  return [...new Set(names)];
};

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
    `-Xlog:class+load:file=${join(folder, `${workerType}.loaded`)}:none:filecount=0`,
    '-Xlog:cds=off,cds+dynamic=off',
  ];

const writePreloadList = async (folder: string, workerType: WorkerType): Promise<void> => {
  const log = join(folder, `${workerType}.loaded`);
  const names = loadableClasses(await readFile(log, 'utf8'));
  await writeFile(join(folder, `${workerType}.txt`), `${names.join('\n')}\n`);
  await rm(log);
};

/**
 * Completes a runtime with its archives and the lists of classes to preload, made by a rehearsal when
 * Java, jars or their order have changed.
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
    for (const workerType of WORKER_TYPES) await writePreloadList(half, workerType);
    await rm(work, { recursive: true });
  });
  await keepNewest(cache, 'class-data', `${runtime.label}-`, ARCHIVES_KEPT);
  return {
    ...runtime,
    jvmOptions: [...runtime.jvmOptions, `-Dfiresteel.preload=${folder}`],
    driverArchive: join(folder, 'driver.jsa'),
    executorArchive: join(folder, 'executor.jsa'),
  };
};
