/** Condition keys of Amazon S3 (Service Authorization Reference, Amazon S3), as far as the object store knows what they are about. */
import { type Context, headerKey, joined } from '../edge/condition-keys.ts';
import type { EdgeRequest } from '../edge/request.ts';
import { readQuery } from './action.ts';

/** Query parameter → condition key; there when the parameter is. */
const queryKeys: Readonly<Record<string, string>> = {
  prefix: 's3:prefix',
  delimiter: 's3:delimiter',
  'max-keys': 's3:max-keys',
  versionId: 's3:VersionId',
};

/** Headers that are condition keys of the same name. */
const headers: readonly string[] = [
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
  'x-amz-metadata-directive',
  'x-amz-object-ownership',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
];

/** The tags that a new object is to have: `x-amz-tagging`, written as a query is. Those in a body are not seen here. */
function requestTags(edge: EdgeRequest): Context {
  const header = joined(edge, 'x-amz-tagging') ?? '';
  if (header === '') return {};
  const tags = [...readQuery(header)];
  return {
    ...Object.fromEntries(tags.map(([key, value]) => [`s3:RequestObjectTag/${key}`, value])),
    's3:RequestObjectTagKeys': tags.map(([key]) => key),
  };
}

/** The keys of one request; `s3:prefix` is of the decoded text, as the object store reads it. */
export function s3Context(edge: EdgeRequest): Context {
  const query = readQuery(edge.rawQuery);
  const presigned = query.has('X-Amz-Signature');
  const ofQuery = Object.entries(queryKeys).flatMap(([name, key]) => {
    const value = query.get(name);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:authType': presigned ? 'REST-QUERY-STRING' : 'REST-HEADER',
    ...Object.fromEntries(ofQuery),
    ...requestTags(edge),
    ...Object.assign({}, ...headers.map((name) => headerKey(edge, name, `s3:${name}`))),
  };
}
