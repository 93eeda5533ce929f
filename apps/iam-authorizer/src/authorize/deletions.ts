/**
 * DeleteObjects names its keys in the body, which nobody has read when the request is authorised. So
 * whoever reads it asks about each key, on behalf of the caller whose signature was good.
 */
import { Refused } from '@firesteel/decider/refused';
import { factsOf } from '../access/facts.ts';
import { bucketInForce } from '../bucket-policy/bucket-policies-in-force.ts';
import { type Caller, type Context, decideAccess } from '../decision/decide.ts';
import { readSession } from '../session/session.ts';
import type { AuthorizeOptions } from './authorize.ts';
import { longTermCaller, sessionCaller } from './callers.ts';

/** What the object store asks about one request. */
export type Deletions = {
  /** The caller as the gateway's authorization named it. */
  readonly accountId: string;
  readonly principal: string;
  /** The session token that came with the request; null when none did. */
  readonly sessionToken: string | null;
  readonly bucket: string;
  readonly keys: readonly string[];
  readonly sourceIp: string;
  readonly requestId: string;
};

/** Whoever the token says by itself, as it is sealed; without one, whom the gateway has named. */
function findCaller(
  { accountId, principal, sessionToken }: Deletions,
  options: AuthorizeOptions,
): Caller | undefined {
  if (sessionToken === null) return longTermCaller(accountId, principal, options);
  const session = readSession(options.masterKey, sessionToken);
  return session && sessionCaller(session.claims, options);
}

/** @throws Refused when that is not whom the request was authorised for */
async function callerOf(asked: Deletions, options: AuthorizeOptions): Promise<Caller> {
  await options.identities.trusted();
  const caller = findCaller(asked, options);
  if (caller?.accountId !== asked.accountId || caller.principal.arn !== asked.principal)
    throw new Refused('Denied', 'The session token is not that of the caller.');
  return caller;
}

/** The condition keys of the request. @throws Refused when it was not authorised here */
function contextOf({ requestId }: Deletions, { deferred }: AuthorizeOptions): Context {
  const context = deferred.take(requestId);
  if (!context)
    throw new Refused('Denied', 'The request is not known here; it has to be sent again.');
  return context;
}

/**
 * Which of the keys the caller may delete, in their order, after a fact of each is durable.
 * @throws Refused when the caller cannot be who they are said to be
 */
export async function judgeDeletions(
  asked: Deletions,
  options: AuthorizeOptions,
): Promise<readonly boolean[]> {
  const { fences, record, now } = options;
  const caller = await callerOf(asked, options);
  const context = contextOf(asked, options);
  const fenced = fences.refuses(caller.jobRun);
  const region = context['aws:RequestedRegion'];
  const request = typeof region === 'string' ? { region } : null;
  const fact = factsOf({ ...asked, service: 's3', request }, now());
  const bucket = bucketInForce(`arn:aws:s3:::${asked.bucket}`, options);
  const judged = asked.keys.map((key) => {
    const access = {
      action: 's3:DeleteObject',
      resource: `arn:aws:s3:::${asked.bucket}/${key}`,
      context,
      bucket,
    };
    const decision = fenced
      ? { allowed: false, decidedBy: 'fence of the attempt' }
      : decideAccess(caller, access);
    return fact(access, caller, decision);
  });
  await Promise.all(judged.map(record));
  return judged.map(({ allowed }) => allowed);
}
