/** Who is calling: a signature is checked against the key's secret or the session's. */
import type { PayloadSeal } from '@firesteel/aws-protocol/sigv4/payload-seal';
import {
  type SignatureFailure,
  signatureFailure,
} from '@firesteel/aws-protocol/sigv4/signature-fault';
import type { SignedRequest } from '@firesteel/aws-protocol/sigv4/signed-request';
import { verify } from '@firesteel/aws-protocol/sigv4/verify';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '../decision/decide.ts';
import type { FencesInForce } from '../fence/fences-in-force.ts';
import { rootArn } from '../principal/principal.ts';
import { keyFor, unseal } from '../principal/sealing.ts';
import { readSession, type SessionClaims, sessionArn } from '../session/session.ts';
import { findAccessKey } from '../tables.ts';

/** A refusal in the called service's own words; `decidedBy` where they do not tell the audit trail enough. */
export type Unauthenticated = SignatureFailure & { readonly decidedBy?: string };

/** A caller with a good signature, or the refusal. */
export type Authentication =
  | { readonly ok: true; readonly caller: Caller; readonly seal: PayloadSeal }
  | Unauthenticated;

type Found = { readonly caller: Caller; readonly secretAccessKey: string };

export type AuthenticateOptions = {
  readonly em: EntityManager;
  readonly masterKey: Buffer;
  readonly fences: Pick<FencesInForce, 'refuses'>;
  readonly now: () => Date;
};

/** The root user of an account. */
export const rootCaller = (accountId: string): Caller => ({
  kind: 'root',
  accountId,
  principal: rootArn(accountId),
  jobRun: null,
});

/** Whoever holds a session. */
export const sessionCaller = (claims: SessionClaims): Caller => ({
  kind: 'roleSession',
  accountId: claims.accountId,
  principal: sessionArn(claims),
  jobRun: claims.jobRun,
});

function findSession(
  request: SignedRequest,
  token: string,
  options: AuthenticateOptions,
): Found | Unauthenticated {
  const session = readSession(options.masterKey, token);
  if (!session || session.claims.accessKeyId !== request.accessKeyId)
    return signatureFailure(request.service, 'invalid-token');
  const { claims, secretAccessKey } = session;
  if (claims.expiresAtMs <= options.now().getTime())
    return signatureFailure(request.service, 'expired-token');
  // A fence ends sessions before their time: clients are told what they know how to take.
  if (options.fences.refuses(claims.jobRun))
    return {
      ...signatureFailure(request.service, 'expired-token'),
      decidedBy: `fence of job run ${claims.jobRun?.jobRunId}, attempt ${claims.jobRun?.attempt}`,
    };
  return { caller: sessionCaller(claims), secretAccessKey };
}

async function findKey(
  request: SignedRequest,
  { em, masterKey }: AuthenticateOptions,
): Promise<Found | Unauthenticated> {
  const found = await findAccessKey(em, request.accessKeyId);
  const secretAccessKey = found && unseal(keyFor(masterKey, 'access key'), found.key.secretSealed);
  if (!found || secretAccessKey === undefined)
    return signatureFailure(request.service, 'unknown-key');
  return { caller: rootCaller(found.accountId), secretAccessKey };
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
  const found =
    request.sessionToken === undefined
      ? await findKey(request, options)
      : findSession(request, request.sessionToken, options);
  if ('ok' in found) return found;
  const verified = verify({
    request,
    secretAccessKey: found.secretAccessKey,
    now: options.now(),
    expected: { services: [service] },
    ...(bodySha256 === undefined ? {} : { bodySha256 }),
  });
  return verified.ok ? { ok: true, caller: found.caller, seal: verified.seal } : verified;
}
