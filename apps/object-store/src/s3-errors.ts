import { element, plainDocument } from './xml-writing.ts';

const catalogue = {
  AccessControlListNotSupported: [400, 'The bucket does not allow ACLs'],
  AccessDenied: [403, 'Access Denied'],
  BadDigest: [400, 'The Content-MD5 you specified did not match what we received.'],
  BucketAlreadyExists: [
    409,
    'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
  ],
  BucketNotEmpty: [409, 'The bucket you tried to delete is not empty'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed size'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size'],
  IllegalLocationConstraintException: [
    400,
    'The location constraint is not the region of this endpoint.',
  ],
  IncompleteBody: [400, 'The request body ended before Content-Length bytes were read.'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidDigest: [400, 'The Content-MD5 you specified was invalid.'],
  InvalidPart: [
    400,
    'One or more of the specified parts could not be found. The part may not have been uploaded, or its entity tag does not match.',
  ],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order of part numbers.'],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'Invalid Request'],
  InvalidStorageClass: [400, 'The storage class you specified is not valid'],
  InvalidTag: [400, 'The tag provided was not a valid tag.'],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  KeyTooLongError: [400, 'Your key is too long'],
  MalformedXML: [
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  ],
  MaxMessageLengthExceeded: [400, 'Your request was too big.'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchBucketPolicy: [404, 'The bucket policy does not exist'],
  NoSuchCORSConfiguration: [404, 'The CORS configuration does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchLifecycleConfiguration: [404, 'The lifecycle configuration does not exist'],
  NoSuchPublicAccessBlockConfiguration: [
    404,
    'The public access block configuration was not found',
  ],
  NoSuchTagSet: [404, 'The TagSet does not exist'],
  NoSuchUpload: [
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  ],
  NoSuchWebsiteConfiguration: [404, 'The specified bucket does not have a website configuration'],
  NotImplemented: [
    501,
    'A header or query you provided implies functionality that is not implemented.',
  ],
  ObjectLockConfigurationNotFoundError: [
    404,
    'Object Lock configuration does not exist for this bucket',
  ],
  OwnershipControlsNotFoundError: [404, 'The bucket ownership controls were not found'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  ReplicationConfigurationNotFoundError: [404, 'The replication configuration was not found'],
  ServerSideEncryptionConfigurationNotFoundError: [
    404,
    'The server side encryption configuration was not found',
  ],
  ServiceUnavailable: [503, 'The store cannot write at the moment. Please try again later.'],
  SlowDown: [503, 'Please reduce your request rate.'],
} as const satisfies Record<string, readonly [number, string]>;

/** The S3 error codes this store answers with by itself. */
export type S3ErrorCode = keyof typeof catalogue;

/** An error as S3's wire protocol has it: code, HTTP status, message and extra elements. */
export type S3Failure = Error & {
  readonly s3: {
    readonly code: string;
    readonly status: number;
    readonly details: Readonly<Record<string, string>>;
    /** Why the store denies what policies have allowed; it is a decision, for the trail of them. */
    readonly denial?: string;
  };
};

const failure = (
  code: string,
  status: number,
  message: string,
  details: Readonly<Record<string, string>>,
): S3Failure => Object.assign(new Error(message), { s3: { code, status, details } });

/** An S3 error to throw. `message` replaces the usual one; `details` become elements of the body. */
export const s3Error = (
  code: S3ErrorCode,
  message?: string,
  details: Readonly<Record<string, string>> = {},
): S3Failure => failure(code, catalogue[code][0], message ?? catalogue[code][1], details);

/** A refusal of what was authorised, for what only the store knows: whose a bucket is. */
export const denied = (
  code: 'NoSuchBucket' | 'AccessDenied' | 'MethodNotAllowed',
  denial: string,
  details: Readonly<Record<string, string>> = {},
): S3Failure => {
  const error = s3Error(code, undefined, details);
  return Object.assign(error, { s3: { ...error.s3, denial } });
};

/** What S3 says of a document that is no policy. Source: PutBucketPolicy's answers, all of status 400. */
export const policyRefused = (code: string, message: string): S3Failure =>
  failure(code, 400, message, {});

/** The error for a sub-resource or header that this store does not serve; it names it. */
export const notImplemented = (what: string): S3Failure =>
  s3Error('NotImplemented', `${what} is not implemented by this store.`, { Header: what });

const isS3Failure = (error: unknown): error is S3Failure => error instanceof Error && 's3' in error;

const textOf = (error: object, field: string): unknown => Reflect.get(error, field);

const noSpace = new Set(['ENOSPC', 'EDQUOT']);
const tooManyFiles = new Set(['EMFILE', 'ENFILE']);

/** Errors of the payload's verification carry an AWS code and, mostly, a status. */
const fromCode = (error: Error, code: string): S3Failure | undefined => {
  if (noSpace.has(code)) return s3Error('ServiceUnavailable', 'The disk of this store is full.');
  if (tooManyFiles.has(code)) return s3Error('SlowDown');
  // Codes of the system (EIO, ERR_STREAM_DESTROYED) have no small letters; AWS' all do.
  if (!/^[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*$/.test(code)) return undefined;
  const stated = Number(textOf(error, 'status') ?? textOf(error, 'statusCode') ?? 400);
  const status = stated >= 400 && stated < 600 ? stated : 400;
  return failure(code, status, error.message, {});
};

/**
 * Any thrown value as an S3 failure: S3's own stay, a full disk is 503 ServiceUnavailable, an error
 * whose `code` looks like an AWS code (as payload verification throws) keeps it, the rest is 500.
 */
export const toS3Failure = (error: unknown): S3Failure => {
  if (isS3Failure(error)) return error;
  if (!(error instanceof Error)) return s3Error('InternalError');
  const code = textOf(error, 'code');
  const known = typeof code === 'string' ? fromCode(error, code) : undefined;
  return known ?? s3Error('InternalError');
};

/** The body of an error answer. Source: "Error responses", Amazon S3 API reference. */
export const errorDocument = (
  { message, s3 }: S3Failure,
  resource: string,
  requestId: string,
): string =>
  plainDocument(
    'Error',
    element('Code', s3.code),
    element('Message', message),
    Object.entries(s3.details).map(([name, text]) => element(name, text)),
    element('Resource', resource),
    element('RequestId', requestId),
    element('HostId', requestId),
  );
