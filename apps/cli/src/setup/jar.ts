// Compiles our own Scala with the compiler that Spark carries: no JDK, no build tool.

import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cache, finishedFolder } from './cache.ts';
import { lastLines, runCommand } from './command.ts';
import { contentsOf, shortDigestOf } from './digest.ts';
import type { Java } from './java.ts';
import { SetUpProblem } from './problem.ts';
import { packJar } from './python.ts';
import type { Spark } from './spark.ts';

/** What a jar is compiled from: a folder with `src/main/scala` and perhaps `src/main/resources`. */
export type JarSource = { readonly name: string; readonly folder: string };

/** What a jar is compiled with. */
export type Compiler = { readonly java: Java; readonly python: string; readonly spark: Spark };

/** Scala's compiler and its own libraries; Spark's other jars are only on the class path compiled against. */
const isCompilers = (jar: string): boolean =>
  /\/(scala-(compiler|library|reflect|xml)|jline)[^/]*\.jar$/.test(jar);

const compile = async (
  { java, spark }: Compiler,
  sources: readonly string[],
  output: string,
): Promise<void> => {
  const outcome = await runCommand(java.bin, [
    '-XX:+UseSerialGC',
    '-Xss8m',
    '-cp',
    spark.jars.filter(isCompilers).join(':'),
    'scala.tools.nsc.Main',
    '-deprecation',
    '-classpath',
    spark.jars.join(':'),
    '-d',
    output,
    ...sources,
  ]);
  if (outcome.status !== 0) {
    throw new SetUpProblem(
      `Scala sources do not compile: ${outcome.stdout}${lastLines(outcome, 20)}`,
    );
  }
};

const scalaFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith('.scala'))
    .sort()
    .map((name) => join(folder, name));

/**
 * Gives the path of a compiled jar, compiling it when sources, Spark or Java have changed since.
 * @throws SetUpProblem with the compiler's messages.
 */
export const compiledJar = async (
  cache: Cache,
  source: JarSource,
  compiler: Compiler,
): Promise<string> => {
  const main = join(source.folder, 'src', 'main');
  const texts = await contentsOf(main);
  const key = shortDigestOf([...texts, compiler.java.build, compiler.spark.home]);
  const file = `${source.name}-${key}.jar`;
  const folder = await finishedFolder(
    cache,
    `jars/${source.name}-${key}`,
    source.name,
    async (half) => {
      const classes = join(half, 'classes');
      await mkdir(classes);
      await compile(compiler, await scalaFiles(join(main, 'scala')), classes);
      const resources = join(main, 'resources');
      if (existsSync(resources)) await cp(resources, classes, { recursive: true });
      await packJar(compiler.python, classes, join(half, `${file}.half`));
      await rename(join(half, `${file}.half`), join(half, file));
      await rm(classes, { recursive: true });
    },
  );
  return join(folder, file);
};
