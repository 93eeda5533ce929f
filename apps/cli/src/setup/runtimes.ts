// Runtimes beside the default one: what there is, adding, removing.
import { statfsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { withLock } from './cache.ts';
import { readInstallation } from './installation.ts';
import { readLock } from './lock.ts';
import { SetUpProblem } from './problem.ts';
import type { LockedRuntime } from './runtime.ts';
import { bytesOf, deleteFolders, runtimeFolders, unusedFolders } from './runtime-folders.ts';
import { forgetLabel, type SetUpOptions, setUp } from './set-up.ts';
import { bareLabel, requireRemovable, withLabel } from './wanted.ts';

/** A label that is installed, or a line that can be. */
export type RuntimeListing = {
  readonly label: string;
  /** The line that serves it; its own label unless another has been put in its place. */
  readonly line: string;
  readonly sparkVersion: string;
  readonly state: 'installed' | 'available';
  /** On disk when installed, folders it shares with others included; else what has to be fetched. */
  readonly bytes: number;
};

type Place = Pick<SetUpOptions, 'cacheDir' | 'repoDir'>;

/** What adding a line downloads at most. */
export const bytesToFetch = ({ spark, maven }: LockedRuntime): number =>
  (spark.files[0]?.bytes ?? 0) + maven.reduce((sum, { bytes }) => sum + bytes, 0);

/** Everything installed, and every line that is not, by label. */
export const listRuntimes = async ({ cacheDir, repoDir }: Place): Promise<RuntimeListing[]> => {
  const lock = await readLock(repoDir);
  const installed = Object.entries(readInstallation(cacheDir)?.runtimes ?? {});
  const there = await Promise.all(
    installed.map(
      async ([label, runtime]): Promise<RuntimeListing> => ({
        label,
        line: runtime.label,
        sparkVersion: runtime.sparkVersion,
        state: 'installed',
        bytes: await bytesOf(await runtimeFolders(cacheDir, runtime)),
      }),
    ),
  );
  const missing = lock.runtimes
    .filter(({ label }) => !there.some((one) => one.label === label))
    .map(
      (line): RuntimeListing => ({
        label: line.label,
        line: line.label,
        sparkVersion: line.spark.version,
        state: 'available',
        bytes: bytesToFetch(line),
      }),
    );
  return [...there, ...missing].sort((a, b) => (a.label < b.label ? -1 : 1));
};

/** Archives are deleted once unpacked, so that both are there at the same time. */
const bytesPerByteFetched = 2;

const requireRoom = (cacheDir: string, line: LockedRuntime): void => {
  const { bavail, bsize } = statfsSync(cacheDir);
  const needed = bytesToFetch(line) * bytesPerByteFetched;
  if (bavail * bsize >= needed) return;
  const gb = (needed / 1e9).toFixed(1);
  throw new SetUpProblem(
    `${line.label} needs ${gb} GB of free disk in ${cacheDir}: free some, or name another folder in FIRESTEEL_CACHE.`,
  );
};

/**
 * Installs a label's runtime, and whatever else is missing. May be interrupted and run again: what is finished stays.
 * @param asLine another line, to take the label's place
 * @returns the label as it is served, and false when all was there
 * @throws SetUpProblem with one sentence that says what cannot be had and what to do
 */
export const addRuntime = async (
  options: SetUpOptions,
  given: string,
  asLine: string | undefined,
): Promise<{ readonly label: string; readonly isNew: boolean }> => {
  const label = bareLabel(given);
  const lock = await readLock(options.repoDir);
  const before = readInstallation(options.cacheDir)?.runtimes[label];
  const wanted = withLabel({}, lock, label, asLine);
  const line = lock.runtimes.find((one) => one.label === wanted[label]);
  await mkdir(options.cacheDir, { recursive: true });
  if (line && before?.label !== line.label) requireRoom(options.cacheDir, line);
  const change: SetUpOptions['change'] = (present, pins) => withLabel(present, pins, label, asLine);
  const { runtimes } = await setUp({ ...options, change, strict: true });
  return { label, isNew: before === undefined || before.label !== runtimes[label]?.label };
};

/**
 * Takes a label away and deletes what no other label needs, leftovers of an interrupted installation included.
 * @param workersOn how many workers run on files of these folders
 * @returns the bytes that have become free
 * @throws SetUpProblem when there is nothing to remove, or workers run on it
 */
export const removeRuntime = async (
  options: SetUpOptions,
  given: string,
  workersOn: (folders: readonly string[]) => number,
): Promise<number> => {
  const label = bareLabel(given);
  const { cacheDir, repoDir, report } = options;
  const lock = await readLock(repoDir);
  requireRemovable(label, lock);
  const before = readInstallation(cacheDir);
  const { [label]: runtime, ...others } = before?.runtimes ?? {};
  const line = lock.runtimes.find((one) => one.label === (runtime?.label ?? label));
  const folders = await unusedFolders(cacheDir, runtime, line, { runtimes: others });
  if (runtime === undefined && folders.length === 0) {
    const labels = Object.keys(others).join(', ');
    throw new SetUpProblem(`${label} is not installed. There are: ${labels || 'none'}.`);
  }
  const workers = workersOn(folders);
  if (workers > 0) {
    throw new SetUpProblem(
      `${workers} workers run on ${label}: wait for their runs, or stop its applications, then remove it.`,
    );
  }
  return withLock({ dir: cacheDir, report }, async () => {
    const after = await forgetLabel(options, label);
    const unused = await unusedFolders(cacheDir, runtime, line, after);
    const bytes = await bytesOf(unused);
    await deleteFolders(unused);
    return bytes;
  });
};
