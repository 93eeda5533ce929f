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
import {
  type InstalledRuntime,
  installRuntime,
  type LockedRuntime,
  type Tools,
} from './runtime.ts';
import { installSpark } from './spark.ts';
import { installTpchgen } from './tpchgen.ts';
import { linesOf, runtimesFor, type Wanted, wantedBy } from './wanted.ts';

/** What set-up works with. */
export type SetUpOptions = {
  /** Folder outside the repository that takes some 1.1 GB, and more with every runtime added. */
  readonly cacheDir: string;
  /** The checkout whose `infra` and `libs/spark-plugin` are installed. */
  readonly repoDir: string;
  readonly report: Progress;
  /** Take Java from PyPI even where the machine has one. */
  readonly ignoreSystemJava?: boolean;
  /** More release labels than the installation has. It must not throw but a SetUpProblem. */
  readonly change?: (wanted: Wanted, lock: Lock) => Wanted;
  /** Fail when an added runtime cannot be installed, instead of going on without it. */
  readonly strict?: boolean;
};

/** Raised when set-up's own steps change in a way that the pins and sources do not show. */
const FORMAT = '2';

const fileStamp = (path: string | undefined): string => {
  const stats = path ? statSync(path, { throwIfNoEntry: false }) : undefined;
  return stats ? `${path} ${stats.size} ${stats.mtimeMs}` : 'none';
};

/** Everything an installation depends on, without starting a program: a second run must be instant. */
const installationKey = async (
  options: SetUpOptions,
  config: SetUpConfig,
  lock: Lock,
  wanted: Wanted,
): Promise<string> => {
  const search = javaSearch(options, config, lock);
  const scala = await Promise.all([
    contentsOf(join(options.repoDir, 'libs', 'spark-plugin', 'src', 'main')),
    contentsOf(join(options.repoDir, 'infra', 'examples', 'src', 'main')),
  ]);
  return digestOf([
    FORMAT,
    ...lock.texts,
    JSON.stringify(Object.entries(wanted).sort()),
    JSON.stringify(linesOf(wanted, lock)),
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

/**
 * Installs lines, the default's first. Who adds a label hears why one cannot be had; everybody else goes on without
 * it: a run of its label ends with the command that mends it.
 */
const installLines = async (
  cache: Cache,
  lines: readonly LockedRuntime[],
  tools: Tools,
  strict: boolean,
): Promise<InstalledRuntime[]> => {
  const installed: InstalledRuntime[] = [];
  for (const line of lines) {
    try {
      installed.push(await installRuntime(cache, line, tools));
    } catch (error) {
      const isDefault = line === lines[0];
      if (isDefault || !(error instanceof SetUpProblem)) throw error;
      const text = `${line.label} cannot be installed: ${error.message}`;
      if (strict) throw new SetUpProblem(text);
      cache.report({
        kind: 'note',
        text: `${text} To try again: firesteel runtime add ${line.label}`,
      });
    }
  }
  return installed;
};

const install = async (
  cache: Cache,
  options: SetUpOptions,
  config: SetUpConfig,
  lock: Lock,
  wanted: Wanted,
): Promise<Omit<Installation, 'key'>> => {
  await mkdir(partialDir(cache), { recursive: true });
  const python = await findPython(config.searchPath);
  const java = await installJava(cache, python, javaSearch(options, config, lock), lock.java);
  const lines = linesOf(wanted, lock);
  const [first] = lines;
  if (!first) throw new SetUpProblem('infra/runtimes has no folder for its default runtime.');
  const spark = await installSpark(cache, python, first.spark);
  const repository = await mavenRepository(config.mavenMirror, config.home, () =>
    centralKnownToIvy(python, spark),
  );
  const tools = { repoDir: options.repoDir, repository, java, python };
  const tpchgen = await installTpchgen(cache, python, lock.tpchgen);
  const { version, maven } = lock.kafka;
  const kafkaLib = await fetchJars(cache, repository, `kafka/${version}`, maven);
  const installed = await installLines(cache, lines, tools, options.strict === true);
  // What another checkout has added and this one cannot make stays as it is.
  const strange = Object.entries(readInstallation(cache.dir)?.runtimes ?? {}).filter(
    ([, { label, sparkHome }]) =>
      existsSync(sparkHome) && !lock.runtimes.some((line) => line.label === label),
  );
  return {
    javaHome: java.home,
    javaBin: java.bin,
    python,
    kafka: { version, libDir: kafkaLib },
    runtimes: runtimesFor(
      wanted,
      installed.map(({ runtime }) => runtime),
      Object.fromEntries(strange),
    ),
    tpchgen,
    examplesJar: installed[0]?.examplesJar ?? '',
  };
};

const writeInstallation = (cacheDir: string, installation: Installation): Promise<void> =>
  replaceFile(installationPath(cacheDir), `${JSON.stringify(installation, undefined, 2)}\n`);

/** What is to be installed now, and whether it is there. */
const look = async (options: SetUpOptions, config: SetUpConfig, lock: Lock) => {
  const present = wantedBy(readInstallation(options.cacheDir), lock);
  const wanted = options.change?.(present, lock) ?? present;
  const key = await installationKey(options, config, lock, wanted);
  return { wanted, known: stillGood(options.cacheDir, key) };
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
  const { known } = await look(options, config, lock);
  if (known) return known;
  await mkdir(options.cacheDir, { recursive: true });
  const cache = { dir: options.cacheDir, report: options.report };
  return withLock(cache, async () => {
    // Another set-up may have done it meanwhile, or added a label of its own.
    const { wanted, known: others } = await look(options, config, lock);
    if (others) return others;
    const installed = await install(cache, options, config, lock, wanted);
    const key = await installationKey(options, config, lock, wantedBy(installed, lock));
    const installation: Installation = { key, ...installed };
    await writeInstallation(options.cacheDir, installation);
    await rm(partialDir(cache), { recursive: true, force: true });
    return installation;
  });
};

/**
 * Writes `installation.json` without a label and makes nothing: what was out of date stays so, for the next set-up.
 * To be called with the cache's lock in hand.
 * @returns what is left of the installation; undefined when there is none
 */
export const forgetLabel = async (
  options: SetUpOptions,
  label: string,
): Promise<Installation | undefined> => {
  const before = readInstallation(options.cacheDir);
  if (before?.runtimes[label] === undefined) return before;
  const config = setUpConfig();
  const lock = await readLock(options.repoDir);
  const keyOf = (installation: Installation): Promise<string> =>
    installationKey(options, config, lock, wantedBy(installation, lock));
  const { [label]: _, ...runtimes } = before.runtimes;
  const rest = { ...before, runtimes };
  const wasGood = before.key === (await keyOf(before));
  const after = { ...rest, key: wasGood ? await keyOf(rest) : before.key };
  await writeInstallation(options.cacheDir, after);
  return after;
};
