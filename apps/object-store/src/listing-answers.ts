import { createHash } from 'node:crypto';
import { xmlAnswer } from './answer.ts';
import type { Bucket } from './bucket.ts';
import type { Upload } from './bucket-state.ts';
import { wholeSecond } from './copying.ts';
import { keyEnd, type ListingItem, type ListingPage, listPage } from './listing.ts';
import { type Operation, requestedBucket } from './operation.ts';
import { toKeyText, toOrderedKey } from './ordered-key.ts';
import { s3Error } from './s3-errors.ts';
import { integerParameter, type S3Request } from './s3-request.ts';
import { createSortedIndex } from './sorted-index.ts';
import type { StoredObject } from './stored-object.ts';
import { element, optionalElement, type Xml, type XmlContent, xmlDocument } from './xml-writing.ts';

const maxItems = 1000;
const reserved: Readonly<Record<string, string>> = {
  '!': '%21',
  "'": '%27',
  '(': '%28',
  ')': '%29',
  '*': '%2A',
  '%2F': '/',
};

/** Percent-encoding of a key in a listing; a slash stays, a blank is `%20`, which every client decodes. */
export const urlEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]|%2F/g, (match) => reserved[match] ?? match);

/** How a listing writes keys: as `encoding-type` says. Throws InvalidArgument for other types than `url`. */
export const urlEncoder = ({ query }: S3Request): ((text: string) => string) => {
  const type = query.get('encoding-type');
  if (type === undefined || type === '') return (text) => text;
  if (type.toLowerCase() === 'url') return urlEncode;
  throw s3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
    ArgumentName: 'encoding-type',
    ArgumentValue: type,
  });
};

/** The owner as answers show it; what belongs to no account is the platform's. */
export const ownerName = (account: string | null): string => account ?? 'firesteel';

/** S3's canonical id of an account, which hides its number; 64 hex digits. */
export const canonicalId = (account: string | null): string =>
  createHash('sha256')
    .update(`canonical-user:${ownerName(account)}`)
    .digest('hex');

/** An owner element; `name` is Owner or Initiator. */
export const ownerElement = (account: string | null, name = 'Owner'): Xml =>
  element(name, element('ID', canonicalId(account)), element('DisplayName', ownerName(account)));

type Encoder = (text: string) => string;
type ObjectPage = ListingPage<StoredObject>;

const commonPrefixes = (items: readonly ListingItem<unknown>[], encode: Encoder): XmlContent =>
  items
    .filter(({ kind }) => kind === 'prefix')
    .map(({ key }) => element('CommonPrefixes', element('Prefix', encode(toKeyText(key)))));

const objectElement = (
  name: string,
  item: Extract<ListingItem<StoredObject>, { kind: 'entry' }>,
  encode: Encoder,
  ...more: readonly XmlContent[]
): Xml =>
  element(
    name,
    element('Key', encode(toKeyText(item.key))),
    element('LastModified', wholeSecond(item.value.modifiedMs)),
    element('ETag', `"${item.value.etag}"`),
    checksumElements(item.value),
    element('Size', item.value.size),
    element('StorageClass', item.value.attributes?.storageClass ?? 'STANDARD'),
    ...more,
  );

const checksumElements = ({ checksum }: StoredObject): XmlContent =>
  checksum === undefined
    ? undefined
    : [
        element('ChecksumAlgorithm', checksum.algorithm.toUpperCase()),
        element('ChecksumType', checksum.type),
      ];

const contents = (
  { items }: ObjectPage,
  encode: Encoder,
  owner: XmlContent,
  name = 'Contents',
  ...more: readonly XmlContent[]
): XmlContent =>
  items.flatMap((item) =>
    item.kind === 'entry' ? [objectElement(name, item, encode, ...more, owner)] : [],
  );

type Wanted = { readonly prefix: string; readonly delimiter: string; readonly limit: number };

