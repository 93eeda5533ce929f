/** The IAM action and resource of an S3 request, from its method, path and sub-resource (Service Authorization Reference, Amazon S3). */
import { rawParameters } from '@firesteel/aws-protocol/sigv4/canonical-request';

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

type Query = ReadonlyMap<string, string>;

/** The first value of each name, read as the object store reads it: it must serve what was authorised. */
export function readQuery(rawQuery: string): Query {
  const query = new Map<string, string>();
  for (const part of rawParameters(rawQuery)) {
    const [name = '', value = ''] = part.map((text) => decoded(text.replaceAll('+', ' ')));
    if (!query.has(name)) query.set(name, value);
  }
  return query;
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
const subResource = (query: Query, ...known: readonly object[]): string | undefined =>
  [...query.keys()].find((name) => known.some((names) => Object.hasOwn(names, name)));

function bucketAction(method: string, query: Query): string {
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

function objectAction(method: string, query: Query): string {
  const name = subResource(query, objectNouns, objectActions) ?? '';
  const special = objectActions[name];
  if (special) return special[method] ?? `${verb(method)}Object`;
  const { noun, versions } = objectNouns[name] ?? { noun: '', versions: verb(method) !== 'Put' };
  const version = versions && query.has('versionId') ? 'Version' : '';
  return `${verb(method)}Object${version}${noun}`;
}

/** What of a bucket a request reaches, where action and resource do not say it; the authorizer's own words. */
type Reach =
  | { readonly kind: 'names'; readonly prefix: string }
  | { readonly kind: 'bucketItself' }
  | { readonly kind: 'keysInBody' };

/** What is asked for, in IAM's terms. */
export type S3Access = {
  readonly action: string;
  readonly resource: string;
  readonly reach?: Reach;
  /** Reading the object that a copy is made from. */
  readonly copySource?: { readonly action: string; readonly resource: string };
};

/** What of a request says what it wants. */
export type S3Request = {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly host: string;
  /** The header `x-amz-copy-source`, all of its lines joined as the object store's HTTP parser does. */
  readonly copySource?: string | undefined;
};

/** HeadBucket has the action of listings and shows no name. */
function reachOf(method: string, action: string, query: Query): { readonly reach?: Reach } {
  if (action === 'DeleteObject') return { reach: { kind: 'keysInBody' } };
  if (action === 'ListBucket' && method === 'HEAD') return { reach: { kind: 'bucketItself' } };
  const names = /^ListBucket(Versions|MultipartUploads)?$/.test(action);
  return names ? { reach: { kind: 'names', prefix: query.get('prefix') ?? '' } } : {};
}

/** `[/]<bucket>/<key>[?versionId=<id>]`, URL encoded (CopyObject, Amazon S3 API reference). */
function readingOf(copySource: string): { readonly action: string; readonly resource: string } {
  const [name = '', version] = copySource.split('?versionId=');
  return {
    action: version === undefined ? 's3:GetObject' : 's3:GetObjectVersion',
    resource: `arn:aws:s3:::${decoded(name).replace(/^\//, '')}`,
  };
}

function onObject({ method, copySource }: S3Request, target: Target, query: Query): S3Access {
  const copies = method === 'PUT' && copySource !== undefined;
  return {
    action: `s3:${objectAction(method, query)}`,
    resource: `arn:aws:s3:::${target.bucket}/${target.key}`,
    ...(copies ? { copySource: readingOf(copySource) } : {}),
  };
}

function onBucket(method: string, bucket: string, query: Query): S3Access {
  const action = bucketAction(method, query);
  // Objects that are named in the body are any of the bucket's.
  const objects = action === 'DeleteObject' || action === 'PutObject' ? '/*' : '';
  return {
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${bucket}${objects}`,
    ...reachOf(method, action, query),
  };
}

/** `s3:GetObject` on `arn:aws:s3:::bucket/key`, and so on. */
export function s3Access(request: S3Request): S3Access {
  const target = targetOf(request.rawPath, request.host);
  const query = readQuery(request.rawQuery);
  // Policies name it `*` or `arn:aws:s3:::*`: both mean this.
  if (target.bucket === '') return { action: 's3:ListAllMyBuckets', resource: 'arn:aws:s3:::*' };
  return target.key === ''
    ? onBucket(request.method, target.bucket, query)
    : onObject(request, target, query);
}
