/** One run through Firesteel, from the call to SUCCESS, on the application it is given: with a pool or without. */

import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import {
  CancelJobRunCommand,
  GetJobRunCommand,
  type JobRun,
  StartJobRunCommand,
} from '@aws-sdk/client-emr-serverless';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { confOptions, jobProperties, mainClass } from './job-shape.ts';
import { type Phases, phasesOf, type Sample } from './moments.ts';
import { benchName, type Target } from './preparations.ts';
import { signedGet } from './signed-get.ts';

/** Where Amazon EMR has its examples' jar; Firesteel has its own there, which is the one the baselines read. */
const localJar = '/usr/lib/spark/examples/jars/spark-examples.jar';
const patienceMs = 120_000;
const finalStates = new Set(['SUCCESS', 'FAILED', 'CANCELLED']);

/** How Firesteel's runs are made. */
export type RunOptions = {
  readonly target: Target;
  readonly jar: 'local' | 's3';
  readonly pollMs: number;
  readonly coldConf: readonly string[];
  readonly signal: AbortSignal;
};

async function submit({ target, jar, coldConf }: RunOptions): Promise<string> {
  const { applicationId, roleArn } = target;
  const { jobRunId = '' } = await target.emr.send(
    new StartJobRunCommand({
      applicationId,
      executionRoleArn: roleArn,
      name: 'bench-start',
      jobDriver: {
        sparkSubmit: {
          entryPoint: jar === 's3' ? target.jarUri : localJar,
          sparkSubmitParameters: [
            '--class',
            mainClass,
            ...confOptions(jobProperties),
            ...coldConf.flatMap((property) => ['--conf', property]),
          ].join(' '),
        },
      },
      configurationOverrides: {
        monitoringConfiguration: {
          s3MonitoringConfiguration: { logUri: `s3://${benchName}/logs/` },
        },
      },
    }),
  );
  return jobRunId;
}

async function watch(options: RunOptions, jobRunId: string): Promise<JobRun> {
  const { emr, applicationId } = options.target;
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const { jobRun } = await emr.send(new GetJobRunCommand({ applicationId, jobRunId }));
    if (jobRun !== undefined && finalStates.has(String(jobRun.state))) return jobRun;
    await pause(options.pollMs, undefined, { signal: options.signal });
  }
  throw new Error(`the run ${jobRunId} did not end within ${patienceMs / 1000} s`);
}

/** What the driver printed, from the log that Firesteel ships; empty when it is not there after five seconds. */
async function driverOutput({ s3, applicationId }: Target, jobRunId: string): Promise<string> {
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

async function cancel({ emr, applicationId }: Target, jobRunId: string): Promise<void> {
  await emr.send(new CancelJobRunCommand({ applicationId, jobRunId }));
}

/**
 * Submits, watches, and then asks for the moments in between. A run that cannot be watched to its end
 * is cancelled.
 * @throws Error with the run's own reason when it ends otherwise than with SUCCESS
 */
export async function measureRun(
  options: RunOptions,
): Promise<{ readonly sample: Sample; readonly phases: Phases }> {
  const { target } = options;
  const calledAtMs = Date.now();
  const jobRunId = await submit(options);
  const acceptedAtMs = Date.now();
  const jobRun = await watch(options, jobRunId).catch(async (error: unknown) => {
    await cancel(target, jobRunId);
    throw error;
  });
  const successSeenAtMs = Date.now();
  if (jobRun.state !== 'SUCCESS')
    throw new Error(`the run ${jobRunId} is ${jobRun.state}: ${jobRun.stateDetails ?? ''}`);
  const path = `/firesteel/v1/applications/${target.applicationId}/job-runs/${jobRunId}`;
  const phases = phasesOf({
    calledAtMs,
    acceptedAtMs,
    successSeenAtMs,
    milestones: await signedGet(target.access, `${path}/milestones`),
    visits: await signedGet(target.access, `${path}/visits`),
    driverOutput: await driverOutput(target, jobRunId),
  });
  if (phases.contextReadyMs === undefined)
    throw new Error(`the run ${jobRunId} did not say when its context was ready`);
  const sample = {
    contextReadyMs: phases.contextReadyMs,
    successMs: successSeenAtMs - calledAtMs,
  };
  return { sample, phases };
}
