import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BucketIdentity } from './bucket.ts';
import { openBuckets } from './buckets.ts';
import { createObjectStore } from './object-store.ts';
import { openSealedPayload } from './sealed-payload.ts';
import { policiesIn } from './test/loopback-store.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'object-store-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const now = new Date('2026-11-26T10:00:00Z');
const openStore = () =>
  createObjectStore({
    dataDir,
    now: () => now,
    region: 'us-east-1',
    openPayload: openSealedPayload,
    mayDelete: async () => new Set<string>(),
    policies: policiesIn(new Map()),
    platformBuckets: ['scratch'],
  });
const bucketsDir = (): string => join(dataDir, 'buckets');
const makeBucket = async (identity: BucketIdentity): Promise<void> => {
  const buckets = await openBuckets(bucketsDir(), () => undefined);
  await buckets.create(identity);
  await buckets.close();
};
const identityOf = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(bucketsDir(), name, 'bucket.json'), 'utf8'));

it('are made once, and are there after a restart', async () => {
  for (let start = 1; start <= 2; start += 1) {
    const store = await openStore();
    await store.close();
    expect(await identityOf('scratch')).toEqual({
      name: 'scratch',
      account: null,
      createdMs: now.getTime(),
    });
  }
});

it('do not take an account’s bucket of the name: the store says what to do, and starts when it is done', async () => {
  await makeBucket({ name: 'scratch', account: '123456789012', createdMs: 1 });
  await expect(openStore()).rejects.toThrow(
    /scratch belongs to the account 123456789012.*Rename the directory buckets\/scratch/,
  );
  await rename(join(bucketsDir(), 'scratch'), join(bucketsDir(), 'mine'));
  const store = await openStore();
  await store.close();
  expect(await identityOf('mine')).toMatchObject({ account: '123456789012' });
});
