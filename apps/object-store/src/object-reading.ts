import { pipeline } from 'node:stream/promises';
import { type Answer, type AnswerHeaders, emptyAnswer, xmlAnswer } from './answer.ts';
import { objectHeaders } from './attributes.ts';
import type { Bucket } from './bucket.ts';
import { type ByteSpan, parseRange } from './byte-range.ts';
import { type Conditions, judgeRead } from './conditions.ts';
import type { ContentFiles } from './content-files.ts';
import {
  checkVersion,
  noSuchKey,
  type Operation,
  requestedBucket,
  requestedKey,
} from './operation.ts';
import { s3Error } from './s3-errors.ts';
import { headerOf, integerParameter, type S3Request } from './s3-request.ts';
import { contentIdsOf, type Segment, type StoredObject, segmentsOf } from './stored-object.ts';
import { element, optionalElement, type XmlContent, xmlDocument } from './xml-writing.ts';

/** A span of one content file. */
type Slice = { readonly id: string; readonly start: number; readonly length: number };

/** The slices of the segments that make up a span of the object. */
export const slicesOf = (segments: readonly Segment[], span: ByteSpan): readonly Slice[] => {
  const end = span.start + span.length;
  let offset = 0;
  return segments.flatMap(({ id, size }) => {
    const start = Math.max(span.start - offset, 0);
    const stop = Math.min(end - offset, size);
    offset += size;
    return stop > start ? [{ id, start, length: stop - start }] : [];
  });
};

/**
 * The bytes of slices, one after the other. Throws when a file is shorter than the index says, so that
 * an answer is broken off and never quietly short.
 */
export async function* readSlices(
  content: ContentFiles,
  slices: readonly Slice[],
): AsyncGenerator<Buffer> {
  for (const { id, start, length } of slices) {
    const bytes = content.read(id, start, length);
    yield* bytes;
    if (bytes.bytesRead !== length) throw new Error(`The content file ${id} is too short.`);
  }
}

/** The conditions of a read, from its headers. */
const conditionsOf = ({ headers }: S3Request): Conditions => ({
  ifMatch: headerOf(headers, 'if-match'),
  ifNoneMatch: headerOf(headers, 'if-none-match'),
  ifModifiedSince: headerOf(headers, 'if-modified-since'),
  ifUnmodifiedSince: headerOf(headers, 'if-unmodified-since'),
});

type Selection = {
  readonly status: 200 | 206;
  readonly span: ByteSpan;
  readonly headers: AnswerHeaders;
};

const partial = (object: StoredObject, span: ByteSpan): Selection => ({
  status: 206,
  span,
  headers: {
    'content-range': `bytes ${span.start}-${span.start + span.length - 1}/${object.size}`,
  },
});

const unsatisfiable = (object: StoredObject, requested: string): Error =>
  s3Error('InvalidRange', undefined, {
    RangeRequested: requested,
    ActualObjectSize: String(object.size),
  });

const selectPart = (object: StoredObject, number: number): Selection => {
  const segments = segmentsOf(object);
  const at = segments.findIndex(({ part }) => part === number);
  const multipart = typeof object.content !== 'string';
  if (at < 0 && !(number === 1 && !multipart)) {
    throw s3Error('InvalidRange', 'The requested partnumber is not satisfiable');
  }
  const start = segments.slice(0, at).reduce((sum, { size }) => sum + size, 0);
  const length = segments[at]?.size ?? 0;
  if (length === 0) return wholeOf(object);
  const selected = partial(object, { start, length });
  if (!multipart) return selected;
  return { ...selected, headers: { ...selected.headers, 'x-amz-mp-parts-count': segments.length } };
};

const checksumHeaders = (object: StoredObject, request: S3Request): AnswerHeaders => {
  const mode = headerOf(request.headers, 'x-amz-checksum-mode');
  if (mode?.toUpperCase() !== 'ENABLED' || object.checksum === undefined) return {};
  return {
    [`x-amz-checksum-${object.checksum.algorithm}`]: object.checksum.value,
    'x-amz-checksum-type': object.checksum.type,
  };
};

const wholeOf = (object: StoredObject): Selection => ({
  status: 200,
  span: { start: 0, length: object.size },
  headers: {},
});

/** What of the object is asked for: a part, a range, or all of it. Throws InvalidRange. */
const select = (object: StoredObject, request: S3Request): Selection => {
  const number = integerParameter(request.query, 'partNumber', 0);
  if (number > 0) return selectPart(object, number);
  const range = headerOf(request.headers, 'range');
  const span = parseRange(range, object.size);
  if (span === 'unsatisfiable') throw unsatisfiable(object, range ?? '');
  if (span !== undefined) return partial(object, span);
  const whole = wholeOf(object);
  return { ...whole, headers: checksumHeaders(object, request) };
};

