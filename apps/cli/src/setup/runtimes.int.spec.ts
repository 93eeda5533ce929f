import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '../supervisor/pause.ts';
import { processesOnFolders } from '../supervisor/process-identity.ts';
import { installationPath, readInstallation } from './installation.ts';
import { readLock } from './lock.ts';
import { addRuntime, bytesToFetch, listRuntimes, removeRuntime } from './runtimes.ts';

const repoDir = fileURLToPath(new URL('../../../..', import.meta.url));
let cacheDir: string;
const options = () => ({ cacheDir, repoDir, report: () => undefined });

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'firesteel-runtimes-'));
});
afterEach(() => rm(cacheDir, { recursive: true }));

it('offers every line of this checkout, each pinned to the last file', async () => {
  const lock = await readLock(repoDir);
  expect(lock.runtimes.map(({ label }) => label)).toContain(lock.defaultRuntime);
  for (const { label, spark, maven, conf } of lock.runtimes) {
    expect(spark.requirement).toBe(`pyspark==${spark.version}`);
    for (const { sha256 } of [...spark.files, ...maven]) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect([label, conf['spark.authenticate']]).toEqual([label, 'true']);
  }
  expect(await listRuntimes(options())).toEqual(
    lock.runtimes.map((line) => ({
      label: line.label,
      line: line.label,
      sparkVersion: line.spark.version,
      state: 'available',
      bytes: bytesToFetch(line),
    })),
  );
});

it('refuses before anything is fetched', async () => {
  await expect(addRuntime(options(), 'emr-6.9.0-latest', undefined)).rejects.toThrow(
    /no runtime for emr-6.9.0\. /,
  );
  await expect(removeRuntime(options(), 'emr-7.13.0', () => 0)).rejects.toThrow(/it stays/);
  await expect(removeRuntime(options(), 'emr-6.9.0', () => 0)).rejects.toThrow(
    'emr-6.9.0 is not installed. There are: none.',
  );
});

it('deletes nothing that a JVM runs on, and leftovers once it is gone', async () => {
  const spark = join(cacheDir, 'spark', '4.1.4-1');
  await mkdir(spark, { recursive: true });
  await writeFile(join(spark, 'core.jar'), 'x'.repeat(1000));
  await writeFile(installationPath(cacheDir), JSON.stringify({ runtimes: {} }));
  const jvm = spawn(process.execPath, [
    '-e',
    'setTimeout(() => {}, 60_000)',
    join(spark, 'core.jar'),
  ]);
  const count = (folders: readonly string[]): number => processesOnFolders(folders).length;
  try {
    await waitUntil(() => count([spark]) > 0, 5_000);
    await expect(removeRuntime(options(), 'emr-spark-8.0.0', count)).rejects.toThrow(
      /workers run on emr-spark-8.0.0/,
    );
  } finally {
    jvm.kill('SIGKILL');
  }
  await waitUntil(() => count([spark]) === 0, 5_000);
  expect(await removeRuntime(options(), 'emr-spark-8.0.0', count)).toBe(1000);
});

it('takes an alias away without making anything anew', async () => {
  const runtime = {
    label: 'emr-7.13.0',
    sparkVersion: '3.5.6',
    sparkHome: join(cacheDir, 'spark', '3.5.6-1', 'deps'),
    pythonPath: [],
    classPath: [],
    jvmOptions: [],
    conf: {},
  };
  await mkdir(runtime.sparkHome, { recursive: true });
  await writeFile(join(runtime.sparkHome, 'core.jar'), 'x'.repeat(1000));
  const before = { key: 'old', runtimes: { 'emr-7.13.0': runtime, 'emr-6.9.0': runtime } };
  await writeFile(installationPath(cacheDir), JSON.stringify(before));
  expect(await removeRuntime(options(), 'emr-6.9.0', () => 0)).toBe(0);
  expect(readInstallation(cacheDir)).toEqual({ key: 'old', runtimes: { 'emr-7.13.0': runtime } });
  expect(await listRuntimes(options())).toContainEqual({
    label: 'emr-7.13.0',
    line: 'emr-7.13.0',
    sparkVersion: '3.5.6',
    state: 'installed',
    bytes: 1000,
  });
});
