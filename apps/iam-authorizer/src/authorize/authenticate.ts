/** Who is calling: a signature is checked against the key's secret or the session's. */
import type { PayloadSeal } from '@firesteel/aws-protocol/sigv4/payload-seal';
import {
  type SignatureFailure,
  signatureFailure,
} from '@firesteel/aws-protocol/sigv4/signature-fault';
import type { SignedRequest } from '@firesteel/aws-protocol/sigv4/signed-request';
import { verify } from '@firesteel/aws-protocol/sigv4/verify';
import type { Caller } from '../decision/decide.ts';
import type { FencesInForce } from '../fence/fences-in-force.ts';
import type { IdentitiesInForce } from '../identity/identities-in-force.ts';
import type { PolicyCache } from '../policy/policy-cache.ts';
import { keyFor, unseal } from '../principal/sealing.ts';
import { jobRunOf, mfaAtMsOf, readSession, type SessionClaims } from '../session/session.ts';
import { findKeyHolder, rootCaller, sessionCaller, userCaller } from './callers.ts';

/** A refusal in the called service's own words; `decidedBy` where they do not tell the audit trail enough. */
export type Unauthenticated = SignatureFailure & { readonly decidedBy?: string };

/** A caller with a good signature, or the refusal. */
export type Authentication =
  | { readonly ok: true; readonly caller: Caller; readonly seal: PayloadSeal }
  | Unauthenticated;

export type AuthenticateOptions = {
  readonly masterKey: Buffer;
  readonly identities: IdentitiesInForce;
  readonly policies: PolicyCache;
  readonly fences: Pick<FencesInForce, 'refuses'>;
  readonly now: () => Date;
};

/** What signs, and who that is: undefined when they are gone. */
type Credentials = {
  readonly secretAccessKey: string;
  readonly caller: () => Caller | undefined;
};

/** The refusal of a session that is none any more; undefined when it is good. */
function refusalOf(
  claims: SessionClaims,
  service: string,
  { fences, now }: AuthenticateOptions,
): Unauthenticated | undefined {
  if (claims.expiresAtMs <= now().getTime()) return signatureFailure(service, 'expired-token');
  const jobRun = jobRunOf(claims);
  // A fence ends sessions before their time: clients are told what they know how to take.
  if (fences.refuses(jobRun))
    return {
      ...signatureFailure(service, 'expired-token'),
      decidedBy: `fence of job run ${jobRun?.jobRunId}, attempt ${jobRun?.attempt}`,
    };
  // STS GetSessionToken and GetFederationToken: no such credentials may use IAM without multi-factor authentication.
  if (claims.kind !== 'role' && mfaAtMsOf(claims) === null && service === 'iam')
    return {
      ...signatureFailure(service, 'invalid-token'),
      decidedBy: 'session of a user without MFA, which may not use IAM',
    };
  return undefined;
}

function findSession(
  request: SignedRequest,
  token: string,
  options: AuthenticateOptions,
): Credentials | Unauthenticated {
  const session = readSession(options.masterKey, token);
  if (!session || session.claims.accessKeyId !== request.accessKeyId)
    return signatureFailure(request.service, 'invalid-token');
  const { claims, secretAccessKey } = session;
  return (
    refusalOf(claims, request.service, options) ?? {
      secretAccessKey,
      caller: () => sessionCaller(claims, options),
    }
  );
}

function findKey(
  { accessKeyId, service }: SignedRequest,
  options: AuthenticateOptions,
): Credentials | Unauthenticated {
  const holder = findKeyHolder(accessKeyId, options.identities);
  const secretAccessKey =
    holder && unseal(keyFor(options.masterKey, 'access key'), holder.secretSealed);
  if (!holder || secretAccessKey === undefined) return signatureFailure(service, 'unknown-key');
  const { accountId, user } = holder;
  return {
    secretAccessKey,
    caller: () =>
      user === null ? rootCaller(accountId, accessKeyId) : userCaller(user, accessKeyId, options),
  };
}

/**
 * Checks one request that is served as `service`: a signature for another service is none for this one.
 * A session token decides which kind of key it is.
 */
export async function authenticate(
  request: SignedRequest,
  service: string,
  bodySha256: string | undefined,
  options: AuthenticateOptions,
): Promise<Authentication> {
  await options.identities.trusted();
  const found =
    request.sessionToken === undefined
      ? findKey(request, options)
      : findSession(request, request.sessionToken, options);
  if ('ok' in found) return found;
  const verified = verify({
    request,
    secretAccessKey: found.secretAccessKey,
    now: options.now(),
    expected: { services: [service] },
    ...(bodySha256 === undefined ? {} : { bodySha256 }),
  });
  if (!verified.ok) return verified;
  const caller = found.caller();
  return caller
    ? { ok: true, caller, seal: verified.seal }
    : { ...signatureFailure(service, 'invalid-token'), decidedBy: 'the role or user is gone' };
}
