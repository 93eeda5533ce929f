/** Puts, reads and drops the policies of buckets. Whose a bucket is the object store alone knows; it asks for what its callers may. */
import type { AppendMeta } from '@firesteel/event-store';
import { isPublic } from '@firesteel/iam-policy/bucket-policy';
import { type Changing, changeLocked } from '../iam/call.ts';
import { bucketPolicies } from '../tables.ts';
import type { BucketPolicyCommand } from './bucket-policy.ts';

type Options = Omit<Changing, 'meta'>;

/** One change of a bucket's policy at a time, in the order in which they come: a name may have another owner by and by. */
const command = (
  bucket: string,
  asked: BucketPolicyCommand,
  meta: AppendMeta,
  { em, identities }: Options,
): Promise<unknown> =>
  changeLocked(`bucket ${bucket}`, { em, identities, meta }, (_tx, handle) =>
    handle(bucketPolicies, bucket, asked),
  );

/**
 * In force once it is answered.
 * @param accountId the bucket's owner
 * @throws BucketPolicyRefused when the document is no policy of the bucket
 */
export const putBucketPolicy = (
  {
    bucket,
    accountId,
    document,
    at,
  }: Omit<Extract<BucketPolicyCommand, { bucket: string }>, 'type'>,
  meta: AppendMeta,
  options: Options,
): Promise<unknown> =>
  command(bucket, { type: 'PutBucketPolicy', bucket, accountId, document, at }, meta, options);

/** Whatever policy the name has, whoever put it; nothing happens when it has none. */
export const dropBucketPolicy = (
  bucket: string,
  at: string,
  meta: AppendMeta,
  options: Options,
): Promise<unknown> => command(bucket, { type: 'DeleteBucketPolicy', at }, meta, options);

/** What the owner has said, and whether S3 calls it public; null when there is nothing. */
export async function readBucketPolicy(
  bucket: string,
  { identities }: Pick<Options, 'identities'>,
): Promise<{ readonly document: string; readonly isPublic: boolean } | null> {
  await identities.trusted();
  const stored = identities.bucketPolicy(bucket);
  return stored ? { document: stored.document, isPublic: isPublic(stored.document) } : null;
}
