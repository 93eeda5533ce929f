import { randomBytes } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  constants as fileConstants,
  link,
  open,
  readdir,
  statfs,
  unlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Digester } from './checksums.ts';
import { isMissing, makeDirectory, syncDirectory } from './durable-files.ts';
import { s3Error } from './s3-errors.ts';
import type { ContentId } from './stored-object.ts';

/** A content file that is on the disk: its name (empty when it has no bytes) and its length in bytes. */
export type WrittenContent = { readonly id: '' | ContentId; readonly size: number };

/** What to write: bytes, what digests them on the way, and how many there may be. */
export type ContentSource = {
  readonly bytes: Readable;
  readonly digesters: readonly Digester[];
  readonly maxBytes: number;
  /** How many are announced. */
  readonly expectedBytes: number;
};

/** The immutable content files of one bucket. */
export type ContentFiles = {
  /** Streams to a new file; resolves when file and directory entry are durable. Leaves nothing on failure. */
  readonly write: (source: ContentSource) => Promise<WrittenContent>;
  /** Takes over a file of this or another bucket under a new name, without copying bytes where possible. */
  readonly adopt: (from: ContentFiles, id: ContentId) => Promise<ContentId>;
  /** Reads a span of a file. */
  readonly read: (id: ContentId, start: number, length: number) => ReadStream;
  /** Keeps files from being removed while they are read; gives the release. */
  readonly pin: (ids: readonly ContentId[]) => () => void;
  /** Removes files, those that are being read as soon as they no longer are. */
  readonly discard: (ids: readonly ContentId[]) => Promise<void>;
  /** Removes every file that is not in use; gives how many, and the names in use that have no file. */
  readonly sweep: (used: ReadonlySet<ContentId>) => Promise<Sweep>;
  readonly pathOf: (id: ContentId) => string;
};

/** What a sweep found. */
export type Sweep = { readonly removed: number; readonly missing: readonly ContentId[] };

const batchBytes = 512 * 1024;
const readBytes = 256 * 1024;

const writeBatch = async (
  handle: FileHandle,
  batch: readonly Buffer[],
  position: number,
): Promise<void> => {
  const total = batch.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten } = await handle.writev(batch, position);
  if (bytesWritten < total) {
    const rest = Buffer.concat(batch).subarray(bytesWritten);
    let done = 0;
    while (done < rest.length) {
      const step = await handle.write(
        rest,
        done,
        rest.length - done,
        position + bytesWritten + done,
      );
      done += step.bytesWritten;
    }
  }
};

/**
 * Writes a stream in batches of half a megabyte, whose buffers are all the memory an upload takes.
 * The iterator does not destroy the stream on failure: a request must still be able to answer.
 */
const writeStream = async (handle: FileHandle, source: ContentSource): Promise<number> => {
  let batch: Buffer[] = [];
  let batched = 0;
  let written = 0;
  const flush = async (): Promise<void> => {
    await writeBatch(handle, batch, written);
    written += batched;
    batch = [];
    batched = 0;
  };
  for await (const bytes of source.bytes.iterator({ destroyOnReturn: false })) {
    const chunk = bytes as Buffer;
    if (written + batched + chunk.length > source.maxBytes) throw s3Error('EntityTooLarge');
    for (const digester of source.digesters) digester.update(chunk);
    batch.push(chunk);
    batched += chunk.length;
    if (batched >= batchBytes) await flush();
  }
  if (batched > 0) await flush();
  return written;
};

const unlinkIfThere = async (path: string): Promise<void> => {
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
};

const syncFile = async (path: string): Promise<void> => {
  await using handle = await open(path, 'r');
  await handle.sync();
};

/** A hard link costs nothing, as content never changes; where there can be none, bytes are copied. */
const linkOrCopy = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to);
  } catch (error) {
    if (isMissing(error)) throw error;
    await copyFile(from, to, fileConstants.COPYFILE_FICLONE);
    await syncFile(to);
  }
};

