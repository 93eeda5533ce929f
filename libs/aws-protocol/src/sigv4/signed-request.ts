import {
  canonicalHead,
  type HeaderList,
  headerValue,
  percentBytes,
  rawParameters,
} from './canonical-request.ts';
import {
  type SignatureFailure,
  type SignatureFaultKind,
  signatureFailure,
} from './signature-fault.ts';

/**
 * What a signed request claims, and all that is needed to check it but the secret and the body.
 * JSON-serialisable, so the process with the request and the one with the secrets can differ.
 */
export type SignedRequest = {
  accessKeyId: string;
  /** The scope's date, `YYYYMMDD`; always the date part of `amzDate`. */
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  /** 64 lower-case hex digits. */
  signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  amzDate: string;
  sessionToken?: string;
  /** The `x-amz-content-sha256` that was sent, of whatever form. */
  payloadHash?: string;
  presigned: boolean;
  /** A presigned request's life in seconds, 1..604800. */
  expiresSeconds?: number;
  /** The canonical request up to the payload hash, bytes as latin1 characters. */
  canonicalHead: string;
};

/** A request as received. `assumedService` names the errors of a request that names no service. */
export type ReceivedRequest = {
  method: string;
  /** The path as it was sent, not decoded, without the query. */
  rawPath: string;
  /** What stands behind `?`, not decoded. */
  rawQuery: string;
  headers: HeaderList;
  assumedService?: string;
};

const ALGORITHM = 'AWS4-HMAC-SHA256';
const LONGEST_PRESIGNED_SECONDS = 604_800;

type Claim = {
  presigned: boolean;
  credential: string;
  signedHeaders: string;
  signature: string;
  amzDate: string;
  expiresSeconds?: number | undefined;
  sessionToken?: string | undefined;
  payloadHash?: string | undefined;
};

/** Signals a refusal inside this file; the edge turns it into a value. */
class Refusal extends Error {
  readonly kind: SignatureFaultKind;
  constructor(kind: SignatureFaultKind, message?: string) {
    super(message ?? '');
    this.kind = kind;
  }
}

function authorizationFields(authorization: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of authorization.slice(ALGORITHM.length).split(',')) {
    const equals = field.indexOf('=');
    const name = field.slice(0, equals).trim();
    if (equals === -1 || fields.has(name)) {
      throw new Refusal('incomplete', 'The Authorization header has a malformed field.');
    }
    fields.set(name, field.slice(equals + 1).trim());
  }
  return fields;
}

const two = (number: number): string => String(number).padStart(2, '0');

/** `YYYYMMDDTHHMMSSZ` of a point in time. */
export const amzDateOf = (time: Date): string =>
  `${time.getUTCFullYear()}${two(time.getUTCMonth() + 1)}${two(time.getUTCDate())}T${two(time.getUTCHours())}${two(time.getUTCMinutes())}${two(time.getUTCSeconds())}Z`;

