// Puts a release label together: Spark, the S3A jars, our plug-in, the JVM's options, the archives.
import { readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cache } from './cache.ts';
import { withClassData } from './class-data.ts';
import { lastLines, runCommand } from './command.ts';
import type { Runtime } from './installation.ts';
import { compiledJar } from './jar.ts';
import type { Java } from './java.ts';
import { fetchJars, type LockedJar } from './maven.ts';
import { SetUpProblem } from './problem.ts';
import { installSpark, type LockedSpark } from './spark.ts';

/** `infra/runtimes/<label>/runtime.json`. */
export type LockedRuntime = {
  readonly label: string;
  readonly spark: LockedSpark;
  readonly maven: readonly LockedJar[];
  readonly conf: Readonly<Record<string, string>>;
};

/** What a runtime is installed with. `repository` is a Maven repository's URL. */
export type Tools = {
  readonly repoDir: string;
  readonly repository: string;
  readonly java: Java;
  readonly python: string;
};

/** A runtime and the jar of example jobs compiled against its Spark. */
export type InstalledRuntime = { readonly runtime: Runtime; readonly examplesJar: string };

/** Spark itself knows which parts of the JDK it must be let into. */
const sparksJvmOptions = async (java: Java, classPath: readonly string[]): Promise<string[]> => {
  const args = ['-cp', classPath.join(':'), 'io.firesteel.worker.JvmOptions'];
  const outcome = await runCommand(java.bin, args);
  if (outcome.status !== 0) {
    throw new SetUpProblem(`Spark's JVM options cannot be had: ${lastLines(outcome)}`);
  }
  return outcome.stdout.trim().split('\n');
};

/** Spark's jars carry another Scala, so two versions of it must never meet; a label has exactly one. */
const jarsIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).sort().map((name) => join(folder, name));

/** Where a Spark's home has the examples that were compiled against it. */
export const examplesLinkIn = (sparkHome: string): string =>
  join(sparkHome, 'examples', 'jars', 'spark-examples.jar');

/** Tutorials name the examples by their place under Spark's home. */
const linkExamples = async (sparkHome: string, examplesJar: string): Promise<void> => {
  const link = examplesLinkIn(sparkHome);
  await rm(link, { force: true });
  await symlink(examplesJar, link);
};

/**
 * Installs what a release label names.
 * @throws SetUpProblem naming what cannot be had.
 */
export const installRuntime = async (
  cache: Cache,
  locked: LockedRuntime,
  { repoDir, repository, java, python }: Tools,
): Promise<InstalledRuntime> => {
  const spark = await installSpark(cache, python, locked.spark);
  const s3a = await fetchJars(cache, repository, `s3a/${locked.label}`, locked.maven);
  const compiler = { java, python, spark };
  const source = (name: string, ...path: string[]) => ({ name, folder: join(repoDir, ...path) });
  const plugin = source('firesteel-spark-plugin', 'libs', 'spark-plugin');
  const pluginJar = await compiledJar(cache, plugin, compiler);
  const examples = source('firesteel-examples', 'infra', 'examples');
  const examplesJar = await compiledJar(cache, examples, compiler);
  await linkExamples(spark.home, examplesJar);
  const classPath = [pluginJar, ...(await jarsIn(s3a)), ...spark.jars];
  const runtime = await withClassData(cache, java, python, {
    label: locked.label,
    sparkVersion: locked.spark.version,
    sparkHome: spark.home,
    pythonPath: spark.pythonPath,
    classPath,
    jvmOptions: await sparksJvmOptions(java, classPath),
    conf: locked.conf,
  });
  return { runtime, examplesJar };
};
