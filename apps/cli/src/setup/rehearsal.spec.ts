import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Rehearsal, rehearse } from './rehearsal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A Java that does this instead of being one; `$kind` is driver or executor. */
const rehearsalWith = async (does: string): Promise<Rehearsal> => {
  const bin = join(folder, 'java');
  const kind = 'for kind; do :; done; kind=$' + '{kind#warm:}';
  const noteOwnId = `echo $$ > "${folder}/$kind.pid"`;
  await writeFile(
    bin,
    ['#!/bin/sh', kind, noteOwnId, 'ready=$FIRESTEEL_WORKER_DIR/ready', does, ''].join('\n'),
  );
  await chmod(bin, 0o755);
  const runtime = {
    label: 'emr-0',
    sparkVersion: '0',
    sparkHome: folder,
    jvmOptions: [],
    classPath: [],
    pythonPath: [],
    conf: {},
  };
  return {
    java: { bin, home: folder, build: '0' },
    python: 'python3',
    runtime,
    folder,
    options: () => [],
  };
};

const lives = async (kind: string): Promise<boolean> => {
  const pid = Number(await readFile(join(folder, `${kind}.pid`), 'utf8'));
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it.each([
  ['a driver that ends while it warms up', 'test $kind = driver && exit 1; exec sleep 600'],
  [
    'an executor that ends while it warms up',
    'touch $ready; test $kind = executor && exit 1; exec sleep 600',
  ],
  [
    'a driver that fails',
    'touch $ready; read -r line; test $kind = driver && exit 1; exec sleep 600',
  ],
])('says so and leaves nothing behind: %s', async (_name, does) => {
  const rehearsal = await rehearsalWith(`echo "java.lang.Error: no luck" >&2; ${does}`);
  await expect(rehearse(rehearsal)).rejects.toThrow(
    'The rehearsal run of Spark failed (java.lang.Error: no luck)',
  );
  expect([await lives('driver'), await lives('executor')]).toEqual([false, false]);
});

it('ends with its workers', async () => {
  const untilDriverEnds = `while kill -0 $(cat "${folder}/driver.pid"); do sleep 0.02; done`;
  const rehearsal = await rehearsalWith(
    `touch $ready; if test $kind = driver; then read -r line; else ${untilDriverEnds}; fi`,
  );
  await expect(rehearse(rehearsal)).resolves.toBeUndefined();
});