const readNames = async (directory: string): Promise<readonly string[]> => {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

type Pins = Pick<ContentFiles, 'pin'> & {
  /** The ids that may be removed now; the others are removed when they are released. */
  readonly removable: (ids: readonly ContentId[]) => readonly ContentId[];
};

const createPins = (remove: (id: ContentId) => void): Pins => {
  const readers = new Map<ContentId, number>();
  const doomed = new Set<ContentId>();
  const release = (id: ContentId): void => {
    const left = (readers.get(id) ?? 1) - 1;
    if (left > 0) readers.set(id, left);
    else readers.delete(id);
    if (left === 0 && doomed.delete(id)) remove(id);
  };
  return {
    pin: (ids) => {
      for (const id of ids) readers.set(id, (readers.get(id) ?? 0) + 1);
      let released = false;
      return () => {
        if (!released) ids.forEach(release);
        released = true;
      };
    },
    removable: (ids) => {
      for (const id of ids) if (readers.has(id)) doomed.add(id);
      return ids.filter((id) => !readers.has(id));
    },
  };
};

/** Makes the 256 directories as they are needed, and each only once. */
const createShards = (root: string): ((id: ContentId) => Promise<string>) => {
  const made = new Map<string, Promise<string>>();
  const make = async (shard: string): Promise<string> => {
    const directory = join(root, shard);
    await makeDirectory(directory);
    return directory;
  };
  return (id) => {
    const shard = id.slice(0, 2);
    const known = made.get(shard) ?? make(shard);
    made.set(shard, known);
    known.catch(() => made.delete(shard));
    return known;
  };
};

const sweepShard = async (
  directory: string,
  used: ReadonlySet<ContentId>,
  found: Set<ContentId>,
): Promise<number> => {
  let removed = 0;
  for (const name of await readNames(directory)) {
    if (used.has(name)) found.add(name);
    else {
      await unlinkIfThere(join(directory, name));
      removed += 1;
    }
  }
  return removed;
};

const sweepAll = async (root: string, used: ReadonlySet<ContentId>): Promise<Sweep> => {
  const found = new Set<ContentId>();
  let removed = 0;
  for (const shard of await readNames(root))
    removed += await sweepShard(join(root, shard), used, found);
  return { removed, missing: [...used].filter((id) => !found.has(id)) };
};

/** Kept free of content, so that on a full disk there is room in the journal for deletions. */
const reservedBytes = 8 * 1024 * 1024;

const ensureRoom = async (directory: string, bytes: number): Promise<void> => {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= bytes + reservedBytes) return;
  throw s3Error('ServiceUnavailable', 'The disk of this store is full.');
};

type NewFile = (
  expectedBytes: number,
  fill: (path: string) => Promise<number>,
) => Promise<WrittenContent>;

/** Fills a new file and makes its entry durable; an empty one is not kept, as size 0 needs no file. */
const createNewFile = (
  pathOf: (id: ContentId) => string,
  shardOf: (id: ContentId) => Promise<string>,
): NewFile => {
  return async (expectedBytes, fill) => {
    const id = randomBytes(12).toString('hex');
    const directory = await shardOf(id);
    await ensureRoom(directory, expectedBytes);
    try {
      const size = await fill(pathOf(id));
      if (size === 0) await unlinkIfThere(pathOf(id));
      else await syncDirectory(directory);
      return { id: size === 0 ? '' : id, size };
    } catch (error) {
      await unlinkIfThere(pathOf(id)).catch(() => undefined);
      throw error;
    }
  };
};

const fillFromStream = async (path: string, source: ContentSource): Promise<number> => {
  await using handle = await open(path, 'wx', 0o600);
  const size = await writeStream(handle, source);
  if (size > 0) await handle.datasync();
  return size;
};

/**
 * The content files below `root`, as `<2 hex digits>/<id>`. A file is written once under a random name
 * that no key has a part in, is never changed, and counts for nothing until the journal names it.
 */
export const openContentFiles = (root: string): ContentFiles => {
  const shardOf = createShards(root);
  const pathOf = (id: ContentId): string => join(root, id.slice(0, 2), id);
  const newFile = createNewFile(pathOf, shardOf);
  // A file that cannot be removed now is an orphan, which the sweep of the next start removes.
  const remove = (id: ContentId): Promise<void> => unlinkIfThere(pathOf(id)).catch(() => undefined);
  const pins = createPins((id) => void remove(id));
  return {
    write: (source) => newFile(source.expectedBytes, (path) => fillFromStream(path, source)),
    adopt: async (from, id) => {
      const adopted = await newFile(0, async (path) => {
        await linkOrCopy(from.pathOf(id), path);
        return 1;
      });
      return adopted.id;
    },
    read: (id, start, length) =>
      createReadStream(pathOf(id), { start, end: start + length - 1, highWaterMark: readBytes }),
    pin: pins.pin,
    discard: async (ids) => {
      for (const id of pins.removable(ids)) await remove(id);
    },
    sweep: (used) => sweepAll(root, used),
    pathOf,
  };
};