const wantedOf = ({ query }: S3Request): Wanted => ({
  prefix: query.get('prefix') ?? '',
  delimiter: query.get('delimiter') ?? '',
  limit: Math.min(integerParameter(query, 'max-keys', maxItems), maxItems),
});

const pageOf = (bucket: Bucket, { prefix, delimiter, limit }: Wanted, after: string): ObjectPage =>
  listPage(bucket.state.objects, {
    prefix: toOrderedKey(prefix),
    delimiter: toOrderedKey(delimiter),
    after: toOrderedKey(after),
    limit,
  });

const lastOf = ({ items, truncated }: ListingPage<unknown>): string | undefined => {
  const last = items.at(-1);
  return truncated && last !== undefined ? toKeyText(last.key) : undefined;
};

const encoded = (text: string, encode: Encoder): string | undefined =>
  text === '' ? undefined : encode(text);

/** ListObjects, the first version, which goes on by the last name of a page. */
export const listObjects: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  const encode = urlEncoder(request);
  const wanted = wantedOf(request);
  const marker = request.query.get('marker') ?? '';
  const page = pageOf(bucket, wanted, marker);
  const next = lastOf(page);
  return xmlAnswer(
    xmlDocument(
      'ListBucketResult',
      element('Name', bucket.identity.name),
      element('Prefix', encode(wanted.prefix)),
      element('Marker', encode(marker)),
      optionalElement('NextMarker', next === undefined ? undefined : encode(next)),
      element('MaxKeys', wanted.limit),
      optionalElement('Delimiter', encoded(wanted.delimiter, encode)),
      optionalElement('EncodingType', request.query.get('encoding-type')),
      element('IsTruncated', page.truncated),
      contents(page, encode, ownerElement(bucket.identity.account)),
      commonPrefixes(page.items, encode),
    ),
  );
};

const toToken = (key: string): string => Buffer.from(`1${key}`, 'utf8').toString('base64url');

const fromToken = (token: string): string => {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (text.startsWith('1') && toToken(text.slice(1)) === token) return text.slice(1);
  throw s3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  });
};

/** ListObjectsV2. */
export const listObjectsV2: Operation = async (context, request) => {
  const { query } = request;
  const bucket = requestedBucket(context, request);
  const encode = urlEncoder(request);
  const wanted = wantedOf(request);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const page = pageOf(bucket, wanted, token === undefined ? startAfter : fromToken(token));
  const next = lastOf(page);
  const owner = query.get('fetch-owner') === 'true' ? ownerElement(bucket.identity.account) : '';
  return xmlAnswer(
    xmlDocument(
      'ListBucketResult',
      element('Name', bucket.identity.name),
      element('Prefix', encode(wanted.prefix)),
      optionalElement('StartAfter', encoded(startAfter, encode)),
      optionalElement('ContinuationToken', token),
      optionalElement('NextContinuationToken', next === undefined ? undefined : toToken(next)),
      element('KeyCount', page.items.length),
      element('MaxKeys', wanted.limit),
      optionalElement('Delimiter', encoded(wanted.delimiter, encode)),
      optionalElement('EncodingType', query.get('encoding-type')),
      element('IsTruncated', page.truncated),
      contents(page, encode, owner),
      commonPrefixes(page.items, encode),
    ),
  );
};

/** ListObjectVersions: each key has one version, `null`, which is the latest. */
export const listObjectVersions: Operation = async (context, request) => {
  const bucket = requestedBucket(context, request);
  const encode = urlEncoder(request);
  const wanted = wantedOf(request);
  const marker = request.query.get('key-marker') ?? '';
  const page = pageOf(bucket, wanted, marker);
  const next = lastOf(page);
  const version = [element('VersionId', 'null'), element('IsLatest', true)];
  const owner = ownerElement(bucket.identity.account);
  return xmlAnswer(
    xmlDocument(
      'ListVersionsResult',
      element('Name', bucket.identity.name),
      element('Prefix', encode(wanted.prefix)),
      element('KeyMarker', encode(marker)),
      element('VersionIdMarker'),
      optionalElement('NextKeyMarker', next === undefined ? undefined : encode(next)),
      next === undefined ? undefined : element('NextVersionIdMarker', 'null'),
      element('MaxKeys', wanted.limit),
      optionalElement('Delimiter', encoded(wanted.delimiter, encode)),
      optionalElement('EncodingType', request.query.get('encoding-type')),
      element('IsTruncated', page.truncated),
      contents(page, encode, owner, 'Version', ...version),
      commonPrefixes(page.items, encode),
    ),
  );
};

