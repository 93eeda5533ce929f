/**
 * DeleteObjects names its keys in the body, which nobody has read when the request is authorised. So
 * whoever reads it asks about each key, on behalf of the caller whose signature was good.
 */
import { Refused } from '@firesteel/decider/refused';
import { factsOf } from '../access/facts.ts';
import { type Caller, decideAccess } from '../decision/decide.ts';
import { readSession } from '../session/session.ts';
import { rootCaller, sessionCaller } from './authenticate.ts';
import type { AuthorizeOptions } from './authorize.ts';

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

/**
 * Who it is: the token says it by itself, as it is sealed.
 * @throws Refused when that is not whom the request was authorised for
 */
function callerOf({ accountId, principal, sessionToken }: Deletions, masterKey: Buffer): Caller {
  const session = sessionToken === null ? undefined : readSession(masterKey, sessionToken);
  const caller = session ? sessionCaller(session.claims) : rootCaller(accountId);
  const same = caller.accountId === accountId && caller.principal === principal;
  if (!same || (sessionToken !== null && !session))
    throw new Refused('Denied', 'The session token is not that of the caller.');
  return caller;
}

/**
 * Which of the keys the caller may delete, in their order, after a fact of each is durable.
 * @throws Refused when the caller cannot be who they are said to be
 */
export async function judgeDeletions(
  asked: Deletions,
  { masterKey, fences, record, now }: AuthorizeOptions,
): Promise<readonly boolean[]> {
  const caller = callerOf(asked, masterKey);
  const fenced = fences.refuses(caller.jobRun);
  const fact = factsOf({ ...asked, service: 's3' }, now());
  const judged = asked.keys.map((key) => {
    const access = {
      action: 's3:DeleteObject',
      resource: `arn:aws:s3:::${asked.bucket}/${key}`,
    };
    const decision = fenced
      ? { allowed: false, decidedBy: 'fence of the attempt' }
      : decideAccess(caller, access);
    return fact(access, caller, decision);
  });
  await Promise.all(judged.map(record));
  return judged.map(({ allowed }) => allowed);
}
