import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BucketIndex, openBucketIndex } from './bucket-index.ts';
import type { Change } from './bucket-state.ts';
import { toKeyText } from './ordered-key.ts';

const put = (key: string, size: number): Change => ({
  op: 'put',
  key,
  object: { size, modifiedMs: 0, etag: 'e', content: `c${size}` },
});

const listed = ({ state }: BucketIndex): (readonly [string, number])[] =>
  [...state.objects.from('')].map(({ key, value }) => [toKeyText(key), value.size] as const);

describe('openBucketIndex', () => {
  let directory = '';
  const journal = (): string => join(directory, 'journal-00000001');
  const reopened = async (): Promise<(readonly [string, number])[]> => {
    const index = await openBucketIndex(directory);
    const found = listed(index);
    await index.close();
    return found;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bucket-index-'));
    const index = await openBucketIndex(directory);
    await index.write([put('b', 1), put('a', 2)]);
    await index.write([put('b', 3)]);
    await index.close();
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('replays what was written', async () => {
    expect(await reopened()).toEqual([
      ['a', 2],
      ['b', 3],
    ]);
  });

  it('tells which content is free', async () => {
    const index = await openBucketIndex(directory);
    expect(await index.write([put('b', 4), { op: 'delete', key: 'a' }])).toEqual(['c3', 'c2']);
    await index.close();
  });

  it('drops the last record when it is torn at any byte, and appends behind the sound ones', async () => {
    const whole = await readFile(journal());
    const start = whole.indexOf(10) + 1;
    for (let length = start; length < whole.length; length += 1) {
      await writeFile(journal(), whole);
      await truncate(journal(), length);
      const index = await openBucketIndex(directory);
      await index.write([put('z', 9)]);
      await index.close();
      expect(await reopened()).toEqual([
        ['a', 2],
        ['b', 1],
        ['z', 9],
      ]);
    }
  });

  it('drops garbage at the end, as a power cut may leave it', async () => {
    await appendFile(journal(), Buffer.alloc(5000));
    await appendFile(journal(), 'deadbeef [1]\n');
    expect(await reopened()).toHaveLength(2);
  });

  it('refuses a journal with a flipped bit before a sound record', async () => {
    const bytes = await readFile(journal());
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await writeFile(journal(), bytes);
    await expect(openBucketIndex(directory)).rejects.toThrow('is damaged at byte 0');
  });

  it('compacts while writes go on, and loses none of them', async () => {
    const index = await openBucketIndex(directory, 2_000);
    for (let at = 0; at < 400; at += 1) await index.write([put(`k${at % 50}`, at)]);
    await index.write([{ op: 'delete', key: 'k0' }]);
    const before = listed(index);
    await index.close();
    const files = await readdir(directory);
    expect(files.some((file) => file.startsWith('snapshot-'))).toBe(true);
    expect(files).not.toContain('journal-00000001');
    expect(await reopened()).toEqual(before);
  });

  it('keeps unfinished uploads and tags over a compaction', async () => {
    const index = await openBucketIndex(directory, 100);
    const upload = { id: 'u', key: 'k', initiatedMs: 1, initiator: 'me' };
    await index.write([
      { op: 'begin', upload },
      { op: 'tags', tags: { a: 'b' } },
    ]);
    const part = { number: 1, size: 5, etag: 'x', modifiedMs: 2, content: 'p1' };
    await index.write([{ op: 'part', upload: 'u', part }]);
    for (let at = 0; at < 30; at += 1) await index.write([put('k', at)]);
    await index.close();
    const again = await openBucketIndex(directory);
    expect(again.state.uploads.get('u')?.parts.get(1)).toEqual(part);
    expect(again.state.tags).toEqual({ a: 'b' });
    await again.close();
  });
});
