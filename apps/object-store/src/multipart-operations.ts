import { randomBytes } from 'node:crypto';
import { type Answer, emptyAnswer, xmlAnswer } from './answer.ts';
import { type Bucket, keyScope, uploadScope } from './bucket.ts';
import type { Change, Upload } from './bucket-state.ts';
import type { Checksum } from './checksums.ts';
import type { WrittenContent } from './content-files.ts';
import { copySpan, findCopySource, readSource, wholeSecond } from './copying.ts';
import { urlEncoder } from './listing-answers.ts';
import {
  assembleObject,
  chosenParts,
  parseCompletion,
  parsePartNumber,
  uploadChecksum,
} from './multipart.ts';
import {
  checksumAnswer,
  enforceConditions,
  freshOf,
  receiveContent,
  statedProperties,
  writeConditions,
} from './object-writing.ts';
import { type Operation, requestedBucket, requestedKey } from './operation.ts';
import {
  createVerifier,
  maxPayloadBytes,
  type PayloadDigests,
  readClaims,
  readText,
} from './payload-reading.ts';
import { s3Error } from './s3-errors.ts';
import { headerOf, integerParameter, type S3Request } from './s3-request.ts';
import { contentIdsOf, type StoredObject, type UploadedPart } from './stored-object.ts';
import { element, optionalElement, type XmlContent, xmlDocument } from './xml-writing.ts';

const maxCompletionBytes = 4 * 1024 * 1024;

const noSuchUpload = (id: string): Error => s3Error('NoSuchUpload', undefined, { UploadId: id });

/** The upload a request names, which must be of its key. Throws NoSuchUpload. */
const requestedUpload = (bucket: Bucket, request: S3Request): Upload => {
  const id = request.query.get('uploadId') ?? '';
  const upload = bucket.upload(id);
  if (upload === undefined || upload.key !== request.key) throw noSuchUpload(id);
  return upload;
};

/** CreateMultipartUpload. */
export const createMultipartUpload: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  const key = requestedKey(request);
  const checksum = uploadChecksum(
    headerOf(request.headers, 'x-amz-checksum-algorithm'),
    headerOf(request.headers, 'x-amz-checksum-type'),
  );
  const upload = {
    id: randomBytes(48).toString('base64url'),
    key,
    initiatedMs: context.now().getTime(),
    initiator: request.principal,
    ...statedProperties(request),
    ...(checksum === undefined ? {} : { checksum }),
  };
  await bucket.commit({
    scopes: [uploadScope(upload.id)],
    fresh: [],
    decide: () => [{ op: 'begin', upload }],
  });
  const body = xmlDocument(
    'InitiateMultipartUploadResult',
    element('Bucket', bucket.identity.name),
    element('Key', key),
    element('UploadId', upload.id),
  );
  return xmlAnswer(body, {
    'x-amz-checksum-algorithm': checksum?.algorithm.toUpperCase(),
    'x-amz-checksum-type': checksum?.type,
  });
};

/** Makes a part known, unless its upload has ended meanwhile. */
const commitPart = async (
  bucket: Bucket,
  request: S3Request,
  content: WrittenContent & PayloadDigests,
  modifiedMs: number,
): Promise<UploadedPart> => {
  const id = request.query.get('uploadId') ?? '';
  const part: UploadedPart = {
    number: parsePartNumber(request.query.get('partNumber')),
    size: content.size,
    etag: content.md5.toString('hex'),
    modifiedMs,
    content: content.id,
    ...(content.checksum === undefined ? {} : { checksum: content.checksum.value }),
  };
  await bucket.commit({
    scopes: [uploadScope(id)],
    fresh: freshOf(content),
    decide: () => {
      requestedUpload(bucket, request);
      return [{ op: 'part', upload: id, part }];
    },
  });
  return part;
};

