/**
 * May this principal do that? One pure function, which the policy engine takes the place of: until it
 * does, the account's root user may do everything in its own account and a job's role session may
 * use S3, nothing else.
 */

/** Somebody whose signature was good. */
export type Caller = {
  readonly kind: 'root' | 'roleSession';
  readonly accountId: string;
  /** ARN. */
  readonly principal: string;
};

export type AccessRequest = { readonly action: string; readonly resource: string };

export type Decision = {
  readonly allowed: boolean;
  /** The rule that decided, for the audit trail. */
  readonly decidedBy: string;
};

/** The account an ARN names, null when it names none (S3 buckets, `*`). */
const accountOf = (resource: string): string | null =>
  /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1] ?? null;

/** Decides on one request; allowed every time for GetCallerIdentity, as AWS does. */
export function decideAccess(caller: Caller, { action, resource }: AccessRequest): Decision {
  if (action === 'sts:GetCallerIdentity')
    return { allowed: true, decidedBy: 'everyone may ask who they are' };
  const account = accountOf(resource);
  if (account !== null && account !== caller.accountId)
    return { allowed: false, decidedBy: 'resource of another account' };
  if (caller.kind === 'root') return { allowed: true, decidedBy: 'root user of the account' };
  return action.startsWith('s3:')
    ? { allowed: true, decidedBy: 'role session of a job, S3 in its account' }
    : { allowed: false, decidedBy: 'role session of a job, nothing but S3' };
}
