import { emptyAnswer, xmlAnswer } from './answer.ts';
import { refuseForeignAcl } from './attributes.ts';
import { keyScope } from './bucket.ts';
import { canonicalId, ownerElement, ownerName } from './listing-answers.ts';
import { requestedObject } from './object-reading.ts';
import {
  checkVersion,
  noSuchKey,
  type Operation,
  requestedBucket,
  requestedKey,
} from './operation.ts';
import { readText } from './payload-reading.ts';
import { type S3ErrorCode, s3Error } from './s3-errors.ts';
import { headerOf } from './s3-request.ts';
import type { StoredObject, Tags } from './stored-object.ts';
import { parseTagging, taggingDocument } from './tagging.ts';
import { element, xmlDocument } from './xml-writing.ts';

const maxBodyBytes = 64 * 1024;

/** An answer for a configuration that is what it is without ever having been set. */
export const fixedAnswer =
  (root: string, ...content: Parameters<typeof element> | readonly []): Operation =>
  async (context, request) => {
    requestedBucket(context, request);
    const [name, ...inner] = content;
    return xmlAnswer(xmlDocument(root, name === undefined ? undefined : element(name, ...inner)));
  };

/** The error S3 has for a configuration that was never set. */
export const neverSet =
  (code: S3ErrorCode): Operation =>
  async (context, request) => {
    requestedBucket(context, request);
    throw s3Error(code);
  };

/** Deleting a configuration that cannot be set: there is nothing to do. */
export const nothingToDelete: Operation = async (context, request) => {
  requestedBucket(context, request);
  return emptyAnswer(204);
};

const aclDocument = (account: string | null): string => {
  const grantee = {
    xml: `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${canonicalId(account)}</ID><DisplayName>${ownerName(account)}</DisplayName></Grantee>`,
  };
  return xmlDocument(
    'AccessControlPolicy',
    ownerElement(account),
    element('AccessControlList', element('Grant', grantee, element('Permission', 'FULL_CONTROL'))),
  );
};

/** GetBucketAcl: the owner has full control, nobody else has any. */
export const getBucketAcl: Operation = async (context, request) =>
  xmlAnswer(aclDocument(requestedBucket(context, request).identity.account));

/** GetObjectAcl: as the bucket's. */
export const getObjectAcl: Operation = async (context, request) =>
  xmlAnswer(aclDocument(requestedObject(context, request).bucket.identity.account));

/** PutBucketAcl and PutObjectAcl: only what is so anyway, by the x-amz-acl header. */
export const putAcl: Operation = async (context, request) => {
  if (request.key === undefined) requestedBucket(context, request);
  else requestedObject(context, request);
  refuseForeignAcl(request.headers);
  if (headerOf(request.headers, 'x-amz-acl') === undefined) {
    throw s3Error('AccessControlListNotSupported');
  }
  return emptyAnswer(200);
};

/** GetObjectTagging: an object without tags has an empty set. */
export const getObjectTagging: Operation = async (context, request) =>
  xmlAnswer(taggingDocument(requestedObject(context, request).object.tags ?? {}));

const withTags = ({ tags: _replaced, ...object }: StoredObject, tags: Tags): StoredObject =>
  Object.keys(tags).length === 0 ? object : { ...object, tags };

const replaceObjectTags = async (
  ...[context, request, tags]: [...Parameters<Operation>, Tags]
): Promise<void> => {
  const bucket = requestedBucket(context, request);
  const key = requestedKey(request);
  checkVersion(request.query.get('versionId'));
  await bucket.commit({
    scopes: [keyScope(key)],
    fresh: [],
    decide: () => {
      const object = bucket.object(key);
      if (object === undefined) throw noSuchKey(key);
      return [{ op: 'put', key, object: withTags(object, tags) }];
    },
  });
};

/** PutObjectTagging. */
export const putObjectTagging: Operation = async (context, request) => {
  const body = await readText(context.openBody(request), request.headers, maxBodyBytes);
  await replaceObjectTags(context, request, parseTagging(body, 10));
  return emptyAnswer(200);
};

/** DeleteObjectTagging. */
export const deleteObjectTagging: Operation = async (context, request) => {
  await replaceObjectTags(context, request, {});
  return emptyAnswer(204);
};

/** GetBucketTagging. */
export const getBucketTagging: Operation = async (context, request) => {
  const { tags } = requestedBucket(context, request).state;
  if (tags === undefined) throw s3Error('NoSuchTagSet');
  return xmlAnswer(taggingDocument(tags));
};

const replaceBucketTags = async (
  ...[context, request, tags]: [...Parameters<Operation>, Tags | null]
): Promise<void> => {
  const bucket = requestedBucket(context, request);
  await bucket.commit({ scopes: ['*'], fresh: [], decide: () => [{ op: 'tags', tags }] });
};

/** PutBucketTagging. */
export const putBucketTagging: Operation = async (context, request) => {
  const body = await readText(context.openBody(request), request.headers, maxBodyBytes);
  await replaceBucketTags(context, request, parseTagging(body, 50));
  return emptyAnswer(204);
};

/** DeleteBucketTagging. */
export const deleteBucketTagging: Operation = async (context, request) => {
  await replaceBucketTags(context, request, null);
  return emptyAnswer(204);
};