const checkAlgorithm = (upload: Upload, checksum: Checksum['algorithm'] | undefined): void => {
  const expected = upload.checksum?.algorithm;
  if (expected === undefined || checksum === undefined || checksum === expected) return;
  throw s3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${checksum}`,
  );
};

/** UploadPart. */
export const uploadPart: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  parsePartNumber(request.query.get('partNumber'));
  const upload = requestedUpload(bucket, request);
  const claims = readClaims(request.headers, upload.checksum?.algorithm);
  checkAlgorithm(upload, claims.algorithm);
  const content = await receiveContent(context, request, bucket, claims);
  const part = await commitPart(bucket, request, content, context.now().getTime());
  return emptyAnswer(200, {
    etag: `"${part.etag}"`,
    ...checksumAnswer(content.checksum),
    'x-amz-checksum-type': undefined,
  });
};

/** UploadPartCopy: these bytes are copied, as the entity tag of a part is the MD5 of them. */
export const uploadPartCopy: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  parsePartNumber(request.query.get('partNumber'));
  const upload = requestedUpload(bucket, request);
  const source = findCopySource(context, request);
  const span = copySpan(request, source);
  const algorithm = upload.checksum?.algorithm;
  const { digesters, verify } = createVerifier({
    length: span.length,
    md5: undefined,
    algorithm,
    checksum: undefined,
  });
  const release = source.bucket.content.pin(contentIdsOf(source.object));
  try {
    const bytes = readSource(source, span);
    const written = await bucket.content.write({
      bytes,
      digesters,
      maxBytes: maxPayloadBytes,
      expectedBytes: span.length,
    });
    const content = { ...written, ...verify(written.size) };
    const part = await commitPart(bucket, request, content, context.now().getTime());
    return xmlAnswer(
      xmlDocument(
        'CopyPartResult',
        element('LastModified', wholeSecond(part.modifiedMs)),
        element('ETag', `"${part.etag}"`),
        algorithm === undefined
          ? undefined
          : optionalElement(`Checksum${algorithm.toUpperCase()}`, part.checksum),
      ),
    );
  } finally {
    release();
  }
};

const completionAnswer = (request: S3Request, object: StoredObject): Answer => {
  const { checksum } = object;
  const host = headerOf(request.headers, 'host') ?? '';
  return xmlAnswer(
    xmlDocument(
      'CompleteMultipartUploadResult',
      element('Location', `http://${host}${request.incoming.url?.split('?')[0] ?? ''}`),
      element('Bucket', request.bucket),
      element('Key', request.key),
      element('ETag', `"${object.etag}"`),
      checksum === undefined
        ? undefined
        : [
            element(`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value),
            element('ChecksumType', checksum.type),
          ],
    ),
  );
};

const checkWhole = (request: S3Request, { size, checksum }: StoredObject): void => {
  const stated = headerOf(request.headers, 'x-amz-mp-object-size');
  if (stated !== undefined && Number(stated) !== size) {
    throw s3Error('InvalidRequest', 'The provided x-amz-mp-object-size does not match the parts.');
  }
  const value =
    checksum === undefined
      ? undefined
      : headerOf(request.headers, `x-amz-checksum-${checksum.algorithm}`);
  if (value !== undefined && value.split('-')[0] !== checksum?.value.split('-')[0]) {
    throw s3Error('BadDigest', 'The checksum you specified did not match the calculated checksum.');
  }
};

type Completed = { object: StoredObject | undefined };

/** A completion that was done before, and whose answer was lost, is answered again. */
const decideCompletion = (
  bucket: Bucket,
  request: S3Request,
  make: (upload: Upload) => StoredObject,
  completed: Completed,
): readonly Change[] => {
  const key = requestedKey(request);
  const id = request.query.get('uploadId') ?? '';
  const current = bucket.object(key);
  if (bucket.upload(id) === undefined && current?.upload === id) {
    completed.object = current;
    return [];
  }
  const upload = requestedUpload(bucket, request);
  enforceConditions(writeConditions(request), bucket, key);
  const object = make(upload);
  completed.object = object;
  return [{ op: 'complete', upload: id, key, object }];
};

/** CompleteMultipartUpload: one line in the journal, whatever the size. */
export const completeMultipartUpload: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  const key = requestedKey(request);
  // The checksum headers of this request speak of the object, not of the body.
  const { 'content-md5': contentMd5 } = request.headers;
  const headers = contentMd5 === undefined ? {} : { 'content-md5': contentMd5 };
  const body = await readText(context.openBody(request), headers, maxCompletionBytes);
  const named = parseCompletion(body);
  const completed: Completed = { object: undefined };
  const make = (upload: Upload): StoredObject => {
    const object = assembleObject(upload, chosenParts(upload, named), context.now().getTime());
    checkWhole(request, object);
    return object;
  };
  await bucket.commit({
    scopes: [keyScope(key), uploadScope(request.query.get('uploadId') ?? '')],
    fresh: [],
    decide: () => decideCompletion(bucket, request, make, completed),
  });
  if (completed.object === undefined) throw s3Error('InternalError');
  return completionAnswer(request, completed.object);
};

/** AbortMultipartUpload. */
export const abortMultipartUpload: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  const id = request.query.get('uploadId') ?? '';
  await bucket.commit({
    scopes: [uploadScope(id)],
    fresh: [],
    decide: () => {
      requestedUpload(bucket, request);
      return [{ op: 'abort', upload: id }];
    },
  });
  return emptyAnswer(204);
};

const partElement =
  (upload: Upload) =>
  (part: UploadedPart): XmlContent =>
    element(
      'Part',
      element('PartNumber', part.number),
      element('LastModified', wholeSecond(part.modifiedMs)),
      element('ETag', `"${part.etag}"`),
      element('Size', part.size),
      upload.checksum === undefined
        ? undefined
        : optionalElement(`Checksum${upload.checksum.algorithm.toUpperCase()}`, part.checksum),
    );

/** ListParts. */
export const listParts: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  const upload = requestedUpload(bucket, request);
  const marker = integerParameter(request.query, 'part-number-marker', 0);
  const limit = Math.min(integerParameter(request.query, 'max-parts', 1000), 1000);
  const encode = urlEncoder(request);
  const after = [...upload.parts.values()]
    .filter(({ number }) => number > marker)
    .sort((left, right) => left.number - right.number);
  const page = after.slice(0, limit);
  const truncated = after.length > page.length && limit > 0;
  return xmlAnswer(
    xmlDocument(
      'ListPartsResult',
      element('Bucket', bucket.identity.name),
      element('Key', encode(upload.key)),
      element('UploadId', upload.id),
      element('Initiator', element('ID', upload.initiator)),
      element('StorageClass', upload.attributes?.storageClass ?? 'STANDARD'),
      optionalElement('ChecksumAlgorithm', upload.checksum?.algorithm.toUpperCase()),
      optionalElement('ChecksumType', upload.checksum?.type),
      element('PartNumberMarker', marker),
      optionalElement('NextPartNumberMarker', page.at(-1)?.number),
      element('MaxParts', limit),
      element('IsTruncated', truncated),
      page.map(partElement(upload)),
    ),
  );
};
