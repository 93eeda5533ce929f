import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Runtime } from './installation.ts';
import { examplesLinkIn } from './runtime.ts';
import { bytesOf, deleteFolders, runtimeFolders, unusedFolders } from './runtime-folders.ts';

let cacheDir: string;
const at = (...path: string[]): string => join(cacheDir, ...path);
const names = (folders: readonly string[]): string[] =>
  folders.map((folder) => folder.slice(cacheDir.length + 1));

const write = async (path: string, bytes: number): Promise<string> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'x'.repeat(bytes));
  return path;
};

/** A runtime of small files as set-up lays it out; two of one Spark share what does not bear their label. */
const lay = async (label: string, spark: string): Promise<Runtime> => {
  const sparkHome = at('spark', `${spark}-1`, 'deps');
  const examples = await write(at('jars', `examples-${spark}`, 'examples.jar'), 10);
  await mkdir(dirname(examplesLinkIn(sparkHome)), { recursive: true });
  await symlink(examples, examplesLinkIn(sparkHome)).catch(() => undefined);
  return {
    label,
    sparkVersion: spark,
    sparkHome,
    pythonPath: [],
    classPath: [
      await write(at('jars', `plugin-${spark}`, 'plugin.jar'), 20),
      await write(at('s3a', `${label}-1`, 'aws.jar'), 30),
      await write(join(sparkHome, 'jars', 'core.jar'), 40),
      '/elsewhere/of-the-machine.jar',
    ],
    jvmOptions: [],
    driverArchive: await write(at('class-data', `${label}-1`, 'driver.jsa'), 50),
    conf: {},
  };
};

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'firesteel-folders-'));
});
afterEach(() => rm(cacheDir, { recursive: true }));

it('names the folders of a runtime and knows their size', async () => {
  const runtime = await lay('emr-1.0.0', '1.0');
  const folders = await runtimeFolders(cacheDir, runtime);
  expect(names(folders)).toEqual([
    'class-data/emr-1.0.0-1',
    'jars/examples-1.0',
    'jars/plugin-1.0',
    's3a/emr-1.0.0-1',
    'spark/1.0-1',
  ]);
  expect(await bytesOf(folders)).toBe(150);
  expect(await bytesOf([at('nowhere')])).toBe(0);
});

it('frees what no other label needs, and no more', async () => {
  const one = await lay('emr-1.0.0', '1.0');
  const two = await lay('emr-1.1.0', '1.0');
  const unused = await unusedFolders(cacheDir, two, undefined, { runtimes: { 'emr-1.0.0': one } });
  expect(names(unused)).toEqual(['class-data/emr-1.1.0-1', 's3a/emr-1.1.0-1']);
  await deleteFolders(unused);
  expect(existsSync(at('s3a', 'emr-1.1.0-1'))).toBe(false);
  expect(await bytesOf(await runtimeFolders(cacheDir, one))).toBe(150);
});

it('frees nothing of a line that another label still uses', async () => {
  const one = await lay('emr-1.0.0', '1.0');
  expect(await unusedFolders(cacheDir, one, undefined, { runtimes: { alias: one } })).toEqual([]);
});

it('finds what an interrupted installation has left', async () => {
  await lay('emr-1.0.0', '1.0');
  const other = await lay('emr-2.0.0', '2.0');
  const pins = {
    label: 'emr-1.0.0',
    spark: { version: '1.0', requirement: 'pyspark==1.0', files: [] },
    maven: [],
    conf: {},
  };
  const remaining = { runtimes: { 'emr-2.0.0': other } };
  expect(names(await unusedFolders(cacheDir, undefined, pins, remaining))).toEqual([
    'class-data/emr-1.0.0-1',
    's3a/emr-1.0.0-1',
    'spark/1.0-1',
  ]);
});
