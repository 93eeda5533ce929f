import { type AnswerHeaders, emptyAnswer, xmlAnswer } from './answer.ts';
import { readAttributes, refuseUnsupported } from './attributes.ts';
import { type Bucket, keyScope } from './bucket.ts';
import type { Checksum } from './checksums.ts';
import { type Conditions, judgeWrite } from './conditions.ts';
import type { WrittenContent } from './content-files.ts';
import {
  checkVersion,
  noSuchKey,
  type Operation,
  type OperationContext,
  requestedBucket,
  requestedKey,
} from './operation.ts';
import {
  createVerifier,
  maxPayloadBytes,
  type PayloadClaims,
  type PayloadDigests,
  readClaims,
  readText,
} from './payload-reading.ts';
import { notImplemented, type S3Failure, s3Error, toS3Failure } from './s3-errors.ts';
import { headerOf, maxKeyBytes, type S3Request } from './s3-request.ts';
import type { StoredObject } from './stored-object.ts';
import { parseTaggingHeader } from './tagging.ts';
import { childrenOf, childText, parseXml } from './xml-reading.ts';
import { element, optionalElement, xmlDocument } from './xml-writing.ts';

/** Headers that tell a checksum. */
export const checksumAnswer = (checksum: Checksum | undefined): AnswerHeaders =>
  checksum === undefined
    ? {}
    : {
        [`x-amz-checksum-${checksum.algorithm}`]: checksum.value,
        'x-amz-checksum-type': checksum.type,
      };

/** Streams the body of a request to a content file and verifies it; leaves nothing on failure. */
export const receiveContent = async (
  context: OperationContext,
  request: S3Request,
  bucket: Bucket,
  claims: PayloadClaims,
): Promise<WrittenContent & PayloadDigests> => {
  const { digesters, verify } = createVerifier(claims);
  const bytes = context.openBody(request);
  const written = await bucket.content.write({
    bytes,
    digesters,
    maxBytes: maxPayloadBytes,
    expectedBytes: claims.length,
  });
  try {
    return { ...written, ...verify(written.size) };
  } catch (error) {
    await bucket.content.discard(freshOf(written));
    throw error;
  }
};

/** The names of the files that hold this content: none when it is empty. */
export const freshOf = ({ id }: WrittenContent): readonly string[] => (id === '' ? [] : [id]);

/** The conditions of a write. Throws NotImplemented for an If-None-Match other than `*`, as S3 does. */
export const writeConditions = ({
  headers,
}: S3Request): Pick<Conditions, 'ifMatch' | 'ifNoneMatch'> => {
  const ifNoneMatch = headerOf(headers, 'if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') {
    throw notImplemented(`If-None-Match: ${ifNoneMatch}`);
  }
  return { ifMatch: headerOf(headers, 'if-match'), ifNoneMatch };
};

/** Throws PreconditionFailed or NoSuchKey when the conditions do not hold for what the key holds now. */
export const enforceConditions = (
  conditions: Pick<Conditions, 'ifMatch' | 'ifNoneMatch'>,
  bucket: Bucket,
  key: string,
): void => {
  const verdict = judgeWrite(conditions, bucket.object(key));
  if (verdict === 'no-such-key') throw noSuchKey(key);
  if (verdict === 'precondition-failed') {
    const condition = conditions.ifMatch === undefined ? 'If-None-Match' : 'If-Match';
    throw s3Error('PreconditionFailed', undefined, { Condition: condition });
  }
};

/** Attributes and tags of a write, from its headers. */
export const statedProperties = ({
  headers,
}: S3Request): Pick<StoredObject, 'attributes' | 'tags'> => {
  refuseUnsupported(headers);
  const attributes = readAttributes(headers);
  const tags = parseTaggingHeader(headerOf(headers, 'x-amz-tagging'));
  return {
    ...(attributes === undefined ? {} : { attributes }),
    ...(tags === undefined ? {} : { tags }),
  };
};

/** Stores an object under a key when the conditions hold at that moment. */
export const commitObject = async (
  bucket: Bucket,
  key: string,
  object: StoredObject,
  write: { fresh: readonly string[]; conditions: Pick<Conditions, 'ifMatch' | 'ifNoneMatch'> },
): Promise<void> => {
  await bucket.commit({
    scopes: [keyScope(key)],
    fresh: write.fresh,
    decide: () => {
      enforceConditions(write.conditions, bucket, key);
      return [{ op: 'put', key, object }];
    },
  });
};

