import { Readable } from 'node:stream';
import { type Answer, xmlAnswer } from './answer.ts';
import type { Bucket } from './bucket.ts';
import { type ByteSpan, parseCopyRange } from './byte-range.ts';
import type { Checksum } from './checksums.ts';
import { allowsCopy } from './conditions.ts';
import type { ContentFiles } from './content-files.ts';
import { readSlices, slicesOf } from './object-reading.ts';
import {
  commitObject,
  enforceConditions,
  statedProperties,
  writeConditions,
} from './object-writing.ts';
import {
  checkVersion,
  noSuchKey,
  type Operation,
  type OperationContext,
  requestedBucket,
  requestedKey,
  visibleBucket,
} from './operation.ts';
import { s3Error } from './s3-errors.ts';
import { headerOf, type S3Request } from './s3-request.ts';
import { contentIdsOf, type Segment, type StoredObject, segmentsOf } from './stored-object.ts';
import { element, type XmlContent, xmlDocument } from './xml-writing.ts';

/** The object a copy reads, and its bucket. */
export type CopySource = {
  readonly bucket: Bucket;
  readonly key: string;
  readonly object: StoredObject;
};

type SourceName = { readonly bucket: string; readonly key: string; readonly version?: string };

const decodeSource = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw s3Error('InvalidArgument', 'The copy source is not URL encoded.');
  }
};

/**
 * Reads x-amz-copy-source: `[/]<bucket>/<key>[?versionId=<id>]`, URL encoded. Throws InvalidArgument.
 * Source: CopyObject, Amazon S3 API reference.
 */
export const parseCopySource = (header: string): SourceName => {
  const [name = '', version] = header.split('?versionId=');
  const path = decodeSource(name).replace(/^\//, '');
  const at = path.indexOf('/');
  if (at <= 0 || at === path.length - 1) {
    throw s3Error('InvalidArgument', 'Copy Source must mention the source bucket and key.', {
      ArgumentName: 'x-amz-copy-source',
      ArgumentValue: header,
    });
  }
  const source = { bucket: path.slice(0, at), key: path.slice(at + 1) };
  return version === undefined ? source : { ...source, version };
};

/** Finds the source of a copy and judges the conditions on it. Throws NoSuchKey, PreconditionFailed. */
export const findCopySource = (context: OperationContext, request: S3Request): CopySource => {
  const { headers } = request;
  const name = parseCopySource(headerOf(headers, 'x-amz-copy-source') ?? '');
  const owner = headerOf(headers, 'x-amz-source-expected-bucket-owner');
  const bucket = visibleBucket(context, request, name.bucket, owner);
  checkVersion(name.version);
  const object = bucket.object(name.key);
  if (object === undefined) throw noSuchKey(name.key);
  const conditions = {
    ifMatch: headerOf(headers, 'x-amz-copy-source-if-match'),
    ifNoneMatch: headerOf(headers, 'x-amz-copy-source-if-none-match'),
    ifModifiedSince: headerOf(headers, 'x-amz-copy-source-if-modified-since'),
    ifUnmodifiedSince: headerOf(headers, 'x-amz-copy-source-if-unmodified-since'),
  };
  if (!allowsCopy(conditions, object)) throw s3Error('PreconditionFailed');
  return { bucket, key: name.key, object };
};

const directive = (request: S3Request, name: string): 'COPY' | 'REPLACE' => {
  const value = headerOf(request.headers, name) ?? 'COPY';
  if (value !== 'COPY' && value !== 'REPLACE') {
    throw s3Error('InvalidArgument', `Unknown value of ${name}.`);
  }
  return value;
};

const dropUndefined = (
  properties: Partial<
    Record<'attributes' | 'tags', StoredObject['attributes'] | StoredObject['tags']>
  >,
): Pick<StoredObject, 'attributes' | 'tags'> =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));

