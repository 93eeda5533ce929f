/**
 * May this principal do that? One pure function, which the policy engine takes the place of: until it
 * does, the account's root user may do everything in its own account and a job's role session may
 * use S3, nothing else. The scratch bucket has a rule of its own, which stands before the others.
 */
import type { JobRunAttempt } from '../session/session.ts';
import { decideOnScratch } from './scratch.ts';

/** Somebody whose signature was good. */
export type Caller = {
  readonly kind: 'root' | 'roleSession';
  readonly accountId: string;
  /** ARN. */
  readonly principal: string;
  /** The attempt of a run that a session was given to. */
  readonly jobRun: JobRunAttempt | null;
};

/** What of a bucket a request reaches, where action and resource do not say it. */
export type Reach =
  /** The names that begin so: listings (IAM's condition key `s3:prefix`). */
  | { readonly kind: 'names'; readonly prefix: string }
  /** Whether it is there, and no name in it: HeadBucket, which shares its action with listings. */
  | { readonly kind: 'bucketItself' }
  /** Keys that the body names: DeleteObjects. Each needs a decision of its own. */
  | { readonly kind: 'keysInBody' };

export type AccessRequest = {
  readonly action: string;
  readonly resource: string;
  readonly reach?: Reach | undefined;
};

export type Decision = {
  readonly allowed: boolean;
  /** The rule that decided, for the audit trail. */
  readonly decidedBy: string;
};

/** The account an ARN names, null when it names none (S3 buckets, `*`). */
const accountOf = (resource: string): string | null =>
  /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1] ?? null;

function decideInAccount(caller: Caller, { action, resource }: AccessRequest): Decision {
  const account = accountOf(resource);
  if (account !== null && account !== caller.accountId)
    return { allowed: false, decidedBy: 'resource of another account' };
  if (caller.kind === 'root') return { allowed: true, decidedBy: 'root user of the account' };
  return action.startsWith('s3:')
    ? { allowed: true, decidedBy: 'role session of a job, S3 in its account' }
    : { allowed: false, decidedBy: 'role session of a job, nothing but S3' };
}

/** Decides on one request; allowed every time for GetCallerIdentity, as AWS does. */
export function decideAccess(caller: Caller, request: AccessRequest): Decision {
  if (request.action === 'sts:GetCallerIdentity')
    return { allowed: true, decidedBy: 'everyone may ask who they are' };
  return decideOnScratch(caller, request) ?? decideInAccount(caller, request);
}