/** PutObject. */
export const putObject: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  const key = requestedKey(request);
  const conditions = writeConditions(request);
  const properties = statedProperties(request);
  const claims = readClaims(request.headers);
  // Refused before the body is read, and judged again when the object is stored.
  enforceConditions(conditions, bucket, key);
  const content = await receiveContent(context, request, bucket, claims);
  const object: StoredObject = {
    size: content.size,
    modifiedMs: context.now().getTime(),
    etag: content.md5.toString('hex'),
    content: content.id,
    ...properties,
    ...(content.checksum === undefined ? {} : { checksum: content.checksum }),
  };
  await commitObject(bucket, key, object, { fresh: freshOf(content), conditions });
  return emptyAnswer(200, { etag: `"${object.etag}"`, ...checksumAnswer(object.checksum) });
};

/** DeleteObject: 204 whether or not there was anything. */
export const deleteObject: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  const key = requestedKey(request);
  checkVersion(request.query.get('versionId'));
  const conditions = { ifMatch: headerOf(request.headers, 'if-match'), ifNoneMatch: undefined };
  await bucket.commit({
    scopes: [keyScope(key)],
    fresh: [],
    decide: () => {
      enforceConditions(conditions, bucket, key);
      return bucket.object(key) === undefined ? [] : [{ op: 'delete', key }];
    },
  });
  return emptyAnswer(204);
};

type Deletion = { readonly key: string; readonly version: string | undefined };
type DeleteRequest = { readonly quiet: boolean; readonly deletions: readonly Deletion[] };

const maxDeletions = 1000;
const maxDeleteBytes = 2 * 1024 * 1024;

/** Reads a `<Delete>` body of 1 to 1000 keys. Throws MalformedXML. */
export const parseDelete = (body: string): DeleteRequest => {
  const root = parseXml(body);
  const deletions = childrenOf(root, 'Object').map((object): Deletion => {
    const key = childText(object, 'Key');
    if (key === undefined || key === '') throw s3Error('MalformedXML');
    return { key, version: childText(object, 'VersionId') };
  });
  const outOfBounds = deletions.length === 0 || deletions.length > maxDeletions;
  if (root.name !== 'Delete' || outOfBounds) throw s3Error('MalformedXML');
  return { quiet: childText(root, 'Quiet')?.trim().toLowerCase() === 'true', deletions };
};

const isTooLong = (key: string): boolean => Buffer.byteLength(key, 'utf8') > maxKeyBytes;

const refusal = (
  { key, version }: Deletion,
  allowed: ReadonlySet<string>,
): S3Failure | undefined => {
  try {
    checkVersion(version);
    if (isTooLong(key)) return s3Error('KeyTooLongError');
    return allowed.has(key) ? undefined : s3Error('AccessDenied');
  } catch (error) {
    return toS3Failure(error);
  }
};

const deletionFailed = ({ key, version }: Deletion, failure: S3Failure) =>
  element(
    'Error',
    element('Key', key),
    optionalElement('VersionId', version),
    element('Code', failure.s3.code),
    element('Message', failure.message),
  );

/** DeleteObjects: all keys go in one durable batch. */
export const deleteObjects: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  const body = await readText(context.openBody(request), request.headers, maxDeleteBytes);
  const { quiet, deletions } = parseDelete(body);
  const allowed = await context.mayDelete(request.incoming, bucket.identity.name, [
    ...new Set(deletions.map(({ key }) => key).filter((key) => !isTooLong(key))),
  ]);
  const judged = deletions.map((deletion) => ({
    deletion,
    failure: refusal(deletion, allowed),
  }));
  const keys = [
    ...new Set(
      judged.filter((each) => each.failure === undefined).map((each) => each.deletion.key),
    ),
  ];
  await bucket.commit({
    scopes: keys.map(keyScope),
    fresh: [],
    decide: () =>
      keys
        .filter((key) => bucket.object(key) !== undefined)
        .map((key) => ({ op: 'delete' as const, key })),
  });
  const results = judged.map(({ deletion, failure }) => {
    if (failure !== undefined) return deletionFailed(deletion, failure);
    if (quiet) return undefined;
    return element(
      'Deleted',
      element('Key', deletion.key),
      optionalElement('VersionId', deletion.version),
    );
  });
  return xmlAnswer(xmlDocument('DeleteResult', results));
};
