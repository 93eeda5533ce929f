/** Empties what an attempt's executors left in the platform's bucket; Spark does it itself unless it was killed. */
import { setTimeout as pause } from 'node:timers/promises';
import { scratchBucket, scratchPrefix } from '@firesteel/contracts/scratch';
import { askS3, type S3Target } from './s3-request.ts';

/** Whether a run's executors leave in mid-job, and so put blocks there: by its Spark properties. */
export const usesScratch = (properties: { readonly [name: string]: string }): boolean =>
  properties['spark.decommission.enabled'] === 'true' &&
  properties['spark.dynamicAllocation.enabled'] !== 'false';

/** Between the tries; the run's log and its end are with their owners already. */
const pausesMs = [250, 1_000, 4_000];

/** S3 lists so many keys at a time; an attempt that left more than this many pages is swept no further. */
const mostPages = 1_000;

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

/** The keys of a ListObjectsV2 answer. */
export const keysOf = (listing: string): string[] =>
  [...listing.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => unescaped(key ?? ''));

const refused = (what: string, { status, body }: { status: number; body: string }): Error =>
  new Error(`${what}: ${status} ${body.slice(0, 300)}`);

async function listed(prefix: string, target: S3Target): Promise<string[]> {
  const query = { 'list-type': '2', prefix };
  const answer = await askS3(
    { method: 'GET', address: { bucket: scratchBucket, key: '' }, query },
    target,
  );
  if (answer.status !== 200) throw refused(`list ${prefix}`, answer);
  return keysOf(answer.body);
}

async function sweep(prefix: string, target: S3Target): Promise<void> {
  for (let page = 0; page < mostPages; page += 1) {
    const keys = await listed(prefix, target);
    if (keys.length === 0) return;
    for (const key of keys) {
      const answer = await askS3(
        { method: 'DELETE', address: { bucket: scratchBucket, key } },
        target,
      );
      if (answer.status !== 204 && answer.status !== 200) throw refused(`delete ${key}`, answer);
    }
  }
}

/** A superseded attempt may not clear up after itself any more, so the later ones do. */
async function sweepUpTo(jobRunId: string, attempt: number, target: S3Target): Promise<void> {
  for (let each = attempt; each >= 1; each -= 1) await sweep(scratchPrefix(jobRunId, each), target);
}

/**
 * Deletes every object of an attempt and of those before it, trying again when S3 stumbles. Throws with S3's
 * words when it may not, as an attempt that was superseded may not.
 */
export async function emptyScratch(
  jobRunId: string,
  attempt: number,
  target: () => Promise<S3Target>,
): Promise<void> {
  for (const pauseMs of pausesMs) {
    try {
      await sweepUpTo(jobRunId, attempt, await target());
      return;
    } catch {
      await pause(pauseMs);
    }
  }
  await sweepUpTo(jobRunId, attempt, await target());
}
