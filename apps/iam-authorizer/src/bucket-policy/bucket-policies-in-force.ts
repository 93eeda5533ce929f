/** The policies of buckets as requests meet them: compiled, found by the resource that is asked for. */
import type { CompiledPolicy } from '@firesteel/iam-policy/compile';
import type { IdentitiesInForce } from '../identity/identities-in-force.ts';
import type { PolicyCache } from '../policy/policy-cache.ts';

/** A bucket that has a policy. */
export type BucketInForce = {
  readonly bucket: string;
  /** The bucket's owner, and so the account of all that is in it (bucket owner enforced). */
  readonly accountId: string;
  readonly policy: CompiledPolicy;
};

export type BucketPolicySource = {
  readonly identities: Pick<IdentitiesInForce, 'bucketPolicy'>;
  readonly policies: Pick<PolicyCache, 'bucketPolicy'>;
};

const arnOfBuckets = 'arn:aws:s3:::';

/** The bucket that a resource is or is in, with its policy; undefined when it has none. One look into a map. */
export function bucketInForce(
  resource: string,
  { identities, policies }: BucketPolicySource,
): BucketInForce | undefined {
  if (!resource.startsWith(arnOfBuckets)) return undefined;
  const slash = resource.indexOf('/', arnOfBuckets.length);
  const bucket = resource.slice(arnOfBuckets.length, slash < 0 ? undefined : slash);
  const stored = identities.bucketPolicy(bucket);
  return stored && { bucket, accountId: stored.accountId, policy: policies.bucketPolicy(stored) };
}
