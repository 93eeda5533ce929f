import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cache, finishedFolder, keepNewest, withLock } from './cache.ts';

let cache: Cache;

beforeEach(async () => {
  cache = { dir: await mkdtemp(join(tmpdir(), 'firesteel-cache-')), report: () => undefined };
});

afterEach(async () => {
  await rm(cache.dir, { recursive: true, force: true });
});

describe('a finished folder', () => {
  it('is built once', async () => {
    let builds = 0;
    const build = async (folder: string): Promise<void> => {
      builds += 1;
      await writeFile(join(folder, 'file'), 'content');
    };
    await finishedFolder(cache, 'java/17', 'Java', build);
    const folder = await finishedFolder(cache, 'java/17', 'Java', build);

    expect(builds).toBe(1);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('content');
  });

  it('is not there when its making was interrupted, and is begun anew', async () => {
    const broken = finishedFolder(cache, 'java/17', 'Java', async (folder) => {
      await writeFile(join(folder, 'half'), '');
      throw new Error('interrupted');
    });
    await expect(broken).rejects.toThrow('interrupted');
    expect(existsSync(join(cache.dir, 'java/17'))).toBe(false);

    const folder = await finishedFolder(cache, 'java/17', 'Java', (half) =>
      writeFile(join(half, 'whole'), ''),
    );

    expect(await readdir(folder)).toEqual(['whole']);
  });

  it('makes way when it is not among the newest of its kind', async () => {
    for (const [at, name] of ['a-1', 'a-2', 'b-1', 'a-3'].entries()) {
      const folder = join(cache.dir, 'class-data', name);
      await mkdir(folder, { recursive: true });
      await utimes(folder, at, at);
    }
    await keepNewest(cache, 'class-data', 'a-', 2);

    expect((await readdir(join(cache.dir, 'class-data'))).sort()).toEqual(['a-2', 'a-3', 'b-1']);
  });
});

describe('the lock of a cache', () => {
  it('lets one work at a time', async () => {
    const events: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      events.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      events.push(`${name} out`);
    };
    await Promise.all([withLock(cache, work('one')), withLock(cache, work('two'))]);

    expect(events).toHaveLength(4);
    expect(events[1]).toBe(events[0]?.replace('in', 'out'));
  });

  it('is free again after its holder failed', async () => {
    await expect(withLock(cache, () => Promise.reject(new Error('no')))).rejects.toThrow('no');

    expect(await withLock(cache, () => Promise.resolve('mine'))).toBe('mine');
  });
});
