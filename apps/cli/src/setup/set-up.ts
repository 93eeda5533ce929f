// Installs everything that Firesteel runs on one machine: Java, Spark, Kafka, our own jars, archives.
import { existsSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cache, partialDir, replaceFile, withLock } from './cache.ts';
import { type SetUpConfig, setUpConfig } from './config.ts';
import { contentsOf, digestOf } from './digest.ts';
import { type Installation, installationPath, readInstallation } from './installation.ts';
import { installJava, javaCandidates } from './java.ts';
import { type Lock, readLock } from './lock.ts';
import { fetchJars } from './maven.ts';
import { centralKnownToIvy, mavenRepository } from './maven-mirror.ts';
import { SetUpProblem } from './problem.ts';
import type { Progress } from './progress.ts';
import { findProgram, findPython } from './python.ts';
import { installRuntime } from './runtime.ts';
import { installSpark } from './spark.ts';
import { installTpchgen } from './tpchgen.ts';

/** What set-up works with. */
export type SetUpOptions = {
  /** Folder outside the repository that takes some 1.3 GB. */
  readonly cacheDir: string;
  /** The checkout whose `infra` and `libs/spark-plugin` are installed. */
  readonly repoDir: string;
  readonly report: Progress;
  /** Take Java from PyPI even where the machine has one. */
  readonly ignoreSystemJava?: boolean;
};

/** Raised when set-up's own steps change in a way that the pins and sources do not show. */
const FORMAT = '1';

const fileStamp = (path: string | undefined): string => {
  const stats = path ? statSync(path, { throwIfNoEntry: false }) : undefined;
  return stats ? `${path} ${stats.size} ${stats.mtimeMs}` : 'none';
};

/** Everything an installation depends on, without starting a program: a second run must be instant. */
const installationKey = async (
  options: SetUpOptions,
  config: SetUpConfig,
  lock: Lock,
): Promise<string> => {
  const search = javaSearch(options, config, lock);
  const scala = await Promise.all([
    contentsOf(join(options.repoDir, 'libs', 'spark-plugin', 'src', 'main')),
    contentsOf(join(options.repoDir, 'infra', 'examples', 'src', 'main')),
  ]);
  return digestOf([
    FORMAT,
    ...lock.texts,
    ...scala.flat(),
    String(search.ignoreSystemJava),
    ...javaCandidates(search).map(fileStamp),
    fileStamp(findProgram('python3', config.searchPath)),
  ]);
};

const javaSearch = (options: SetUpOptions, config: SetUpConfig, lock: Lock) => ({
  javaHome: config.javaHome,
  searchPath: config.searchPath,
  ignoreSystemJava: options.ignoreSystemJava ?? config.ignoreSystemJava,
  major: lock.java.major,
});

const pathsOf = (installation: Installation): string[] => [
  installation.javaBin,
  installation.python,
  installation.kafka.libDir,
  installation.tpchgen,
  installation.examplesJar,
  ...Object.values(installation.runtimes).flatMap((runtime) => [
    runtime.sparkHome,
    ...runtime.classPath,
    runtime.driverArchive ?? runtime.sparkHome,
    runtime.executorArchive ?? runtime.sparkHome,
  ]),
];

const stillGood = (cacheDir: string, key: string): Installation | undefined => {
  const installation = readInstallation(cacheDir);
  if (installation?.key !== key) return undefined;
  return pathsOf(installation).every((path) => existsSync(path)) ? installation : undefined;
};

const install = async (
  cache: Cache,
  options: SetUpOptions,
  config: SetUpConfig,
  lock: Lock,
): Promise<Omit<Installation, 'key'>> => {
  await mkdir(partialDir(cache), { recursive: true });
  const python = await findPython(config.searchPath);
  const java = await installJava(cache, python, javaSearch(options, config, lock), lock.java);
  const [first] = lock.runtimes;
  if (!first) throw new SetUpProblem('infra/runtimes names no runtime.');
  const spark = await installSpark(cache, python, first.spark);
  const repository = await mavenRepository(config.mavenMirror, config.home, () =>
    centralKnownToIvy(python, spark),
  );
  const tools = { repoDir: options.repoDir, repository, java, python };
  const tpchgen = await installTpchgen(cache, python, lock.tpchgen);
  const { version, maven } = lock.kafka;
  const kafkaLib = await fetchJars(cache, repository, `kafka/${version}`, maven);
  const installed = [];
  for (const runtime of lock.runtimes) installed.push(await installRuntime(cache, runtime, tools));
  return {
    javaHome: java.home,
    javaBin: java.bin,
    python,
    kafka: { version, libDir: kafkaLib },
    runtimes: Object.fromEntries(installed.map(({ runtime }) => [runtime.label, runtime])),
    tpchgen,
    examplesJar: installed[0]?.examplesJar ?? '',
  };
};

/**
 * Installs what is missing and writes `installation.json` into the cache folder. When nothing has
 * changed it starts no program, needs no network and takes milliseconds. It may be interrupted at any
 * moment and run again; two at once wait for each other.
 * @throws SetUpProblem with one sentence that says what cannot be had and what to do.
 */
export const setUp = async (options: SetUpOptions): Promise<Installation> => {
  const config = setUpConfig();
  const lock = await readLock(options.repoDir);
  const key = await installationKey(options, config, lock);
  const known = stillGood(options.cacheDir, key);
  if (known) return known;
  await mkdir(options.cacheDir, { recursive: true });
  const cache = { dir: options.cacheDir, report: options.report };
  return withLock(cache, async () => {
    const others = stillGood(options.cacheDir, key);
    if (others) return others;
    const installation = { key, ...(await install(cache, options, config, lock)) };
    const text = `${JSON.stringify(installation, undefined, 2)}\n`;
    await replaceFile(installationPath(options.cacheDir), text);
    await rm(partialDir(cache), { recursive: true, force: true });
    return installation;
  });
};
