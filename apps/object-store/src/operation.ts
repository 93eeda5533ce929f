import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Answer } from './answer.ts';
import type { Bucket } from './bucket.ts';
import type { BucketPolicies } from './bucket-policies.ts';
import type { Buckets } from './buckets.ts';
import { denied, s3Error } from './s3-errors.ts';
import { headerOf, type S3Request } from './s3-request.ts';

/** Gives the decoded and verified body of a request; failures are errors of the stream. */
export type OpenPayload = (request: IncomingMessage) => Readable;

/**
 * Which keys of a DeleteObjects request its caller may delete, each given once. The keys are in the body,
 * so that whoever authorised the request could not know them.
 */
export type MayDelete = (
  request: IncomingMessage,
  bucket: string,
  keys: readonly string[],
) => Promise<ReadonlySet<string>>;

/** What operations work with. */
export type OperationContext = {
  readonly buckets: Buckets;
  readonly region: string;
  readonly now: () => Date;
  readonly mayDelete: MayDelete;
  readonly policies: BucketPolicies;
  /** Runs what makes or deletes a bucket of the name, or changes its policy, one after the other. */
  readonly inTurn: <T>(bucket: string, step: () => Promise<T>) => Promise<T>;
  /** Hears of what failed beside an answer. */
  readonly reportFailure: (error: unknown, requestId: string) => void;
  /** The body, ended with an error when the client goes away. */
  readonly openBody: (request: S3Request) => Readable;
};

/** An S3 operation: reads a request, and answers or throws an S3 failure. */
export type Operation = (context: OperationContext, request: S3Request) => Promise<Answer>;

/** Whether another account has the bucket, and has not let the request into it. */
const isForeign = (
  { identity: { name, account: owner } }: Bucket,
  { account, opened }: S3Request,
): boolean => owner !== null && owner !== account && opened.get(name) !== owner;

/**
 * A bucket by name, when the caller's account or nobody owns it, or its owner has let the request in. AWS says
 * AccessDenied of another account's; here it is not there, as nothing of other accounts is. Throws NoSuchBucket,
 * AccessDenied.
 */
export const visibleBucket = (
  { buckets }: OperationContext,
  request: S3Request,
  name: string | undefined,
  expectedOwner?: string,
): Bucket => {
  const bucket = buckets.get(name ?? '');
  if (bucket === undefined || isForeign(bucket, request)) {
    throw denied('NoSuchBucket', `the account has no bucket ${name ?? ''}`, {
      BucketName: name ?? '',
    });
  }
  if (expectedOwner !== undefined && expectedOwner !== bucket.identity.account) {
    throw denied('AccessDenied', 'the owner of the bucket is not the one that is expected');
  }
  return bucket;
};

/** The bucket a request names. Throws NoSuchBucket, AccessDenied. */
export const requestedBucket = (context: OperationContext, request: S3Request): Bucket =>
  visibleBucket(
    context,
    request,
    request.bucket,
    headerOf(request.headers, 'x-amz-expected-bucket-owner'),
  );

/** The key a request names. Throws InvalidRequest when there is none. */
export const requestedKey = ({ key }: S3Request): string => {
  if (key === undefined) throw s3Error('InvalidRequest', 'A key must be specified.');
  return key;
};

/** The error for a key that holds nothing. */
export const noSuchKey = (key: string): Error => s3Error('NoSuchKey', undefined, { Key: key });

/** This store keeps one version of a key, which S3 calls `null`. Throws InvalidArgument for others. */
export const checkVersion = (version: string | undefined): void => {
  if (version === undefined || version === 'null') return;
  throw s3Error('InvalidArgument', 'Invalid version id specified', {
    ArgumentName: 'versionId',
    ArgumentValue: version,
  });
};
