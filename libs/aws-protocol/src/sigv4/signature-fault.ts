import { AwsError } from '../aws-error.ts';

/** Why a request's signature is refused, before each service's own name for it. */
export type SignatureFaultKind =
  | 'missing'
  | 'incomplete'
  | 'unknown-key'
  | 'invalid-token'
  | 'expired-token'
  | 'mismatch'
  | 'skewed'
  | 'unsigned-headers'
  | 'wrong-scope'
  | 'presigned-refused'
  | 'presigned-malformed'
  | 'presigned-expired'
  | 'payload-hash';

/** A refusal: `code` and `status` are those of the service that was called. JSON-serialisable. */
export type SignatureFailure = {
  ok: false;
  kind: SignatureFaultKind;
  code: string;
  status: number;
  message: string;
};

type Code = [code: string, status: number, message: string];

const NO_MATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';
const NO_TOKEN = 'Missing Authentication Token';
const BAD_TOKEN = 'The security token included in the request is invalid.';
const OLD_TOKEN = 'The security token included in the request is expired';
const INVALID = 'InvalidSignatureException';

/** AWS' common errors of JSON services. */
const JSON_CODES: Record<SignatureFaultKind, Code> = {
  missing: ['MissingAuthenticationTokenException', 403, NO_TOKEN],
  incomplete: ['IncompleteSignatureException', 403, 'The request signature is incomplete.'],
  'unknown-key': ['UnrecognizedClientException', 403, BAD_TOKEN],
  'invalid-token': ['UnrecognizedClientException', 403, BAD_TOKEN],
  'expired-token': ['ExpiredTokenException', 403, OLD_TOKEN],
  mismatch: [INVALID, 403, NO_MATCH],
  skewed: [INVALID, 403, 'Signature expired.'],
  'unsigned-headers': [INVALID, 403, 'A header that must be signed is not.'],
  'wrong-scope': [INVALID, 403, 'The credential scope is not that of this service.'],
  'presigned-refused': [INVALID, 403, 'Presigned requests are accepted for S3 only.'],
  'presigned-malformed': ['IncompleteSignatureException', 403, 'The query is incomplete.'],
  'presigned-expired': [INVALID, 403, 'Request has expired'],
  'payload-hash': [INVALID, 403, 'x-amz-content-sha256 does not match the request body.'],
};

/** IAM's and STS' names, from the common errors of their references. */
const QUERY_CODES: Partial<Record<SignatureFaultKind, [code: string, status: number]>> = {
  missing: ['MissingAuthenticationToken', 403],
  incomplete: ['IncompleteSignature', 400],
  'unknown-key': ['InvalidClientTokenId', 403],
  'invalid-token': ['InvalidClientTokenId', 403],
  'expired-token': ['ExpiredToken', 403],
  'presigned-malformed': ['IncompleteSignature', 400],
};

/** S3's names, from its list of error responses. */
const S3_CODES: Record<SignatureFaultKind, Code> = {
  missing: ['AccessDenied', 403, 'Access Denied'],
  incomplete: ['AuthorizationHeaderMalformed', 400, 'The authorization header is malformed.'],
  'unknown-key': [
    'InvalidAccessKeyId',
    403,
    'The AWS Access Key Id you provided does not exist in our records.',
  ],
  'invalid-token': ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'],
  'expired-token': ['ExpiredToken', 400, 'The provided token has expired.'],
  mismatch: ['SignatureDoesNotMatch', 403, NO_MATCH],
  skewed: [
    'RequestTimeTooSkewed',
    403,
    'The difference between the request time and the current time is too large.',
  ],
  'unsigned-headers': [
    'AccessDenied',
    403,
    'There were headers present in the request which were not signed',
  ],
  'wrong-scope': ['AuthorizationHeaderMalformed', 400, 'The credential scope is wrong.'],
  'presigned-refused': ['AccessDenied', 403, 'Access Denied'],
  'presigned-malformed': ['AuthorizationQueryParametersError', 400, 'The query is incomplete.'],
  'presigned-expired': ['AccessDenied', 403, 'Request has expired'],
  'payload-hash': [
    'InvalidArgument',
    400,
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, one of the STREAMING values, or a valid sha256 value.',
  ],
};

function codeFor(service: string | undefined, kind: SignatureFaultKind): Code {
  if (service === 's3') return S3_CODES[kind];
  const [code, status, message] = JSON_CODES[kind];
  if (service !== 'iam' && service !== 'sts') return [code, status, message];
  return [...(QUERY_CODES[kind] ?? (['SignatureDoesNotMatch', 403] as const)), message];
}

/**
 * The refusal of a request to `service` (a signing name; undefined when it is not known), named as
 * that service names it. `message` replaces the usual text. Also for what only the owner of the
 * keys can find: `unknown-key`, `invalid-token`, `expired-token`.
 */
export function signatureFailure(
  service: string | undefined,
  kind: SignatureFaultKind,
  message?: string,
): SignatureFailure {
  const [code, status, usual] = codeFor(service, kind);
  return { ok: false, kind, code, status, message: message ?? usual };
}

/** A refusal as the error to answer with. */
export const errorOfFailure = ({ code, status, message }: SignatureFailure): AwsError =>
  new AwsError(code, status, message);