/** The signing date of a header-signed request, of which `Date` may stand in for `x-amz-date`. */
function headerDate(headers: HeaderList, signedHeaders: readonly string[]): string {
  const amzDate = headerValue(headers, 'x-amz-date');
  if (amzDate !== undefined) return amzDate;
  const date = new Date(headerValue(headers, 'date') ?? '');
  if (Number.isNaN(date.getTime()) || !signedHeaders.includes('date')) {
    throw new Refusal(
      'incomplete',
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  return amzDateOf(date);
}

function headerClaim(authorization: string, headers: HeaderList): Claim {
  const [scheme] = authorization.split(' ');
  if (scheme !== ALGORITHM) {
    throw new Refusal('incomplete', `Unsupported AWS 'algorithm'; ${ALGORITHM} is needed.`);
  }
  const fields = authorizationFields(authorization);
  const field = (name: string): string => {
    const value = fields.get(name);
    if (value) return value;
    throw new Refusal('incomplete', `Authorization header requires '${name}' parameter.`);
  };
  const signedHeaders = field('SignedHeaders');
  return {
    presigned: false,
    credential: field('Credential'),
    signedHeaders,
    signature: field('Signature'),
    amzDate: headerDate(headers, signedHeaders.split(';')),
    sessionToken: headerValue(headers, 'x-amz-security-token'),
    payloadHash: headerValue(headers, 'x-amz-content-sha256'),
  };
}

function queryClaim(query: Map<string, string>, headers: HeaderList): Claim {
  const parameter = (name: string): string => {
    const value = query.get(name);
    if (value) return value;
    throw new Refusal('presigned-malformed', `The query parameter ${name} is missing.`);
  };
  if (parameter('X-Amz-Algorithm') !== ALGORITHM) {
    throw new Refusal('presigned-malformed', `X-Amz-Algorithm only supports "${ALGORITHM}"`);
  }
  const expires = parameter('X-Amz-Expires');
  const expiresSeconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (expiresSeconds < 1 || expiresSeconds > LONGEST_PRESIGNED_SECONDS) {
    throw new Refusal(
      'presigned-malformed',
      `X-Amz-Expires must be between 1 and ${LONGEST_PRESIGNED_SECONDS} seconds`,
    );
  }
  return {
    presigned: true,
    credential: parameter('X-Amz-Credential'),
    signedHeaders: parameter('X-Amz-SignedHeaders'),
    signature: parameter('X-Amz-Signature'),
    amzDate: parameter('X-Amz-Date'),
    expiresSeconds,
    sessionToken: query.get('X-Amz-Security-Token') ?? headerValue(headers, 'x-amz-security-token'),
    payloadHash: headerValue(headers, 'x-amz-content-sha256') ?? query.get('X-Amz-Content-Sha256'),
  };
}

/** The `X-Amz-*` parameters of a query, decoded; one that is given twice is refused. */
function signingParameters(rawQuery: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [rawName, rawValue] of rawParameters(rawQuery)) {
    const name = percentBytes(rawName);
    if (!name.startsWith('X-Amz-')) continue;
    if (parameters.has(name)) {
      throw new Refusal('presigned-malformed', `The query parameter ${name} is given twice.`);
    }
    parameters.set(name, percentBytes(rawValue));
  }
  return parameters;
}

function claimOf({ rawQuery, headers }: ReceivedRequest): Claim {
  const authorizations = headers.filter(([name]) => name === 'authorization');
  const [authorization] = authorizations;
  const query = signingParameters(rawQuery);
  const inQuery = query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm');
  if (authorizations.length > 1 || (authorization !== undefined && inQuery)) {
    throw new Refusal('incomplete', 'Only one auth mechanism allowed');
  }
  if (authorization !== undefined) return headerClaim(authorization[1].trim(), headers);
  if (inQuery) return queryClaim(query, headers);
  throw new Refusal('missing');
}

type Scope = Pick<SignedRequest, 'accessKeyId' | 'date' | 'region' | 'service'>;

const CREDENTIAL =
  /^(?<accessKeyId>[\w+=,.@-]{1,128})\/(?<date>\d{8})\/(?<region>[A-Za-z0-9-]{1,64})\/(?<service>[A-Za-z0-9-]{1,64})\/aws4_request$/;

function scopeOf(credential: string): Scope {
  const groups = CREDENTIAL.exec(credential)?.groups;
  if (groups === undefined) {
    throw new Refusal(
      'incomplete',
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term',
    );
  }
  const { accessKeyId = '', date = '', region = '', service = '' } = groups;
  return { accessKeyId, date, region, service };
}

function checkedHeaders(text: string, headers: HeaderList): string[] {
  const signed = text.split(';');
  const present = new Set(headers.map(([name]) => name));
  const sorted = signed.every((name, index) => index === 0 || (signed[index - 1] as string) < name);
  if (!sorted || !signed.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name))) {
    throw new Refusal('incomplete', 'SignedHeaders must be lower-case, sorted and distinct.');
  }
  if (!signed.includes('host')) {
    throw new Refusal('unsigned-headers', "'Host' must be a 'SignedHeader' in the request.");
  }
  if (!signed.every((name) => present.has(name))) {
    throw new Refusal('unsigned-headers', 'A signed header is not in the request.');
  }
  const unsigned = [...present].find((name) => name.startsWith('x-amz-') && !signed.includes(name));
  if (unsigned !== undefined) {
    throw new Refusal('unsigned-headers', `The header ${unsigned} must be signed.`);
  }
  return signed;
}