const uploadElement = (upload: Upload, account: string | null, encode: Encoder): Xml =>
  element(
    'Upload',
    element('Key', encode(upload.key)),
    element('UploadId', upload.id),
    element('Initiator', element('ID', upload.initiator), element('DisplayName', upload.initiator)),
    ownerElement(account),
    element('StorageClass', upload.attributes?.storageClass ?? 'STANDARD'),
    element('Initiated', wholeSecond(upload.initiatedMs)),
    optionalElement('ChecksumAlgorithm', upload.checksum?.algorithm.toUpperCase()),
    optionalElement('ChecksumType', upload.checksum?.type),
  );

/** Sorts the uploads by key, then by time and id, so that they are listed like objects. */
const uploadIndex = (bucket: Bucket) => {
  const index = createSortedIndex<Upload>();
  for (const upload of bucket.uploads()) {
    const time = String(upload.initiatedMs).padStart(16, '0');
    index.set(`${toOrderedKey(upload.key)}${keyEnd}${time}${upload.id}`, upload);
  }
  return index;
};

/** Where to go on: behind one upload, or behind all uploads of a key. */
const uploadPosition = (bucket: Bucket, key: string, id: string): string => {
  if (key === '') return '';
  const upload = id === '' ? undefined : bucket.upload(id);
  if (upload === undefined || upload.key !== key) {
    return `${toOrderedKey(key)}${keyEnd}${keyEnd}`;
  }
  const time = String(upload.initiatedMs).padStart(16, '0');
  return `${toOrderedKey(key)}${keyEnd}${time}${upload.id}`;
};

const nextUpload = ({ items, truncated }: ListingPage<Upload>): readonly [string, string] => {
  const last = truncated ? items.at(-1) : undefined;
  if (last === undefined) return ['', ''];
  return last.kind === 'entry' ? [last.value.key, last.value.id] : [toKeyText(last.key), ''];
};

/** ListMultipartUploads. */
export const listMultipartUploads: Operation = async (context, request) => {
  const { query } = request;
  const bucket = requestedBucket(context, request);
  const encode = urlEncoder(request);
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const limit = Math.min(integerParameter(query, 'max-uploads', maxItems), maxItems);
  const page = listPage(uploadIndex(bucket), {
    prefix: toOrderedKey(prefix),
    delimiter: toOrderedKey(delimiter),
    after: uploadPosition(bucket, keyMarker, idMarker),
    limit,
  });
  const [nextKey, nextId] = nextUpload(page);
  const { account, name } = bucket.identity;
  return xmlAnswer(
    xmlDocument(
      'ListMultipartUploadsResult',
      element('Bucket', name),
      element('KeyMarker', encode(keyMarker)),
      element('UploadIdMarker', idMarker),
      optionalElement('NextKeyMarker', encoded(nextKey, encode)),
      optionalElement('NextUploadIdMarker', nextId === '' ? undefined : nextId),
      element('Prefix', encode(prefix)),
      optionalElement('Delimiter', encoded(delimiter, encode)),
      optionalElement('EncodingType', query.get('encoding-type')),
      element('MaxUploads', limit),
      element('IsTruncated', page.truncated),
      page.items.flatMap((item) =>
        item.kind === 'entry' ? [uploadElement(item.value, account, encode)] : [],
      ),
      commonPrefixes(page.items, encode),
    ),
  );
};
