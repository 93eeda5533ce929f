/**
 * May this principal do that? One pure function: the platform's own rules about its scratch bucket
 * first, then IAM's evaluation of the caller's policies and the resource's.
 */
import { grantsAnythingTo } from '@firesteel/iam-policy/bucket-policy';
import type { CompiledPolicy } from '@firesteel/iam-policy/compile';
import { evaluate, type Policies } from '@firesteel/iam-policy/evaluate';
import { decidedBy, denialMessage } from '@firesteel/iam-policy/explain';
import type {
  ContextValue,
  AccessRequest as EngineRequest,
  Principal,
} from '@firesteel/iam-policy/request';
import type { BucketInForce } from '../bucket-policy/bucket-policies-in-force.ts';
import type { JobRunAttempt, SessionClaims } from '../session/session.ts';
import { decideOnScratch } from './scratch.ts';

/** Condition keys and their values. */
export type Context = Readonly<Record<string, ContextValue>>;

/** Somebody whose signature was good, with the policies that are in force for them now. */
export type Caller = {
  readonly principal: Principal;
  readonly accountId: string;
  /** The long-term key that signed; null for a session's. */
  readonly accessKeyId: string | null;
  readonly session: SessionClaims | null;
  /** The attempt of a run that a session was given to. */
  readonly jobRun: JobRunAttempt | null;
  readonly policies: Omit<Policies, 'resource'>;
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
  /** An ARN, `*` for an action without one. With a region and no account, it is the caller's own. */
  readonly resource: string;
  readonly reach?: Reach | undefined;
  /** Condition keys of this action, beside those of every request. */
  readonly context?: Context | undefined;
  /** The trust policy of a role that is to be assumed; null: there is no such role. */
  readonly trust?: CompiledPolicy | null | undefined;
  /** The bucket that the resource is or is in; undefined when it has no policy, or none of S3's. */
  readonly bucket?: BucketInForce | undefined;
};

/** A bucket of another account, for a request that its owner has allowed. */
export type OpenedBucket = Pick<BucketInForce, 'bucket' | 'accountId'>;

export type Decision = {
  readonly allowed: boolean;
  /** The rule that decided, for the audit trail. */
  readonly decidedBy: string;
  /** What the caller reads who is denied; empty when allowed. */
  readonly message: string;
  /** What the request may see that is another account's. */
  readonly opened?: OpenedBucket | undefined;
};

/** The account an ARN names, null when it names none (S3 buckets, `*`, AWS' own policies). */
export const accountOf = (resource: string): string | null =>
  /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1] ?? null;

/** The ARN with the caller's account, where it left its account out. */
export const completeArn = (resource: string, accountId: string): string =>
  resource.replace(/^(arn:[^:]*:[^:]*:[^:]+:):/, `$1${accountId}:`);

const engineRequest = (
  { principal }: Caller,
  { action, resource, context = {}, bucket }: AccessRequest,
): EngineRequest => ({
  principal,
  action,
  resource,
  resourceAccountId: bucket?.accountId ?? accountOf(resource),
  context,
});

const noReason = (request: EngineRequest): string =>
  `User: ${request.principal.arn} is not authorized to perform: ${request.action} on resource: ${request.resource}`;

/** Which policy is missing is told to the account that owns the resource, and to nobody else (troubleshoot_access-denied). */
const messageOf = (
  request: EngineRequest,
  decision: ReturnType<typeof evaluate>,
  { accountId }: Caller,
): string =>
  request.resourceAccountId === null || request.resourceAccountId === accountId
    ? denialMessage(request, decision)
    : noReason(request);

const keysInBody: Decision = {
  allowed: true,
  decidedBy: 'each key is decided on its own',
  message: '',
};

/** What the policies say; of keys in a body, that each of them is asked about. */
function decideByPolicies(caller: Caller, access: AccessRequest): Decision {
  if (access.reach?.kind === 'keysInBody') return keysInBody;
  const request = engineRequest(caller, access);
  const resource = [access.trust, access.bucket?.policy].filter((policy) => policy != null);
  const decision = evaluate(request, { ...caller.policies, resource });
  return {
    allowed: decision.allowed,
    decidedBy: decidedBy(request, decision),
    message: decision.allowed ? '' : messageOf(request, decision, caller),
  };
}

/** Making a bucket asks nobody who has one. */
const asksNoBucket = new Set(['s3:createbucket']);

/** So that nobody locks a bucket for ever (PutBucketPolicy, Amazon S3 API reference). */
const alwaysForRoot = new Set([
  's3:getbucketpolicy',
  's3:putbucketpolicy',
  's3:deletebucketpolicy',
]);

/** Whether what its owner says of a bucket counts for a request. */
function countsFor(
  { principal, accountId }: Caller,
  action: string,
  bucket: BucketInForce,
): boolean {
  const asked = action.toLowerCase();
  const isOwner = principal.kind === 'root' && bucket.accountId === accountId;
  return !asksNoBucket.has(asked) && !(isOwner && alwaysForRoot.has(asked));
}

/** Whether another account's bucket is nothing to the caller: no statement allows anything to anybody whom the caller is. */
const isHidden = (
  { principal, policies, accountId }: Caller,
  { policy, accountId: owner }: BucketInForce,
): boolean =>
  owner !== accountId && !grantsAnythingTo(policy, principal, policies.boundary !== null);

/**
 * The bucket of a request when its policy counts. One whose owner, another account, grants the caller nothing is
 * decided on as if it were not there, and so the object store says.
 */
export const countingBucket = (
  caller: Caller,
  { action, bucket }: Pick<AccessRequest, 'action' | 'bucket'>,
): BucketInForce | undefined =>
  bucket && countsFor(caller, action, bucket) && !isHidden(caller, bucket) ? bucket : undefined;

/**
 * A bucket of another account: both sides must allow it. That the caller's own policies do not is told in the same
 * words wherever a bucket is.
 */
function decideOnTheirs(caller: Caller, access: AccessRequest, theirs: BucketInForce): Decision {
  const decision = decideByPolicies(caller, access);
  const { bucket, accountId } = theirs;
  if (decision.allowed) return { ...decision, opened: { bucket, accountId } };
  const notThere = decideByPolicies(caller, { ...access, bucket: undefined });
  return notThere.allowed ? decision : notThere;
}

/** Rules that stand before any policy; null when none is about the request. */
function decideBeforePolicies(caller: Caller, access: AccessRequest): Decision | null {
  const request = engineRequest(caller, access);
  const scratch = decideOnScratch(caller, access);
  if (scratch) return { ...scratch, message: scratch.allowed ? '' : noReason(request) };
  // The engine takes a request without a trust policy for one that needs none.
  if (access.trust === null)
    return { allowed: false, decidedBy: 'no such role', message: noReason(request) };
  return null;
}

/** Decides on one request; allowed every time for GetCallerIdentity, as AWS does. */
export function decideAccess(caller: Caller, asked: AccessRequest): Decision {
  const access = {
    ...asked,
    resource: completeArn(asked.resource, caller.accountId),
    bucket: countingBucket(caller, asked),
  };
  const before = decideBeforePolicies(caller, access);
  if (before) return before;
  const { bucket } = access;
  return bucket === undefined || bucket.accountId === caller.accountId
    ? decideByPolicies(caller, access)
    : decideOnTheirs(caller, access, bucket);
}
