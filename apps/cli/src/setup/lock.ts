// Reads what `infra` pins: versions and digests of everything that set-up downloads.

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedJar } from './maven.ts';
import type { LockedPackage } from './python.ts';
import type { LockedRuntime } from './runtime.ts';

/** All pins together. */
export type Lock = {
  readonly java: LockedPackage & { readonly major: number };
  readonly tpchgen: LockedPackage;
  readonly kafka: { readonly version: string; readonly maven: readonly LockedJar[] };
  /** The label that every installation has; the others are there for who asks for them. */
  readonly defaultRuntime: string;
  /** All that can be installed, sorted by label. */
  readonly runtimes: readonly LockedRuntime[];
  /** The pins of what every installation has, as they are, for a key. */
  readonly texts: readonly string[];
};

/**
 * Reads the pins of a repository.
 * @throws Error when a file is missing or is not JSON: the checkout is damaged.
 */
export const readLock = async (repoDir: string): Promise<Lock> => {
  const runtimes = join(repoDir, 'infra', 'runtimes');
  const labels = (await readdir(runtimes))
    .sort()
    .filter((label) => existsSync(join(runtimes, label, 'runtime.json')));
  const [tools = '', kafka = '', ...others] = await Promise.all(
    [
      join(runtimes, 'tools.json'),
      join(repoDir, 'infra', 'kafka', 'kafka.json'),
      ...labels.map((label) => join(runtimes, label, 'runtime.json')),
    ].map((path) => readFile(path, 'utf8')),
  );
  type Tools = Pick<Lock, 'java' | 'tpchgen' | 'defaultRuntime'>;
  const { java, tpchgen, defaultRuntime } = JSON.parse(tools) as Tools;
  return {
    java,
    tpchgen,
    defaultRuntime,
    kafka: JSON.parse(kafka) as Lock['kafka'],
    runtimes: others.map((text) => JSON.parse(text) as LockedRuntime),
    texts: [tools, kafka],
  };
};
