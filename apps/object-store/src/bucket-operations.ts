import { emptyAnswer, xmlAnswer } from './answer.ts';
import { refuseForeignAcl } from './attributes.ts';
import { wholeSecond } from './copying.ts';
import { ownerElement } from './listing-answers.ts';
import { type Operation, type OperationContext, requestedBucket } from './operation.ts';
import { readText } from './payload-reading.ts';
import { denied, s3Error } from './s3-errors.ts';
import { callerOf, headerOf, integerParameter, type S3Request } from './s3-request.ts';
import { childText, parseXml } from './xml-reading.ts';
import { element, optionalElement, xmlDocument } from './xml-writing.ts';

const maxConfigurationBytes = 64 * 1024;
const namePattern = /^[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/;
const addressPattern = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/**
 * Whether a new bucket may have this name. Source: "Bucket naming rules", Amazon S3 user guide.
 * The name is a directory's name too: these rules leave no separator and no leading dot in it.
 */
export const isBucketName = (name: string): boolean =>
  namePattern.test(name) &&
  !name.includes('..') &&
  !addressPattern.test(name) &&
  !name.startsWith('xn--') &&
  !name.endsWith('-s3alias');

/** The region a CreateBucket body asks for; undefined when it asks for none. Throws MalformedXML. */
export const parseBucketConfiguration = (body: string): string | undefined => {
  if (body.trim() === '') return undefined;
  const root = parseXml(body);
  if (root.name !== 'CreateBucketConfiguration') throw s3Error('MalformedXML');
  const constraint = childText(root, 'LocationConstraint')?.trim();
  return constraint === '' ? undefined : constraint;
};

/**
 * Makes the bucket where there is none. A policy that the name may still have was another bucket's: it is dropped
 * before, so that none is ever in force for a bucket whose owner has not put it.
 */
const makeBucket = async (
  context: OperationContext,
  request: S3Request,
  name: string,
): Promise<void> => {
  const { buckets, policies, now } = context;
  if (buckets.get(name) === undefined) await policies.drop(callerOf(request), name);
  await buckets.create({ name, account: request.account, createdMs: now().getTime() });
};

/** CreateBucket. Its owner may create it again, as in us-east-1; nothing changes then. */
export const createBucket: Operation = async (context, request) => {
  const name = request.bucket ?? '';
  if (!isBucketName(name)) throw s3Error('InvalidBucketName', undefined, { BucketName: name });
  refuseForeignAcl(request.headers);
  if (headerOf(request.headers, 'x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true') {
    throw s3Error('NotImplemented', 'Object lock is not implemented by this store.');
  }
  const body = await readText(context.openBody(request), request.headers, maxConfigurationBytes);
  const constraint = parseBucketConfiguration(body);
  if (constraint !== undefined && constraint !== context.region) {
    throw s3Error(
      'IllegalLocationConstraintException',
      `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  }
  await context.inTurn(name, () => makeBucket(context, request, name));
  return emptyAnswer(200, {
    location: `/${name}`,
    'x-amz-bucket-arn': `arn:aws:s3:::${name}`,
  });
};

/** HeadBucket. */
export const headBucket: Operation = async (context, request) => {
  requestedBucket(context, request);
  return emptyAnswer(200, {
    'content-type': 'application/xml',
    'x-amz-bucket-region': context.region,
    'x-amz-access-point-alias': 'false',
  });
};

/** DeleteBucket. Unfinished multipart uploads go with it, as they do in S3. What nobody owns nobody deletes. */
export const deleteBucket: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  if (bucket.identity.account === null)
    throw denied('AccessDenied', 'the bucket is the platform’s');
  const { name } = bucket.identity;
  const caller = callerOf(request);
  await context.inTurn(name, async () => {
    await context.buckets.remove(bucket);
    // The bucket is gone, whatever becomes of this: whoever makes one of the name has the policy dropped before.
    await context.policies
      .drop(caller, name)
      .catch((error: unknown) => context.reportFailure(error, caller.requestId));
  });
  return emptyAnswer(204);
};

type BucketFilter = { readonly after: string; readonly prefix: string; readonly limit: number };

const bucketFilter = ({ query }: S3Request): BucketFilter => ({
  after: Buffer.from(query.get('continuation-token') ?? '', 'base64url').toString('utf8'),
  prefix: query.get('prefix') ?? '',
  limit: Math.max(1, Math.min(integerParameter(query, 'max-buckets', 10_000), 10_000)),
});

/** ListBuckets: those of the caller's account. */
export const listBuckets: Operation = async (context, request) => {
  const { after, prefix, limit } = bucketFilter(request);
  const matching = context.buckets
    .all()
    .map(({ identity }) => identity)
    .filter(({ account, name }) => account === request.account && name.startsWith(prefix))
    .filter(({ name }) => name > after);
  const page = matching.slice(0, limit);
  const last = matching.length > limit ? page.at(-1)?.name : undefined;
  return xmlAnswer(
    xmlDocument(
      'ListAllMyBucketsResult',
      ownerElement(request.account),
      element(
        'Buckets',
        page.map(({ name, createdMs }) =>
          element(
            'Bucket',
            element('Name', name),
            element('CreationDate', wholeSecond(createdMs)),
            element('BucketRegion', context.region),
          ),
        ),
      ),
      optionalElement(
        'ContinuationToken',
        last === undefined ? undefined : Buffer.from(last, 'utf8').toString('base64url'),
      ),
      optionalElement('Prefix', prefix === '' ? undefined : prefix),
    ),
  );
};

/** GetBucketLocation: us-east-1 is an empty constraint, as ever. */
export const getBucketLocation: Operation = async (context, request) => {
  requestedBucket(context, request);
  const location = context.region === 'us-east-1' ? '' : context.region;
  return xmlAnswer(xmlDocument('LocationConstraint', location));
};
