import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bucket, type BucketIdentity, openBucket } from './bucket.ts';
import { makeDirectory, syncDirectory, writeDurably } from './durable-files.ts';
import { s3Error } from './s3-errors.ts';
import { inTurn } from './turns.ts';

/** All buckets of the store; their names are one space for all accounts. */
export type Buckets = {
  readonly get: (name: string) => Bucket | undefined;
  /** In ascending order of names. */
  readonly all: () => readonly Bucket[];
  /**
   * Makes a bucket; resolves when it is durable. Nothing happens when the owner has it already.
   * Throws BucketAlreadyExists when somebody else has it, or nobody.
   */
  readonly create: (identity: BucketIdentity) => Promise<void>;
  /** Removes an empty bucket. Throws BucketNotEmpty. */
  readonly remove: (bucket: Bucket) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Something an operator should know: `orphans-removed` or `content-missing`. */
export type Incident = {
  readonly kind: 'orphans-removed' | 'content-missing';
  readonly bucket: string;
  readonly count: number;
};

const identityFile = 'bucket.json';

const readIdentity = async (directory: string, name: string): Promise<BucketIdentity> => {
  const file = join(directory, identityFile);
  const found: unknown = JSON.parse(await readFile(file, 'utf8'));
  const field = (key: string): unknown =>
    typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined;
  const [account, createdMs] = [field('account'), field('createdMs')];
  if ((typeof account !== 'string' && account !== null) || typeof createdMs !== 'number') {
    throw new Error(`The file ${file} does not describe a bucket.`);
  }
  return { name, account, createdMs };
};

const sweepBucket = async (bucket: Bucket, report: (incident: Incident) => void): Promise<void> => {
  const { removed, missing } = await bucket.sweep();
  const { name } = bucket.identity;
  if (removed > 0) report({ kind: 'orphans-removed', bucket: name, count: removed });
  if (missing.length > 0) report({ kind: 'content-missing', bucket: name, count: missing.length });
};

/** Names with a leading dot are no bucket names: buckets half made or half removed at a crash. */
const openAll = async (
  root: string,
  report: (incident: Incident) => void,
): Promise<Map<string, Bucket>> => {
  const buckets = new Map<string, Bucket>();
  for (const name of (await readdir(root)).sort()) {
    const directory = join(root, name);
    if (name.startsWith('.')) {
      await rm(directory, { recursive: true, force: true });
      continue;
    }
    const bucket = await openBucket(directory, await readIdentity(directory, name));
    await sweepBucket(bucket, report);
    buckets.set(name, bucket);
  }
  return buckets;
};

/** A new bucket appears by one rename, so that there is none without its owner. */
const makeBucket = async (root: string, identity: BucketIdentity): Promise<Bucket> => {
  const draft = join(root, `.new-${randomBytes(8).toString('hex')}`);
  await mkdir(draft, { mode: 0o700 });
  await writeDurably(join(draft, identityFile), JSON.stringify(identity));
  const directory = join(root, identity.name);
  await rename(draft, directory);
  await syncDirectory(root);
  return openBucket(directory, identity);
};

const removeDirectory = async (root: string, name: string): Promise<void> => {
  const gone = join(root, `.gone-${randomBytes(8).toString('hex')}`);
  await rename(join(root, name), gone);
  await syncDirectory(root);
  // What is left of it at a crash is removed at the next start.
  await rm(gone, { recursive: true, force: true }).catch(() => undefined);
};

const byName = (left: Bucket, right: Bucket): number =>
  left.identity.name < right.identity.name ? -1 : 1;

/**
 * Opens all buckets below `root`, replays their journals and removes content nobody refers to.
 * `report` hears of what was found. Throws when an index is damaged.
 */
export const openBuckets = async (
  root: string,
  report: (incident: Incident) => void,
): Promise<Buckets> => {
  await makeDirectory(root);
  const buckets = await openAll(root, report);
  const turn = inTurn();
  const create = async (identity: BucketIdentity): Promise<void> => {
    const present = buckets.get(identity.name);
    if (present === undefined) buckets.set(identity.name, await makeBucket(root, identity));
    else if (present.identity.account !== identity.account) throw s3Error('BucketAlreadyExists');
  };
  const remove = async (bucket: Bucket): Promise<void> => {
    const { name } = bucket.identity;
    if (buckets.get(name) !== bucket)
      throw s3Error('NoSuchBucket', undefined, { BucketName: name });
    await bucket.retire();
    buckets.delete(name);
    await bucket.close();
    await removeDirectory(root, name);
  };
  return {
    get: (name) => buckets.get(name),
    all: () => [...buckets.values()].sort(byName),
    create: (identity) => turn(() => create(identity)),
    remove: (bucket) => turn(() => remove(bucket)),
    close: async () => {
      await turn(async () => {
        for (const bucket of buckets.values()) await bucket.close();
      });
    },
  };
};