function checkClaim(claim: Claim, { date, service }: Scope): void {
  if (claim.presigned && service !== 's3') throw new Refusal('presigned-refused');
  const malformed = claim.presigned ? 'presigned-malformed' : 'incomplete';
  if (!/^[0-9a-f]{64}$/.test(claim.signature)) {
    throw new Refusal(malformed, 'The signature must be 64 lower-case hex digits.');
  }
  if (!/^\d{8}T\d{6}Z$/.test(claim.amzDate)) {
    throw new Refusal(malformed, 'The date must be in ISO8601 format, YYYYMMDDTHHMMSSZ.');
  }
  if (claim.amzDate.slice(0, 8) !== date) {
    throw new Refusal(
      'wrong-scope',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${claim.amzDate.slice(0, 8)}'.`,
    );
  }
}

const present = <T extends object>(values: T): Required<{ [K in keyof T]: NonNullable<T[K]> }> =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Required<{
    [K in keyof T]: NonNullable<T[K]>;
  }>;

/** The outcome of reading a signature: the claim, or the refusal to answer with. */
export type ParsedAuthorization = { ok: true; request: SignedRequest } | SignatureFailure;

function orFailure<T>(service: string | undefined, read: () => T): T | SignatureFailure {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return signatureFailure(service, thrown.kind, thrown.message || undefined);
  }
}

/**
 * Reads the SigV4 signature of a request from its `Authorization` header or its query (presigned,
 * S3 only) and refuses what needs no secret to refuse: incomplete or doubled signatures, an unsigned
 * `host` or `x-amz-*` header, a scope of another date. Never throws for any request.
 */
export function parseAuthorization(received: ReceivedRequest): ParsedAuthorization {
  const service = credentialScopeService(received.headers, received.rawQuery);
  return orFailure(service ?? received.assumedService, () => {
    // Resolving dots would make a path of anything.
    if (!received.rawPath.startsWith('/'))
      throw new Refusal('incomplete', 'The path of the request must begin with a slash.');
    const claim = claimOf(received);
    const scope = scopeOf(claim.credential);
    checkClaim(claim, scope);
    const signedHeaders = checkedHeaders(claim.signedHeaders, received.headers);
    const { credential: _credential, ...rest } = claim;
    const head = canonicalHead(received, scope.service, signedHeaders);
    const request: SignedRequest = present({
      ...rest,
      ...scope,
      signedHeaders,
      canonicalHead: head,
    });
    return { ok: true, request };
  });
}

/**
 * The service a request says it is for, from the credential scope in the `Authorization` header or
 * the query, for routing only: nothing is verified. Undefined when there is no such scope.
 */
export function credentialScopeService(headers: HeaderList, rawQuery: string): string | undefined {
  const authorization = headers.find(([name]) => name === 'authorization')?.[1];
  const inHeader = /Credential=([^,\s]+)/.exec(authorization ?? '')?.[1];
  const inQuery = rawParameters(rawQuery).find(
    ([name]) => percentBytes(name) === 'X-Amz-Credential',
  );
  const credential = inHeader ?? (inQuery && percentBytes(inQuery[1]));
  const [, , , service] = credential?.split('/') ?? [];
  return service === undefined || service === '' ? undefined : service;
}
