/**
 * The scratch bucket belongs to the platform: a session of an attempt reaches its attempt's prefix, may list and
 * delete what earlier attempts of its run left behind, and nobody reaches anything else, root included.
 */
import { scratchBucket, scratchPrefix } from '@firesteel/contracts/scratch';
import type { AccessRequest, Caller, Decision } from './decide.ts';

/** Its callers know what to say to whom it denies. */
type Verdict = Omit<Decision, 'message'>;
type JobRunClaim = NonNullable<Caller['jobRun']>;

const bucketArn = `arn:aws:s3:::${scratchBucket}`;

/** The key a resource names in the scratch bucket, null for the bucket itself, undefined for what is elsewhere. */
function keyOf(resource: string): string | null | undefined {
  if (resource === bucketArn) return null;
  return resource.startsWith(`${bucketArn}/`) ? resource.slice(bucketArn.length + 1) : undefined;
}

const listings: readonly string[] = ['s3:ListBucket', 's3:ListBucketMultipartUploads'];

/** Whether a key or prefix lies in the space of an attempt before this one of the same run. */
function isEarlier(path: string, { jobRunId, attempt }: JobRunClaim): boolean {
  const [run, number = '', ...rest] = path.split('/');
  return run === jobRunId && rest.length > 0 && /^[1-9]\d*$/.test(number) && +number < attempt;
}

const ownPrefix = ({ jobRunId, attempt }: JobRunClaim): string => scratchPrefix(jobRunId, attempt);

/** What may be done with the bucket itself: list under the prefixes, and ask whether and where it is. */
function mayUseBucket({ action, reach }: AccessRequest, jobRun: JobRunClaim): boolean {
  if (reach?.kind === 'names')
    return (
      listings.includes(action) &&
      (reach.prefix.startsWith(ownPrefix(jobRun)) || isEarlier(reach.prefix, jobRun))
    );
  return (
    action === 's3:GetBucketLocation' ||
    (action === 's3:ListBucket' && reach?.kind === 'bucketItself')
  );
}

function mayUseKey(key: string, { action, reach }: AccessRequest, jobRun: JobRunClaim): boolean {
  const own = ownPrefix(jobRun);
  // Which keys these are is in the body; whoever reads it asks about each.
  if (reach?.kind === 'keysInBody') return action === 's3:DeleteObject';
  // S3A asks for a directory as if it were an object, before it lists: nothing can be there.
  if (key.startsWith(own) || (action === 's3:GetObject' && `${key}/` === own)) return true;
  return action === 's3:DeleteObject' && isEarlier(key, jobRun);
}

/** Decides on what is in the scratch bucket; null for everything else. */
export function decideOnScratch(
  { jobRun }: Pick<Caller, 'jobRun'>,
  request: AccessRequest,
): Verdict | null {
  const key = keyOf(request.resource);
  if (key === undefined) return null;
  if (jobRun === null)
    return { allowed: false, decidedBy: 'scratch bucket, for attempts of job runs only' };
  const allowed = key === null ? mayUseBucket(request, jobRun) : mayUseKey(key, request, jobRun);
  return allowed
    ? { allowed, decidedBy: 'scratch space of the attempt' }
    : { allowed, decidedBy: 'scratch bucket, outside of the attempt’s own space' };
}
