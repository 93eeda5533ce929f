/** Submitting a run, watching it, reading what it printed. */
import { gunzipSync } from 'node:zlib';
import {
  type EMRServerlessClient,
  GetJobRunCommand,
  type JobRun,
  StartJobRunCommand,
} from '@aws-sdk/client-emr-serverless';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { pause } from '../supervisor/pause.ts';
import { bucket } from './preparations.ts';

/** One job of the demo. */
export type DemoJob = {
  readonly name: string;
  readonly entryPoint: string;
  readonly entryPointArguments: readonly string[];
  readonly mainClass: string | undefined;
};

export const logPrefix = 'logs';
const askEveryMs = 250;
const finalStates = new Set(['SUCCESS', 'FAILED', 'CANCELLED']);

/** Small workers: a driver and two executors of one vCPU and 2 GB, which a laptop can bear. */
const sizes: Readonly<Record<string, string>> = {
  'spark.driver.cores': '1',
  'spark.driver.memory': '2g',
  'spark.executor.cores': '1',
  'spark.executor.memory': '2g',
  'spark.executor.instances': '2',
  'spark.dynamicAllocation.enabled': 'false',
};

/** The text of `sparkSubmitParameters`. */
export function submitParameters(mainClass: string | undefined): string {
  const conf = Object.entries(sizes).map(([name, value]) => `--conf ${name}=${value}`);
  return [...(mainClass === undefined ? [] : [`--class ${mainClass}`]), ...conf].join(' ');
}

/** @returns the run's id */
export async function startJob(
  emr: EMRServerlessClient,
  applicationId: string,
  executionRoleArn: string,
  job: DemoJob,
): Promise<string> {
  const { jobRunId } = await emr.send(
    new StartJobRunCommand({
      applicationId,
      executionRoleArn,
      name: job.name,
      jobDriver: {
        sparkSubmit: {
          entryPoint: job.entryPoint,
          entryPointArguments: [...job.entryPointArguments],
          sparkSubmitParameters: submitParameters(job.mainClass),
        },
      },
      configurationOverrides: {
        monitoringConfiguration: {
          s3MonitoringConfiguration: { logUri: `s3://${bucket}/${logPrefix}/` },
        },
      },
    }),
  );
  return jobRunId ?? '';
}

/** Looks until the run has ended; every new state is reported with the milliseconds since the call. */
export async function watchJob(
  emr: EMRServerlessClient,
  applicationId: string,
  jobRunId: string,
  onState: (state: string, sinceMs: number) => void,
): Promise<JobRun> {
  const startedMs = performance.now();
  let last = '';
  for (;;) {
    const { jobRun } = await emr.send(new GetJobRunCommand({ applicationId, jobRunId }));
    if (jobRun === undefined) throw new Error(`The run ${jobRunId} has no description.`);
    const state = String(jobRun.state);
    if (state !== last) onState(state, performance.now() - startedMs);
    last = state;
    if (finalStates.has(state)) return jobRun;
    await pause(askEveryMs);
  }
}

/** Where a driver's output lies, below the bucket; AWS' layout. Source: EMR Serverless User Guide, "Storing logs". */
export const driverLogKey = (
  applicationId: string,
  jobRunId: string,
  stream: 'stdout' | 'stderr',
): string =>
  `${logPrefix}/applications/${applicationId}/jobs/${jobRunId}/SPARK_DRIVER/${stream}.gz`;

/** The lines that a driver printed; none when nothing is there after ten seconds. */
export async function driverLines(s3: S3Client, key: string): Promise<string[]> {
  for (let look = 0; look < 20; look += 1) {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const bytes = await Body?.transformToByteArray();
      const text = bytes === undefined ? '' : gunzipSync(bytes).toString('utf8');
      // While a run goes on its log may be there and empty; it is complete a moment after the end.
      if (text !== '') return text.split('\n').filter(Boolean);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'NoSuchKey') throw error;
    }
    await pause(500);
  }
  return [];
}
