import { join } from 'node:path';
import { openBucketIndex } from './bucket-index.ts';
import { type BucketState, type Change, referencedContent, type Upload } from './bucket-state.ts';
import { createCommitQueue } from './commit-queue.ts';
import { type ContentFiles, openContentFiles, type Sweep } from './content-files.ts';
import { toOrderedKey } from './ordered-key.ts';
import { s3Error } from './s3-errors.ts';
import type { ContentId, StoredObject } from './stored-object.ts';

/** What is fixed when a bucket is made. */
export type BucketIdentity = {
  readonly name: string;
  /** The owner: 12 digits. Null: it belongs to none and serves all whom the authorizer lets in. */
  readonly account: string | null;
  readonly createdMs: number;
};

/** A write: what it touches, the content files it brings, and the decision that yields its changes. */
export type BucketWrite = {
  readonly scopes: readonly string[];
  readonly fresh: readonly ContentId[];
  readonly decide: () => readonly Change[];
};

/** An open bucket. */
export type Bucket = {
  readonly identity: BucketIdentity;
  readonly state: Readonly<Pick<BucketState, 'objects' | 'tags'>>;
  readonly content: ContentFiles;
  readonly object: (key: string) => StoredObject | undefined;
  readonly upload: (id: string) => Upload | undefined;
  readonly uploads: () => Iterable<Upload>;
  /**
   * Makes a write durable and visible, or rejects and removes the content it brought. Writes on the
   * same scope are decided one after the other.
   */
  readonly commit: (write: BucketWrite) => Promise<void>;
  /** Refuses all further writes, when it holds no object; throws BucketNotEmpty otherwise. */
  readonly retire: () => Promise<void>;
  readonly sweep: () => Promise<Sweep>;
  readonly close: () => Promise<void>;
};

/** The scope of a write to a key. */
export const keyScope = (key: string): string => `k:${key}`;

/** The scope of a write to a multipart upload. */
export const uploadScope = (id: string): string => `u:${id}`;

/**
 * Opens a bucket's directory (`content/`, `journal-*`, `snapshot-*`). Throws when its index is damaged.
 */
export const openBucket = async (directory: string, identity: BucketIdentity): Promise<Bucket> => {
  const index = await openBucketIndex(directory);
  const content = openContentFiles(join(directory, 'content'));
  let retired = false;
  const queue = createCommitQueue<Change>(async (changes) => {
    const freed = await index.write(changes);
    // Nobody waits for the removal: what a crash leaves behind is swept at the next start.
    void content.discard(freed);
  });
  const decideOpen = (decide: () => readonly Change[]) => () => {
    if (retired) throw s3Error('NoSuchBucket', undefined, { BucketName: identity.name });
    if (!index.healthy()) throw s3Error('ServiceUnavailable');
    return decide();
  };
  return {
    identity,
    state: index.state,
    content,
    object: (key) => index.state.objects.get(toOrderedKey(key)),
    upload: (id) => index.state.uploads.get(id),
    uploads: () => index.state.uploads.values(),
    commit: async ({ scopes, fresh, decide }) => {
      try {
        await queue.commit({ scopes, decide: decideOpen(decide) });
      } catch (error) {
        // When a failed write could not be taken back, the journal may yet name this content.
        if (index.healthy()) await content.discard(fresh);
        throw error;
      }
    },
    retire: () =>
      queue.commit({
        scopes: ['*'],
        decide: () => {
          if (index.state.objects.size() > 0) throw s3Error('BucketNotEmpty');
          retired = true;
          return [];
        },
      }),
    sweep: () => content.sweep(referencedContent(index.state)),
    close: async () => {
      retired = true;
      await queue.idle();
      await index.close();
    },
  };
};
