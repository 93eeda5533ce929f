import { chmod, cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cache, finishedFolder } from './cache.ts';
import { shortDigestOf } from './digest.ts';
import { fetchPackage, type LockedPackage, unpack } from './python.ts';

/**
 * Installs the program that makes TPC-H tables; gives its path. Its wheel holds one native program and
 * no Python, so it is unpacked and not installed.
 * @throws SetUpProblem when the package cannot be had.
 */
export const installTpchgen = async (
  cache: Cache,
  python: string,
  wanted: LockedPackage,
): Promise<string> => {
  const key = shortDigestOf([JSON.stringify(wanted)]);
  const name = `tools/${wanted.requirement.replace('==', '-')}-${key}`;
  const folder = await finishedFolder(cache, name, 'TPC-H generator', async (half) => {
    const wheel = await fetchPackage(cache, python, wanted);
    const unpacked = join(half, 'wheel');
    await unpack(cache, python, wheel, unpacked, 'TPC-H generator');
    const data = wanted.requirement.replace('==', '-').replace('tpchgen-cli', 'tpchgen_cli');
    await cp(join(unpacked, `${data}.data`, 'scripts', 'tpchgen-cli'), join(half, 'tpchgen-cli'));
    await chmod(join(half, 'tpchgen-cli'), 0o755);
    await rm(unpacked, { recursive: true });
    await rm(wheel);
  });
  return join(folder, 'tpchgen-cli');
};
