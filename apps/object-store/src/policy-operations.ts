/** What a bucket's owner says of it, kept by the authorizer. Only the owner's account may ask. */
import { emptyAnswer, xmlAnswer } from './answer.ts';
import type { Bucket } from './bucket.ts';
import type { BucketPolicy } from './bucket-policies.ts';
import { type Operation, type OperationContext, requestedBucket } from './operation.ts';
import { readText } from './payload-reading.ts';
import { denied, s3Error } from './s3-errors.ts';
import { callerOf, type S3Request } from './s3-request.ts';
import { element, xmlDocument } from './xml-writing.ts';

/** Policies have 20 KB at most; white space does not count. */
const maxPolicyBytes = 64 * 1024;

/** The bucket, for its owner. Throws MethodNotAllowed for whom its owner has let in, AccessDenied where nobody is. */
const ownBucket = (context: OperationContext, request: S3Request): Bucket => {
  const bucket = requestedBucket(context, request);
  const { account } = bucket.identity;
  if (account === null) throw denied('AccessDenied', 'the bucket is the platform’s');
  if (account !== request.account)
    throw denied('MethodNotAllowed', 'a policy is for the account that owns the bucket');
  return bucket;
};

/** PutBucketPolicy. Nobody makes or deletes a bucket of the name meanwhile. */
export const putBucketPolicy: Operation = async (context, request) => {
  const { name } = ownBucket(context, request).identity;
  const document = await readText(context.openBody(request), request.headers, maxPolicyBytes);
  await context.inTurn(name, async () => {
    ownBucket(context, request);
    await context.policies.put(callerOf(request), name, document);
  });
  return emptyAnswer(204);
};

/** DeleteBucketPolicy: fine where there is none. */
export const deleteBucketPolicy: Operation = async (context, request) => {
  const { name } = ownBucket(context, request).identity;
  await context.inTurn(name, async () => {
    ownBucket(context, request);
    await context.policies.drop(callerOf(request), name);
  });
  return emptyAnswer(204);
};

/** Throws NoSuchBucketPolicy. */
const policyOf = async (
  { policies }: OperationContext,
  { identity: { name } }: Bucket,
): Promise<BucketPolicy> => {
  const policy = await policies.get(name);
  if (policy === null) throw s3Error('NoSuchBucketPolicy', undefined, { BucketName: name });
  return policy;
};

/** GetBucketPolicy: the text as it was put. */
export const getBucketPolicy: Operation = async (context, request) => {
  const { document } = await policyOf(context, ownBucket(context, request));
  return { status: 200, headers: { 'content-type': 'application/json' }, body: document };
};

/** GetBucketPolicyStatus, which other accounts may be granted. */
export const getBucketPolicyStatus: Operation = async (context, request) => {
  const { isPublic } = await policyOf(context, requestedBucket(context, request));
  return xmlAnswer(xmlDocument('PolicyStatus', element('IsPublic', String(isPublic))));
};
