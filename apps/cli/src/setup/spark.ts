// Spark from PyPI's pyspark source archive, which carries all of Spark's jars.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cache, finishedFolder } from './cache.ts';
import { lastLines, runCommand } from './command.ts';
import { shortDigestOf } from './digest.ts';
import { SetUpProblem } from './problem.ts';
import { fetchPackage, type LockedPackage, unpack } from './python.ts';

/** A version of Spark and the archive it comes in. */
export type LockedSpark = LockedPackage & { readonly version: string };

/** An unpacked Spark. `jars` are absolute paths, sorted. */
export type Spark = {
  readonly home: string;
  readonly pythonPath: readonly string[];
  readonly jars: readonly string[];
};

/** Raised when what is done after unpacking changes, so that old folders are not used. */
const LAYOUT = '1';

const SLOW_POLL = 'select.select([self.rfile], [], [], 1)';
const QUICK_POLL = 'select.select([self.rfile], [], [], 0.02)';

/**
 * PySpark's accumulator server looks for its end once a second, so that every `spark.stop()` waits up
 * to a second. The unpacked copy looks fifty times a second. A version without that line stays as it is.
 */
const quickenStop = async (pyspark: string): Promise<void> => {
  const path = join(pyspark, 'accumulators.py');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(SLOW_POLL, QUICK_POLL));
};

/** The source archive has no byte code, and a worker may not be able to write it beside the sources. */
const compile = async (python: string, pyspark: string): Promise<void> => {
  const outcome = await runCommand(python, ['-m', 'compileall', '-q', pyspark]);
  if (outcome.status !== 0) {
    throw new SetUpProblem(`PySpark does not compile with ${python}: ${lastLines(outcome)}`);
  }
};

const describe = async (root: string): Promise<Spark> => {
  const home = join(root, 'deps');
  const jars = (await readdir(join(home, 'jars'))).filter((name) => name.endsWith('.jar')).sort();
  const [py4j] = (await readdir(join(root, 'lib'))).filter((name) => name.startsWith('py4j'));
  return {
    home,
    jars: jars.map((name) => join(home, 'jars', name)),
    pythonPath: [root, join(root, 'lib', py4j ?? '')],
  };
};

/**
 * Installs Spark; the byte code is made for the given Python.
 * @throws SetUpProblem when the archive cannot be had, unpacked or compiled.
 */
export const installSpark = async (
  cache: Cache,
  python: string,
  wanted: LockedSpark,
): Promise<Spark> => {
  const key = shortDigestOf([JSON.stringify(wanted), python, LAYOUT]);
  const step = `Spark ${wanted.version}`;
  const folder = await finishedFolder(
    cache,
    `spark/${wanted.version}-${key}`,
    step,
    async (half) => {
      const archive = await fetchPackage(cache, python, wanted);
      await unpack(cache, python, archive, half, step);
      const root = join(half, `pyspark-${wanted.version}`);
      await quickenStop(join(root, 'pyspark'));
      await compile(python, join(root, 'pyspark'));
      await mkdir(join(root, 'deps', 'examples', 'jars'), { recursive: true });
      await rm(archive);
    },
  );
  return describe(join(folder, `pyspark-${wanted.version}`));
};
