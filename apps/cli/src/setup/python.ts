// Finds Python and fetches packages through the user's own pip, so that its mirrors and certificates hold.
import { accessSync, constants } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cache, partialDir } from './cache.ts';
import { lastLines, runCommand } from './command.ts';
import { type LockedFile, verifyFile } from './digest.ts';
import { SetUpProblem } from './problem.ts';

/** A PyPI requirement (`name==version`) and the files it may come as. */
export type LockedPackage = {
  readonly requirement: string;
  readonly files: readonly LockedFile[];
};

const packing = fileURLToPath(new URL('packing.py', import.meta.url));
const LEAST_MINOR = 10;
const POLL_MS = 200;

/** The first executable file of that name in the folders, or undefined. */
export const findProgram = (name: string, folders: readonly string[]): string | undefined =>
  folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

/**
 * The absolute path of the Python that `python3` on the path starts.
 * @throws SetUpProblem when there is none, or it is older than 3.10.
 */
export const findPython = async (searchPath: readonly string[]): Promise<string> => {
  const program = findProgram('python3', searchPath);
  if (!program) {
    throw new SetUpProblem('There is no python3 on PATH: install Python 3.10 or newer.');
  }
  const probe = 'import sys; print(sys.version_info[1], sys.executable)';
  const outcome = await runCommand(program, ['-c', probe]);
  const [minor, ...path] = outcome.stdout.trim().split(' ');
  if (outcome.status !== 0 || Number(minor) < LEAST_MINOR) {
    throw new SetUpProblem(`${program} is older than Python 3.10: put a newer one first on PATH.`);
  }
  return path.join(' ');
};

const sizeOf = async (path: string): Promise<number> => {
  const size = await stat(path).catch(() => undefined);
  return size?.isFile() ? size.size : 0;
};

/** pip shows bytes only to a terminal, so the growth of its folder is what is watched. */
const largestFile = async (folder: string): Promise<number> => {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(folder, name))));
  return Math.max(0, ...sizes);
};

const pipDownload = async (
  cache: Cache,
  python: string,
  wanted: LockedPackage,
  folder: string,
): Promise<void> => {
  const [name] = wanted.requirement.split('==');
  const source = wanted.files[0]?.file.endsWith('.tar.gz') ? ['--no-binary', name ?? ''] : [];
  const scratch = join(folder, 'scratch');
  await mkdir(scratch, { recursive: true });
  const totalBytes = wanted.files[0]?.bytes ?? 0;
  const timer = setInterval(async () => {
    const doneBytes = await largestFile(scratch);
    if (doneBytes > 0)
      cache.report({ kind: 'bytes', step: wanted.requirement, doneBytes, totalBytes });
  }, POLL_MS);
  const outcome = await runCommand(
    python,
    [
      '-m',
      'pip',
      'download',
      '--no-deps',
      '--no-cache-dir',
      '--disable-pip-version-check',
      ...source,
    ].concat(['--progress-bar', 'off', '--dest', folder, wanted.requirement]),
    { env: { ...process.env, TMPDIR: scratch } },
  ).finally(() => clearInterval(timer));
  if (outcome.status !== 0) throw new SetUpProblem(pipProblem(wanted, lastLines(outcome)));
};

const pipProblem = (wanted: LockedPackage, said: string): string =>
  said.includes('No module named pip')
    ? 'Python has no pip: install the package python3-pip, or run "python3 -m ensurepip".'
    : `${wanted.requirement} cannot be had from the Python package index (pip said: ${said}): ` +
      'check the network, or point pip at a mirror with PIP_INDEX_URL, then run set-up again.';

/**
 * Fetches a package's archive with pip and checks its digest. Gives the archive's path, which the
 * caller may delete.
 * @throws SetUpProblem when pip fails, or the file is not one of the recorded ones.
 */
export const fetchPackage = async (
  cache: Cache,
  python: string,
  wanted: LockedPackage,
): Promise<string> => {
  const [known] = wanted.files;
  if (!known) throw new SetUpProblem(`${wanted.requirement} has no recorded file.`);
  const target = join(partialDir(cache), known.file);
  if ((await sizeOf(target)) > 0) return target;
  const folder = join(partialDir(cache), `pip+${wanted.requirement}`);
  await rm(folder, { recursive: true, force: true });
  await pipDownload(cache, python, wanted, folder);
  const [got] = (await readdir(folder)).filter((name) => name !== 'scratch');
  const locked = wanted.files.find(({ file }) => file === got);
  if (!got || !locked) {
    throw new SetUpProblem(
      `pip brought ${got ?? 'nothing'} for ${wanted.requirement}, of which no digest is recorded: ` +
        'this platform is not supported, only Linux on x86-64 is.',
    );
  }
  await verifyFile(join(folder, got), locked);
  await rename(join(folder, got), target);
  await rm(folder, { recursive: true, force: true });
  return target;
};

/**
 * Unpacks a wheel, zip or tar.gz into a folder, keeping executable bits.
 * @throws SetUpProblem when the archive is damaged or the disk is full.
 */
export const unpack = async (
  cache: Cache,
  python: string,
  archive: string,
  folder: string,
  step: string,
): Promise<void> => {
  const onStdout = (text: string): void => {
    const [done, total] = (text.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
    if (done && total) cache.report({ kind: 'bytes', step, doneBytes: done, totalBytes: total });
  };
  const outcome = await runCommand(python, [packing, 'unpack', archive, folder], { onStdout });
  if (outcome.status !== 0) {
    await rm(archive, { force: true });
    throw new SetUpProblem(
      `${archive} cannot be unpacked (${lastLines(outcome, 1)}): check the disk's free space, then run set-up again.`,
    );
  }
};

/** Packs a folder into a jar whose bytes depend on the folder's files only. */
export const packJar = async (python: string, folder: string, jar: string): Promise<void> => {
  const outcome = await runCommand(python, [packing, 'pack', folder, jar]);
  if (outcome.status !== 0)
    throw new SetUpProblem(`${jar} cannot be written: ${lastLines(outcome)}`);
};
