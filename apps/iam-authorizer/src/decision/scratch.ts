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

/** What an attempt may reach: all of its own space, and to clear them away those of attempts before it. */
type Spaces = { readonly own: string; readonly earlier: readonly string[] };

const spacesOf = ({ jobRunId, attempt }: JobRunClaim): Spaces => ({
  own: scratchPrefix(jobRunId, attempt),
  earlier: Array.from({ length: attempt - 1 }, (_, before) => scratchPrefix(jobRunId, before + 1)),
});

const beginsWithOne = (text: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => text.startsWith(prefix));

/** What may be done with the bucket itself: list under the prefixes, and ask whether and where it is. */
function mayUseBucket({ action, reach }: AccessRequest, { own, earlier }: Spaces): boolean {
  if (reach?.kind === 'names')
    return listings.includes(action) && beginsWithOne(reach.prefix, [own, ...earlier]);
  return (
    action === 's3:GetBucketLocation' ||
    (action === 's3:ListBucket' && reach?.kind === 'bucketItself')
  );
}

function mayUseKey(
  key: string,
  { action, reach }: AccessRequest,
  { own, earlier }: Spaces,
): boolean {
  // Which keys these are is in the body; whoever reads it asks about each.
  if (reach?.kind === 'keysInBody') return action === 's3:DeleteObject';
  // S3A asks for a directory as if it were an object, before it lists: nothing can be there.
  if (key.startsWith(own) || (action === 's3:GetObject' && `${key}/` === own)) return true;
  return action === 's3:DeleteObject' && beginsWithOne(key, earlier);
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
  const spaces = spacesOf(jobRun);
  const allowed = key === null ? mayUseBucket(request, spaces) : mayUseKey(key, request, spaces);
  return allowed
    ? { allowed, decidedBy: 'scratch space of the attempt' }
    : { allowed, decidedBy: 'scratch bucket, outside of the attempt’s own space' };
}
