/** The IAM action and resource of an S3 request, from its method, path and sub-resource. */

type Target = { readonly bucket: string; readonly key: string };

/** Bucket and key of a path-style or `<bucket>.localhost` request; both empty for the service itself. */
export function targetOf(rawPath: string, host: string): Target {
  const virtual = /^(.+)\.localhost(?::\d+)?$/.exec(host)?.[1];
  const [first = '', ...rest] = rawPath.replace(/^\//, '').split('/');
  return virtual === undefined
    ? { bucket: decoded(first), key: decoded(rest.join('/')) }
    : { bucket: virtual, key: decoded(rawPath.replace(/^\//, '')) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Sub-resources that are objects' or buckets' own affairs: query parameter → noun of the action. */
const subresources: Readonly<Record<string, string>> = {
  tagging: 'Tagging',
  acl: 'Acl',
  versioning: 'Versioning',
  location: 'Location',
  encryption: 'EncryptionConfiguration',
  lifecycle: 'LifecycleConfiguration',
  policy: 'Policy',
  cors: 'CORS',
  attributes: 'Attributes',
};

const verbOf: Readonly<Record<string, string>> = {
  GET: 'Get',
  HEAD: 'Get',
  PUT: 'Put',
  POST: 'Put',
  DELETE: 'Delete',
};

function bucketAction(method: string, query: URLSearchParams): string {
  if (query.has('uploads')) return 'ListBucketMultipartUploads';
  if (query.has('delete')) return 'DeleteObject';
  const noun = Object.keys(subresources).find((name) => query.has(name));
  if (noun) return `${verbOf[method] ?? 'Get'}Bucket${subresources[noun]}`;
  return { PUT: 'CreateBucket', DELETE: 'DeleteBucket' }[method] ?? 'ListBucket';
}

function objectAction(method: string, query: URLSearchParams): string {
  if (query.has('uploadId')) {
    if (method === 'DELETE') return 'AbortMultipartUpload';
    if (method === 'GET') return 'ListMultipartUploadParts';
  }
  const noun = Object.keys(subresources).find((name) => query.has(name));
  return `${verbOf[method] ?? 'Get'}Object${noun ? subresources[noun] : ''}`;
}

/** `s3:GetObject` on `arn:aws:s3:::bucket/key`, and so on. */
export function s3Access(
  method: string,
  rawPath: string,
  rawQuery: string,
  host: string,
): { readonly action: string; readonly resource: string } {
  const { bucket, key } = targetOf(rawPath, host);
  const query = new URLSearchParams(rawQuery);
  if (bucket === '') return { action: 's3:ListAllMyBuckets', resource: '*' };
  return key === ''
    ? { action: `s3:${bucketAction(method, query)}`, resource: `arn:aws:s3:::${bucket}` }
    : { action: `s3:${objectAction(method, query)}`, resource: `arn:aws:s3:::${bucket}/${key}` };
}
