/** The IAM action and resource of an S3 request, from its method, path and sub-resource (Service Authorization Reference, Amazon S3). */

type Target = { readonly bucket: string; readonly key: string };

const virtualHost = /^(.+)\.localhost(?::\d+)?$/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Bucket and key of a path-style or `<bucket>.localhost` request; both empty for the service itself. */
export function targetOf(rawPath: string, host: string): Target {
  const virtual = virtualHost.exec(host)?.[1]?.toLowerCase();
  const path = rawPath.replace(/^\//, '');
  if (virtual !== undefined) return { bucket: virtual, key: decoded(path) };
  const [first = '', ...rest] = path.split('/');
  return { bucket: decoded(first), key: decoded(rest.join('/')) };
}

type Nouns = Readonly<Record<string, string>>;

/** Query parameter → what an action on a bucket calls it. */
const bucketNouns: Nouns = {
  accelerate: 'AccelerateConfiguration',
  acl: 'BucketAcl',
  cors: 'BucketCORS',
  encryption: 'EncryptionConfiguration',
  lifecycle: 'LifecycleConfiguration',
  location: 'BucketLocation',
  logging: 'BucketLogging',
  notification: 'BucketNotification',
  'object-lock': 'BucketObjectLockConfiguration',
  ownershipControls: 'BucketOwnershipControls',
  policy: 'BucketPolicy',
  policyStatus: 'BucketPolicyStatus',
  publicAccessBlock: 'BucketPublicAccessBlock',
  replication: 'ReplicationConfiguration',
  requestPayment: 'BucketRequestPayment',
  tagging: 'BucketTagging',
  versioning: 'BucketVersioning',
  website: 'BucketWebsite',
};

/** Sub-resources of buckets with one action for every method. */
const bucketActions: Nouns = {
  delete: 'DeleteObject',
  uploads: 'ListBucketMultipartUploads',
  versions: 'ListBucketVersions',
};

/** Removing a bucket's configuration is putting it, but for these two. */
const deletedByName = new Set(['policy', 'website']);

/** Query parameter → what an action on an object calls it, and whether its versions have an action of their own. */
const objectNouns: Readonly<Record<string, { readonly noun: string; readonly versions: boolean }>> =
  {
    acl: { noun: 'Acl', versions: true },
    attributes: { noun: 'Attributes', versions: true },
    'legal-hold': { noun: 'LegalHold', versions: false },
    retention: { noun: 'Retention', versions: false },
    tagging: { noun: 'Tagging', versions: true },
    torrent: { noun: 'Torrent', versions: true },
  };

const verbOf: Nouns = { GET: 'Get', HEAD: 'Get', PUT: 'Put', POST: 'Put', DELETE: 'Delete' };
const verb = (method: string): string => verbOf[method] ?? 'Get';

/** The first sub-resource in the order of the query: the object store goes by the same one. */
const subResource = (query: URLSearchParams, ...known: readonly object[]): string | undefined =>
  [...query.keys()].find((name) => known.some((names) => Object.hasOwn(names, name)));

function bucketAction(method: string, query: URLSearchParams): string {
  const name = subResource(query, bucketNouns, bucketActions);
  if (name !== undefined) {
    const put = method === 'DELETE' && !deletedByName.has(name);
    return bucketActions[name] ?? `${put ? 'Put' : verb(method)}${bucketNouns[name]}`;
  }
  return { PUT: 'CreateBucket', DELETE: 'DeleteBucket', POST: 'PutObject' }[method] ?? 'ListBucket';
}

/** Parts and their uploads, and what is read in another way. */
const objectActions: Readonly<Record<string, Nouns>> = {
  uploadId: { GET: 'ListMultipartUploadParts', DELETE: 'AbortMultipartUpload' },
  uploads: {},
  restore: { POST: 'RestoreObject' },
  select: { POST: 'GetObject' },
};

function objectAction(method: string, query: URLSearchParams): string {
  const name = subResource(query, objectNouns, objectActions) ?? '';
  const special = objectActions[name];
  if (special) return special[method] ?? `${verb(method)}Object`;
  const { noun, versions } = objectNouns[name] ?? { noun: '', versions: verb(method) !== 'Put' };
  const version = versions && query.has('versionId') ? 'Version' : '';
  return `${verb(method)}Object${version}${noun}`;
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
  if (key !== '')
    return {
      action: `s3:${objectAction(method, query)}`,
      resource: `arn:aws:s3:::${bucket}/${key}`,
    };
  const action = bucketAction(method, query);
  // Objects that are named in the body are any of the bucket's.
  const objects = action === 'DeleteObject' || action === 'PutObject' ? '/*' : '';
  return { action: `s3:${action}`, resource: `arn:aws:s3:::${bucket}${objects}` };
}
