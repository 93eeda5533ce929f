import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './bucket-operations.ts';
import {
  deleteBucketTagging,
  deleteObjectTagging,
  fixedAnswer,
  getBucketAcl,
  getBucketTagging,
  getObjectAcl,
  getObjectTagging,
  neverSet,
  nothingToDelete,
  putAcl,
  putBucketTagging,
  putObjectTagging,
} from './configuration-operations.ts';
import { copyObject } from './copying.ts';
import {
  listMultipartUploads,
  listObjects,
  listObjectsV2,
  listObjectVersions,
} from './listing-answers.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
  uploadPartCopy,
} from './multipart-operations.ts';
import { getObject, getObjectAttributes, headObject } from './object-reading.ts';
import { deleteObject, deleteObjects, putObject } from './object-writing.ts';
import type { Operation } from './operation.ts';
import {
  deleteBucketPolicy,
  getBucketPolicy,
  getBucketPolicyStatus,
  putBucketPolicy,
} from './policy-operations.ts';
import { notImplemented, s3Error } from './s3-errors.ts';
import { headerOf, type S3Request } from './s3-request.ts';

/** Query parameters that belong to an operation and do not choose one. */
const plainParameters = new Set([
  'continuation-token',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'key-marker',
  'list-type',
  'marker',
  'max-buckets',
  'bucket-region',
  'max-keys',
  'max-parts',
  'max-uploads',
  'part-number-marker',
  'partNumber',
  'prefix',
  'start-after',
  'upload-id-marker',
  'version-id-marker',
  'versionId',
  'x-id',
]);

/** What S3 calls sub-resources; one in a query chooses the operation. */
const subResources = new Set([
  'abac',
  'accelerate',
  'acl',
  'analytics',
  'append',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metadataConfiguration',
  'metadataTable',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versioning',
  'versions',
  'website',
]);

const serviceRoutes: Readonly<Record<string, Operation>> = { GET: listBuckets };

const bucketRoutes: Readonly<Record<string, Operation>> = {
  GET: listObjects,
  HEAD: headBucket,
  PUT: createBucket,
  DELETE: deleteBucket,
  'POST delete': deleteObjects,
  'GET location': getBucketLocation,
  'GET uploads': listMultipartUploads,
  'GET versions': listObjectVersions,
  'GET versioning': fixedAnswer('VersioningConfiguration'),
  'GET accelerate': fixedAnswer('AccelerateConfiguration'),
  'GET logging': fixedAnswer('BucketLoggingStatus'),
  'GET notification': fixedAnswer('NotificationConfiguration'),
  'GET requestPayment': fixedAnswer('RequestPaymentConfiguration', 'Payer', 'BucketOwner'),
  'GET acl': getBucketAcl,
  'PUT acl': putAcl,
  'GET tagging': getBucketTagging,
  'PUT tagging': putBucketTagging,
  'DELETE tagging': deleteBucketTagging,
  'GET cors': neverSet('NoSuchCORSConfiguration'),
  'DELETE cors': nothingToDelete,
  'GET encryption': neverSet('ServerSideEncryptionConfigurationNotFoundError'),
  'DELETE encryption': nothingToDelete,
  'GET lifecycle': neverSet('NoSuchLifecycleConfiguration'),
  'DELETE lifecycle': nothingToDelete,
  'GET object-lock': neverSet('ObjectLockConfigurationNotFoundError'),
  'GET ownershipControls': neverSet('OwnershipControlsNotFoundError'),
  'DELETE ownershipControls': nothingToDelete,
  'GET policy': getBucketPolicy,
  'PUT policy': putBucketPolicy,
  'DELETE policy': deleteBucketPolicy,
  'GET policyStatus': getBucketPolicyStatus,
  'GET publicAccessBlock': neverSet('NoSuchPublicAccessBlockConfiguration'),
  'DELETE publicAccessBlock': nothingToDelete,
  'GET replication': neverSet('ReplicationConfigurationNotFoundError'),
  'DELETE replication': nothingToDelete,
  'GET website': neverSet('NoSuchWebsiteConfiguration'),
  'DELETE website': nothingToDelete,
};

const objectRoutes: Readonly<Record<string, Operation>> = {
  GET: getObject,
  HEAD: headObject,
  PUT: putObject,
  DELETE: deleteObject,
  'GET attributes': getObjectAttributes,
  'GET acl': getObjectAcl,
  'PUT acl': putAcl,
  'GET tagging': getObjectTagging,
  'PUT tagging': putObjectTagging,
  'DELETE tagging': deleteObjectTagging,
  'POST uploads': createMultipartUpload,
  'GET uploadId': listParts,
  'PUT uploadId': uploadPart,
  'POST uploadId': completeMultipartUpload,
  'DELETE uploadId': abortMultipartUpload,
};

/** Method and sub-resource of every operation on a bucket, and on an object. */
export const served = {
  bucket: Object.keys(bucketRoutes),
  object: Object.keys(objectRoutes),
} as const;

const isPlain = (name: string): boolean =>
  plainParameters.has(name) ||
  name.startsWith('response-') ||
  name.toLowerCase().startsWith('x-amz-');

/** The sub-resource of a query; one that S3 does not know counts when it has no value. */
const subResourceOf = ({ query }: S3Request): string => {
  for (const [name, value] of query) {
    if (subResources.has(name) || (value === '' && !isPlain(name))) return name;
  }
  return '';
};

/** Variants that share method and sub-resource with another operation. */
const variantOf = (request: S3Request, operation: Operation): Operation => {
  const copies = headerOf(request.headers, 'x-amz-copy-source') !== undefined;
  if (operation === listObjects && request.query.get('list-type') === '2') return listObjectsV2;
  if (operation === putObject && copies) return copyObject;
  if (operation === uploadPart && copies) return uploadPartCopy;
  return operation;
};

const routesOf = ({ bucket, key }: S3Request): Readonly<Record<string, Operation>> => {
  if (bucket === undefined) return serviceRoutes;
  return key === undefined ? bucketRoutes : objectRoutes;
};

/** A part without its upload would else be stored as an object. */
const refuseStrayPart = ({ method, query }: S3Request, subResource: string): void => {
  if (method === 'PUT' && query.has('partNumber') && subResource !== 'uploadId') {
    throw s3Error(
      'InvalidArgument',
      'This operation does not accept a part number without an upload.',
    );
  }
};

/**
 * The operation of a request. Throws NotImplemented, naming the sub-resource, for those this store does not
 * serve, and MethodNotAllowed for methods that mean nothing on the resource.
 */
export const routeRequest = (request: S3Request): Operation => {
  const routes = routesOf(request);
  const subResource = subResourceOf(request);
  refuseStrayPart(request, subResource);
  const route = subResource === '' ? request.method : `${request.method} ${subResource}`;
  if (Object.hasOwn(routes, route)) return variantOf(request, routes[route] ?? listBuckets);
  if (subResource !== '') throw notImplemented(`${request.method} ?${subResource}`);
  if (request.method === 'POST') throw notImplemented('POST');
  throw s3Error('MethodNotAllowed', undefined, { Method: request.method });
};