/** Attributes and tags of the copy. Throws InvalidRequest when an object would be copied to itself unchanged. */
const propertiesOfCopy = (
  request: S3Request,
  source: CopySource,
): Pick<StoredObject, 'attributes' | 'tags'> => {
  const stated = statedProperties(request);
  const metadata = directive(request, 'x-amz-metadata-directive');
  const tagging = directive(request, 'x-amz-tagging-directive');
  const same = source.bucket.identity.name === request.bucket && source.key === request.key;
  const storageClass = headerOf(request.headers, 'x-amz-storage-class');
  if (same && metadata === 'COPY' && storageClass === undefined) {
    throw s3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  return dropUndefined({
    attributes: metadata === 'REPLACE' ? stated.attributes : source.object.attributes,
    tags: tagging === 'REPLACE' ? stated.tags : source.object.tags,
  });
};

const adoptAll = async (target: ContentFiles, source: CopySource): Promise<readonly Segment[]> => {
  const adopted: Segment[] = [];
  try {
    for (const segment of segmentsOf(source.object)) {
      adopted.push({ ...segment, id: await target.adopt(source.bucket.content, segment.id) });
    }
    return adopted;
  } catch (error) {
    await target.discard(adopted.map(({ id }) => id));
    throw error;
  }
};

const contentOf = (source: StoredObject, adopted: readonly Segment[]): StoredObject['content'] =>
  typeof source.content === 'string' ? (adopted[0]?.id ?? '') : adopted;

const checksumElement = (checksum: Checksum | undefined): XmlContent =>
  checksum === undefined
    ? undefined
    : [
        element(`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value),
        element('ChecksumType', checksum.type),
      ];

const copyAnswer = ({ etag, modifiedMs, checksum }: StoredObject): Answer =>
  xmlAnswer(
    xmlDocument(
      'CopyObjectResult',
      element('LastModified', wholeSecond(modifiedMs)),
      element('ETag', `"${etag}"`),
      checksumElement(checksum),
    ),
  );

/** A time as S3's XML has it: whole seconds. */
export const wholeSecond = (ms: number): string =>
  new Date(Math.floor(ms / 1000) * 1000).toISOString();

/**
 * CopyObject. No byte is copied where the file system has hard links, so that a rename by S3A costs the
 * same for any size. A copy of a multipart object keeps its entity tag and its parts.
 */
export const copyObject: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  const key = requestedKey(request);
  const conditions = writeConditions(request);
  const source = findCopySource(context, request);
  const properties = propertiesOfCopy(request, source);
  enforceConditions(conditions, bucket, key);
  const release = source.bucket.content.pin(contentIdsOf(source.object));
  try {
    const adopted = await adoptAll(bucket.content, source);
    const object: StoredObject = {
      size: source.object.size,
      etag: source.object.etag,
      modifiedMs: context.now().getTime(),
      content: contentOf(source.object, adopted),
      ...properties,
      ...(source.object.checksum === undefined ? {} : { checksum: source.object.checksum }),
    };
    const fresh = adopted.map(({ id }) => id);
    await commitObject(bucket, key, object, { fresh, conditions });
    return copyAnswer(object);
  } finally {
    release();
  }
};

/** The span of the source that UploadPartCopy wants. Throws InvalidArgument, InvalidRange. */
export const copySpan = (request: S3Request, { object }: CopySource): ByteSpan => {
  const header = headerOf(request.headers, 'x-amz-copy-source-range');
  if (header === undefined) return { start: 0, length: object.size };
  const span = parseCopyRange(header, object.size);
  if (span === 'malformed') {
    throw s3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    );
  }
  if (span === 'unsatisfiable') {
    throw s3Error(
      'InvalidRange',
      `Range specified is not valid for source object of size: ${object.size}`,
    );
  }
  return span;
};

/** The bytes of a span of the source. */
export const readSource = ({ bucket, object }: CopySource, span: ByteSpan): Readable =>
  Readable.from(readSlices(bucket.content, slicesOf(segmentsOf(object), span)));
