/** A run that was submitted already: to its end, and what it printed. */
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { CancelJobRunCommand, GetJobRunCommand, type JobRun } from '@aws-sdk/client-emr-serverless';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { benchName, type Target } from './preparations.ts';

const finalStates = new Set(['SUCCESS', 'FAILED', 'CANCELLED']);

/** How a run is watched: how often its state is asked for, and for how long. */
export type Watch = {
  readonly pollMs: number;
  readonly patienceMs: number;
  readonly signal: AbortSignal;
};

async function watch(
  { emr, applicationId }: Target,
  jobRunId: string,
  { pollMs, patienceMs, signal }: Watch,
): Promise<JobRun> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const { jobRun } = await emr.send(new GetJobRunCommand({ applicationId, jobRunId }));
    if (jobRun !== undefined && finalStates.has(String(jobRun.state))) return jobRun;
    await pause(pollMs, undefined, { signal });
  }
  throw new Error(`the run ${jobRunId} did not end within ${patienceMs / 1000} s`);
}

/**
 * Returns once the run has succeeded. One that cannot be watched to its end is cancelled.
 * @throws Error with the run's own reason when it ends otherwise
 */
export async function untilSuccess(target: Target, jobRunId: string, how: Watch): Promise<void> {
  const jobRun = await watch(target, jobRunId, how).catch(async (error: unknown) => {
    const { applicationId } = target;
    await target.emr.send(new CancelJobRunCommand({ applicationId, jobRunId }));
    throw error;
  });
  if (jobRun.state !== 'SUCCESS')
    throw new Error(`the run ${jobRunId} is ${jobRun.state}: ${jobRun.stateDetails ?? ''}`);
}

/** What the driver printed, from the log that Firesteel ships; empty when it is not there after five seconds. */
export async function driverOutput(
  { s3, applicationId }: Target,
  jobRunId: string,
): Promise<string> {
  const Key = `logs/applications/${applicationId}/jobs/${jobRunId}/SPARK_DRIVER/stdout.gz`;
  for (let look = 0; look < 25; look += 1) {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: benchName, Key }));
      const bytes = await Body?.transformToByteArray();
      if (bytes !== undefined) return gunzipSync(bytes).toString('utf8');
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'NoSuchKey') throw error;
    }
    await pause(200);
  }
  return '';
}
