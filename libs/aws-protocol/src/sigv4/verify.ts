import { type KeyObject, timingSafeEqual } from 'node:crypto';
import { PAYLOAD_MODES, type PayloadSeal } from './payload-seal.ts';
import {
  type SignatureFailure,
  type SignatureFaultKind,
  signatureFailure,
} from './signature-fault.ts';
import { amzDateOf, type SignedRequest } from './signed-request.ts';
import { hmac, scopeText, sha256Hex, signingKeyOf } from './signing-key.ts';

/** How far a request's clock may be from ours, either way. */
export const MAX_SKEW_MS = 15 * 60 * 1000;

/** What `verify` looks at. */
export type Verification = {
  request: SignedRequest;
  secretAccessKey: string;
  now: Date;
  /** Scopes accepted; anything is, where undefined. */
  expected: { services?: readonly string[]; regions?: readonly string[] };
  /** SHA-256 (hex) of the body's bytes as received; needed for every service but S3. */
  bodySha256?: string;
};

/** The outcome: how the body is sealed, or the refusal to answer with. */
export type VerifyResult = { ok: true; seal: PayloadSeal } | SignatureFailure;

type Fault = [kind: SignatureFaultKind, message?: string];

function millisecondsOf(amzDate: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(....)(..)(..)T(..)(..)(..)Z$/.exec(amzDate) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function scopeFault({ request, expected }: Verification): Fault | undefined {
  const { services, regions } = expected;
  if (services !== undefined && !services.includes(request.service)) {
    return [
      'wrong-scope',
      `Credential should be scoped to correct service: '${services.join("' or '")}'.`,
    ];
  }
  if (regions !== undefined && !regions.includes(request.region)) {
    return ['wrong-scope', 'Credential should be scoped to a valid region.'];
  }
  return undefined;
}

function presignedTimeFault(signedAt: number, now: number, expiresSeconds: number) {
  if (now > signedAt + expiresSeconds * 1000) return ['presigned-expired'] satisfies Fault;
  return signedAt > now + MAX_SKEW_MS
    ? (['presigned-expired', 'Request is not yet valid'] satisfies Fault)
    : undefined;
}

function timeFault({ request, now }: Verification): Fault | undefined {
  const { amzDate, service } = request;
  const signedAt = millisecondsOf(amzDate);
  if (Number.isNaN(signedAt)) return ['incomplete', 'The date of the request is not a date.'];
  if (request.presigned) {
    return presignedTimeFault(signedAt, now.getTime(), request.expiresSeconds ?? 0);
  }
  const ageMs = now.getTime() - signedAt;
  if (Math.abs(ageMs) <= MAX_SKEW_MS) return undefined;
  if (service === 's3') return ['skewed'];
  const limit = amzDateOf(new Date(now.getTime() - Math.sign(ageMs) * MAX_SKEW_MS));
  const ours = amzDateOf(now);
  return ageMs > 0
    ? ['skewed', `Signature expired: ${amzDate} is now earlier than ${limit} (${ours} - 15 min.)`]
    : [
        'skewed',
        `Signature not yet current: ${amzDate} is still later than ${limit} (${ours} + 15 min.)`,
      ];
}

const isSha256 = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/** What stands in the canonical request for the body, or what is wrong with what was declared. */
function payloadHash({ request, bodySha256 }: Verification): { hash: string } | { fault: Fault } {
  const { service, presigned, payloadHash: declared } = request;
  if (service !== 's3') {
    const matches = declared === undefined || declared === bodySha256;
    return bodySha256 !== undefined && matches ? { hash: bodySha256 } : { fault: ['payload-hash'] };
  }
  const hash = declared ?? (presigned ? 'UNSIGNED-PAYLOAD' : '');
  return isSha256(hash) || Object.hasOwn(PAYLOAD_MODES, hash)
    ? { hash }
    : { fault: ['payload-hash'] };
}

function sealOf(hash: string, request: SignedRequest, signingKey: KeyObject): PayloadSeal {
  if (isSha256(hash)) return { mode: 'sha256', sha256: hash };
  const mode = PAYLOAD_MODES[hash as keyof typeof PAYLOAD_MODES];
  if (mode === 'unsigned' || mode === 'chunked-unsigned-trailer') return { mode };
  return {
    mode,
    signingKey: signingKey.export().toString('base64'),
    seedSignature: request.signature,
    scope: scopeText(request),
    amzDate: request.amzDate,
  };
}

/**
 * Checks a signature against a secret: scope, clock (15 minutes either way), declared body hash, and
 * the signature itself in constant time. Needs no body. The caller has looked the access key up and
 * checked its session token (see `signatureFailure` for those refusals). Never throws for any request.
 */
export function verify(verification: Verification): VerifyResult {
  const { request, secretAccessKey } = verification;
  const refuse = ([kind, message]: Fault): SignatureFailure =>
    signatureFailure(request.service, kind, message);
  const fault = scopeFault(verification) ?? timeFault(verification);
  if (fault !== undefined) return refuse(fault);
  const payload = payloadHash(verification);
  if ('fault' in payload) return refuse(payload.fault);

  const signingKey = signingKeyOf(secretAccessKey, request);
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    request.amzDate,
    scopeText(request),
    sha256Hex(`${request.canonicalHead}${payload.hash}`, 'latin1'),
  ].join('\n');
  const expectedSignature = hmac(signingKey, stringToSign);
  const given = Buffer.from(request.signature, 'hex');
  if (given.length !== expectedSignature.length || !timingSafeEqual(given, expectedSignature)) {
    return refuse(['mismatch']);
  }
  return { ok: true, seal: sealOf(payload.hash, request, signingKey) };
}
