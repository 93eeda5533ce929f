// What set-up leaves behind, and the one file in which other processes find it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a release label runs on. Every path is absolute. */
export type Runtime = {
  readonly label: string;
  readonly sparkVersion: string;
  /** Spark's home: has `bin`, `jars`, `examples`. */
  readonly sparkHome: string;
  /** Entries for `PYTHONPATH`. */
  readonly pythonPath: readonly string[];
  /** Jars in the order that the class-data archives were made with; more may be appended. */
  readonly classPath: readonly string[];
  /** Options that every worker JVM of this runtime must be started with. */
  readonly jvmOptions: readonly string[];
  /** Class-data archives, for `-XX:SharedArchiveFile` together with `-Xshare:auto`. */
  readonly driverArchive?: string;
  readonly executorArchive?: string;
  /** Spark's configuration before the user's own. */
  readonly conf: Readonly<Record<string, string>>;
};

/** Everything that set-up installed. Every path is absolute. */
export type Installation = {
  /** Digest of what this installation was made from. */
  readonly key: string;
  readonly javaHome: string;
  readonly javaBin: string;
  readonly python: string;
  readonly kafka: { readonly version: string; readonly libDir: string };
  /** By release label. */
  readonly runtimes: Readonly<Record<string, Runtime>>;
  /** The program that makes TPC-H tables. */
  readonly tpchgen: string;
  /** Jar of the example jobs. */
  readonly examplesJar: string;
};

/** Where the installation of a cache folder is written down, as JSON of type `Installation`. */
export const installationPath = (cacheDir: string): string => join(cacheDir, 'installation.json');

/** Where Node keeps what it has compiled of our programs: they start sooner, and services share its pages. */
export const compileCacheDir = (cacheDir: string): string => join(cacheDir, 'node-compile-cache');

/** The installation of a cache folder, or undefined when there is none that can be read. */
export const readInstallation = (cacheDir: string): Installation | undefined => {
  try {
    return JSON.parse(readFileSync(installationPath(cacheDir), 'utf8')) as Installation;
  } catch {
    return undefined;
  }
};
