import type { IncomingHttpHeaders } from 'node:http';
import type { AnswerHeaders } from './answer.ts';
import { notImplemented, s3Error } from './s3-errors.ts';
import { headerOf } from './s3-request.ts';
import type { Attributes, StoredObject } from './stored-object.ts';

const keptHeaders = [
  'content-type',
  'content-encoding',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
  'x-amz-website-redirect-location',
] as const;
const metadataPrefix = 'x-amz-meta-';
const maxMetadataBytes = 2048;
const storageClasses = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
  'EXPRESS_ONEZONE',
  'OUTPOSTS',
]);

/** `aws-chunked` describes the transfer, not the object. */
const withoutTransferCoding = (encoding: string): string =>
  encoding
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding.toLowerCase() !== 'aws-chunked')
    .join(',');

const readKept = (headers: IncomingHttpHeaders): Record<string, string> => {
  const kept: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = headerOf(headers, name);
    const clean = name === 'content-encoding' ? withoutTransferCoding(value ?? '') : value;
    if (clean !== undefined && clean !== '') kept[name] = clean;
  }
  return kept;
};

const readMetadata = (headers: IncomingHttpHeaders): Record<string, string> => {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(metadataPrefix)) continue;
    const value = headerOf(headers, name) ?? '';
    const bare = name.slice(metadataPrefix.length);
    bytes += bare.length + value.length;
    metadata[bare] = value;
  }
  if (bytes > maxMetadataBytes) throw s3Error('MetadataTooLarge');
  return metadata;
};

const readStorageClass = (headers: IncomingHttpHeaders): string | undefined => {
  const storageClass = headerOf(headers, 'x-amz-storage-class');
  if (storageClass !== undefined && !storageClasses.has(storageClass)) {
    throw s3Error('InvalidStorageClass');
  }
  return storageClass === 'STANDARD' ? undefined : storageClass;
};

/**
 * The metadata a write states, or undefined when it states none. A storage class is remembered and
 * has no effect. Throws MetadataTooLarge, InvalidStorageClass.
 */
export const readAttributes = (headers: IncomingHttpHeaders): Attributes | undefined => {
  const kept = readKept(headers);
  const metadata = readMetadata(headers);
  const storageClass = readStorageClass(headers);
  const none = Object.keys(kept).length + Object.keys(metadata).length === 0;
  if (none && storageClass === undefined) return undefined;
  return {
    headers: kept,
    metadata,
    ...(storageClass === undefined ? {} : { storageClass }),
  };
};

const refusedHeaders = [
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-copy-source-server-side-encryption-customer-algorithm',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-legal-hold',
  'x-amz-write-offset-bytes',
];
const privateAcls = new Set(['private', 'bucket-owner-full-control', 'bucket-owner-read']);

/**
 * Refuses headers whose promise this store cannot keep: keys of KMS or of the client, object lock,
 * appends, and ACLs that would give access to others. `AES256` passes, as S3 encrypts so by default;
 * it is never claimed in an answer.
 */
export const refuseUnsupported = (headers: IncomingHttpHeaders): void => {
  const refused = refusedHeaders.find((name) => headers[name] !== undefined);
  if (refused !== undefined) throw notImplemented(refused);
  const encryption = headerOf(headers, 'x-amz-server-side-encryption');
  if (encryption !== undefined && encryption !== 'AES256') {
    throw notImplemented(`x-amz-server-side-encryption: ${encryption}`);
  }
  refuseForeignAcl(headers);
};

/** Refuses an ACL that gives access to anyone but the owner, as buckets with ACLs disabled do. */
export const refuseForeignAcl = (headers: IncomingHttpHeaders): void => {
  const acl = headerOf(headers, 'x-amz-acl');
  const grants = Object.keys(headers).some((name) => name.startsWith('x-amz-grant-'));
  if (grants || (acl !== undefined && !privateAcls.has(acl))) {
    throw s3Error('AccessControlListNotSupported');
  }
};

const metadataHeaders = (metadata: Readonly<Record<string, string>>): AnswerHeaders =>
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [`${metadataPrefix}${name}`, value]),
  );

const tagCount = ({ tags }: StoredObject): number | undefined =>
  tags === undefined || Object.keys(tags).length === 0 ? undefined : Object.keys(tags).length;

/** The headers of GetObject and HeadObject that describe the object. */
export const objectHeaders = (object: StoredObject): AnswerHeaders => ({
  'content-type': 'binary/octet-stream',
  ...object.attributes?.headers,
  ...metadataHeaders(object.attributes?.metadata ?? {}),
  'x-amz-storage-class': object.attributes?.storageClass,
  'x-amz-tagging-count': tagCount(object),
  etag: `"${object.etag}"`,
  'last-modified': new Date(object.modifiedMs).toUTCString(),
  'accept-ranges': 'bytes',
});
