/** Policies of buckets: the iam-authorizer keeps them, as it decides by them; whose a bucket is it hears from here. */
import type { Caller } from '@firesteel/http/caller';
import type { InternalClient } from '@firesteel/http/internal-client';
import { z } from 'zod';
import { policyRefused, s3Error } from './s3-errors.ts';

/** A policy as its bucket's owner put it. */
export type BucketPolicy = {
  readonly document: string;
  /** Whether S3 would call the bucket public. */
  readonly isPublic: boolean;
};

/** Each throws ServiceUnavailable, and nothing is known, when there is no answer. */
export type BucketPolicies = {
  /** In force once it resolves. Throws what S3 says of a document that is no policy of the bucket. */
  readonly put: (caller: Caller, bucket: string, document: string) => Promise<void>;
  /** Null when the bucket has none. */
  readonly get: (bucket: string) => Promise<BucketPolicy | null>;
  /** Whatever policy the name has; nothing happens when it has none. */
  readonly drop: (caller: Caller, bucket: string) => Promise<void>;
};

const putAnswer = z.object({
  refusal: z.object({ code: z.string(), message: z.string() }).nullable(),
});
const getAnswer = z.object({
  policy: z.object({ document: z.string(), isPublic: z.boolean() }).nullable(),
});

const unavailable = (cause: unknown): never => {
  const message = 'Bucket policies cannot be reached at the moment. Please try again later.';
  throw Object.assign(s3Error('ServiceUnavailable', message), { cause });
};

const pathOf = (bucket: string): string => `/v1/bucket-policies/${encodeURIComponent(bucket)}`;

/** The policies as the authorizer keeps them. */
export const policiesAtAuthorizer = (authorizer: InternalClient): BucketPolicies => ({
  put: async (caller, bucket, document) => {
    const body = { accountId: caller.accountId, document };
    const { refusal } = await authorizer
      .call('POST', pathOf(bucket), { caller, body })
      .then((answered) => putAnswer.parse(answered))
      .catch(unavailable);
    if (refusal !== null) throw policyRefused(refusal.code, refusal.message);
  },
  get: async (bucket) => {
    const { policy } = await authorizer
      .call('GET', pathOf(bucket))
      .then((answered) => getAnswer.parse(answered))
      .catch(unavailable);
    return policy;
  },
  drop: async (caller, bucket) => {
    await authorizer.call('DELETE', pathOf(bucket), { caller }).catch(unavailable);
  },
});