const overridable: Readonly<Record<string, string>> = {
  'response-content-type': 'content-type',
  'response-content-language': 'content-language',
  'response-expires': 'expires',
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
};

const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

const overrides = ({ query }: S3Request): AnswerHeaders =>
  Object.fromEntries(
    Object.entries(overridable).flatMap(([parameter, header]) => {
      const value = query.get(parameter);
      if (value === undefined) return [];
      if (!headerText.test(value)) throw s3Error('InvalidArgument', `${parameter} is invalid.`);
      return [[header, value]];
    }),
  );

type Found = { readonly bucket: Bucket; readonly object: StoredObject; readonly key: string };

/** The object a request names. Throws NoSuchBucket, AccessDenied, NoSuchKey. */
export const requestedObject: (...of: Parameters<Operation>) => Found = (context, request) => {
  const bucket = requestedBucket(context, request);
  const key = requestedKey(request);
  checkVersion(request.query.get('versionId'));
  const object = bucket.object(key);
  if (object === undefined) throw noSuchKey(key);
  return { bucket, object, key };
};

/** Status and headers of a read, and the span its body has. Throws PreconditionFailed, InvalidRange. */
const describe = (object: StoredObject, request: S3Request): Selection | 'not-modified' => {
  const verdict = judgeRead(conditionsOf(request), object);
  if (verdict === 'precondition-failed') throw s3Error('PreconditionFailed');
  if (verdict === 'not-modified') return 'not-modified';
  const selection = select(object, request);
  const headers = {
    ...objectHeaders(object),
    ...selection.headers,
    ...overrides(request),
    'content-length': selection.span.length,
  };
  return { ...selection, headers };
};

const notModified = ({ etag, modifiedMs }: StoredObject): Answer =>
  emptyAnswer(304, { etag: `"${etag}"`, 'last-modified': new Date(modifiedMs).toUTCString() });

/** HeadObject. */
export const headObject: Operation = async (context, request) => {
  const { object } = requestedObject(context, request);
  const selection = describe(object, request);
  return selection === 'not-modified'
    ? notModified(object)
    : emptyAnswer(selection.status, selection.headers);
};

/** GetObject. The content stays on the disk until the answer is out, even when the key is overwritten. */
export const getObject: Operation = async (context, request) => {
  const { bucket, object } = requestedObject(context, request);
  const selection = describe(object, request);
  if (selection === 'not-modified') return notModified(object);
  const slices = slicesOf(segmentsOf(object), selection.span);
  return {
    status: selection.status,
    headers: selection.headers,
    stream: (sink) => pipeline(readSlices(bucket.content, slices), sink, { end: false }),
    release: bucket.content.pin(contentIdsOf(object)),
  };
};

const checksumElement = ({ checksum }: StoredObject): XmlContent =>
  checksum === undefined
    ? undefined
    : element(
        'Checksum',
        element(`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value),
        element('ChecksumType', checksum.type),
      );

const partsElement = (object: StoredObject): XmlContent => {
  if (typeof object.content === 'string') return undefined;
  const algorithm = object.checksum?.algorithm.toUpperCase();
  const parts = object.content.map(({ part, size, checksum }) =>
    element(
      'Part',
      element('PartNumber', part),
      element('Size', size),
      optionalElement(`Checksum${algorithm}`, checksum),
    ),
  );
  return element(
    'ObjectParts',
    element('PartsCount', object.content.length),
    element('IsTruncated', false),
    parts,
  );
};

const attributeElements: Readonly<Record<string, (object: StoredObject) => XmlContent>> = {
  ETag: ({ etag }) => element('ETag', etag),
  Checksum: checksumElement,
  ObjectParts: partsElement,
  StorageClass: ({ attributes }) => element('StorageClass', attributes?.storageClass ?? 'STANDARD'),
  ObjectSize: ({ size }) => element('ObjectSize', size),
};

/** GetObjectAttributes. The parts are given in one page. */
export const getObjectAttributes: Operation = async (context, request) => {
  const { object } = requestedObject(context, request);
  const wanted = (headerOf(request.headers, 'x-amz-object-attributes') ?? '')
    .split(',')
    .map((name) => name.trim());
  if (wanted.some((name) => !Object.hasOwn(attributeElements, name))) {
    throw s3Error('InvalidArgument', 'Invalid attribute name specified.');
  }
  const body = Object.entries(attributeElements)
    .filter(([name]) => wanted.includes(name))
    .map(([, elementOf]) => elementOf(object));
  return xmlAnswer(xmlDocument('GetObjectAttributesResponse', body), {
    'last-modified': new Date(object.modifiedMs).toUTCString(),
  });
};
