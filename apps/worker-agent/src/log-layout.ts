/** Where a worker's logs go under a logUri: AWS' layout (reference emr-serverless §7.2, [UG:logging]). */
import type { BoundRun } from './worker-folder.ts';

export type ObjectAddress = { readonly bucket: string; readonly key: string };

/** Bucket and key prefix (without slashes at its ends) of `s3://bucket/prefix/`; null for another scheme. */
export const parseLogUri = (logUri: string): ObjectAddress | null => {
  const match = /^s3[an]?:\/\/([^/]+)\/?(.*)$/.exec(logUri);
  return match === null
    ? null
    : { bucket: match[1] ?? '', key: (match[2] ?? '').replace(/^\/+|\/+$/g, '') };
};

const under = (place: ObjectAddress, ...path: readonly string[]): ObjectAddress => ({
  bucket: place.bucket,
  key: [place.key, ...path].filter((part) => part !== '').join('/'),
});

const attemptPath = ({ attempt, logsByAttempt }: BoundRun): string[] =>
  logsByAttempt ? ['attempts', String(attempt)] : [];

/** The folder of one run's logs, or of one attempt's when each has its own. */
const runPlace = (run: BoundRun): ObjectAddress | null => {
  const place = run.logUri === null ? null : parseLogUri(run.logUri);
  return place === null
    ? null
    : under(place, 'applications', run.applicationId, 'jobs', run.jobRunId, ...attemptPath(run));
};

/** The address of a worker's stdout.gz or stderr.gz; null when the run has no S3 logging. */
export const containerLogAddress = (
  run: BoundRun,
  stream: 'stdout' | 'stderr',
): ObjectAddress | null => {
  const place = runPlace(run);
  if (place === null) return null;
  return run.executorId === null
    ? under(place, 'SPARK_DRIVER', `${stream}.gz`)
    : under(place, 'SPARK_EXECUTOR', run.executorId, `${stream}.gz`);
};

/** The address of one file of the driver's Spark event log, given its path within `sparklogs/`. */
export const sparkLogAddress = (run: BoundRun, path: string): ObjectAddress | null => {
  const place = runPlace(run);
  return place === null ? null : under(place, 'sparklogs', path);
};
