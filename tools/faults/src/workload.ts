/** What clients do meanwhile: applications, runs that need a JVM and runs that need none, all of it in a journal. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import {
  CreateApplicationCommand,
  type EMRServerlessClient,
  GetApplicationCommand,
  GetJobRunCommand,
  type JobRun,
  StartJobRunCommand,
} from '@aws-sdk/client-emr-serverless';
import { CreateRoleCommand, GetRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Journal } from './journal.ts';
import { eventually, type Stack } from './stack.ts';

const bucket = 'faults';
const script = 'busy.py';

/** Short tasks for about the seconds given; its sum is known. */
const busy = `
import sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
def work(i):
    time.sleep(0.5)
    return i
n = int(sys.argv[1]) * 2
print("TOTAL", spark.sparkContext.parallelize(range(n), n).map(work).sum())
spark.stop()
`;

/** What a run of so many seconds prints. */
export const totalOf = (seconds: number): string =>
  `TOTAL ${(seconds * 2 * (seconds * 2 - 1)) / 2}`;

/** A driver and one executor, so small that two cores bear several. */
const conf = [
  'spark.driver.cores=1',
  'spark.driver.memory=1g',
  'spark.executor.cores=1',
  'spark.executor.memory=1g',
  'spark.dynamicAllocation.enabled=false',
  'spark.executor.instances=1',
];

/** Where runs go. */
export type Place = {
  readonly applicationId: string;
  /** Its label has no runtime here: its runs go the whole way to an agent and end there, without a JVM. */
  readonly bareApplicationId: string;
  readonly roleArn: string;
};

const allow = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

async function roleOf({ iam }: Stack): Promise<string> {
  const RoleName = 'faults';
  const trust = {
    Principal: { Service: 'emr-serverless.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  const made = await iam
    .send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: allow(trust) }))
    .catch(() => iam.send(new GetRoleCommand({ RoleName })));
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const PolicyDocument = allow({ Action: 's3:*', Resource });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'work', PolicyDocument }));
  return made.Role?.Arn ?? '';
}

/** Makes a bucket with the script, a role and two applications. */
export async function prepare(stack: Stack): Promise<Place> {
  const { emr, s3 } = stack;
  await s3.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: Error) => {
    if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
  });
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: script, Body: busy }));
  const create = async (releaseLabel: string): Promise<string> =>
    (
      await emr.send(
        new CreateApplicationCommand({
          ...{ type: 'SPARK', name: 'faults', releaseLabel },
          // A run waits for its turn here, not for a lock on the machine's memory.
          maximumCapacity: { cpu: '8 vCPU', memory: '32 GB' },
        }),
      )
    ).applicationId ?? '';
  return {
    roleArn: await roleOf(stack),
    applicationId: await create('emr-7.13.0'),
    bareApplicationId: await create('emr-6.9.0'),
  };
}

/** Starts a run under a token of ours, which is its name too. @returns its id */
export async function startRun(
  emr: EMRServerlessClient,
  { applicationId, bareApplicationId, roleArn }: Place,
  run: { readonly token: string; readonly seconds: number; readonly attempts?: number },
): Promise<string> {
  const { token, seconds, attempts } = run;
  const { jobRunId } = await emr.send(
    new StartJobRunCommand({
      ...{ name: token, clientToken: token, executionRoleArn: roleArn },
      applicationId: seconds === 0 ? bareApplicationId : applicationId,
      ...(attempts === undefined ? {} : { retryPolicy: { maxAttempts: attempts } }),
      jobDriver: {
        sparkSubmit: {
          entryPoint: `s3://${bucket}/${script}`,
          entryPointArguments: [String(seconds)],
          sparkSubmitParameters: conf.map((setting) => `--conf ${setting}`).join(' '),
        },
      },
      configurationOverrides: {
        monitoringConfiguration: { s3MonitoringConfiguration: { logUri: `s3://${bucket}/logs/` } },
      },
    }),
  );
  return jobRunId ?? '';
}

/**
 * One client that starts a run every `everyMs` until `over`. Each is asked for with one token until it is told an
 * id, as an SDK that retries would; every answer goes to the journal first. Even after `over` it waits for its last.
 */
export async function keepStarting(
  stack: Stack,
  place: Place,
  journal: Journal,
  load: { readonly everyMs: number; readonly seconds: number; readonly attempts?: number },
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const token = randomUUID();
    journal.asked(token);
    const id = await eventually(
      `the answer to ${token}`,
      () => startRun(stack.once, place, { token, ...load }).catch(() => undefined),
      300_000,
    );
    journal.told(token, id);
    await pause(load.everyMs);
  }
}

export const isFinal = (state: string | undefined): boolean =>
  state === 'SUCCESS' || state === 'FAILED' || state === 'CANCELLED';

/** The run as GetJobRun answers it; undefined while the door is closed. */
export const runOf = async (
  { emr }: Stack,
  applicationId: string,
  jobRunId: string,
): Promise<JobRun | undefined> =>
  (await emr.send(new GetJobRunCommand({ applicationId, jobRunId })).catch(() => undefined))
    ?.jobRun;

/** Waits for its end. @throws Error after the patience */
export const endOf = (
  stack: Stack,
  { applicationId }: Pick<Place, 'applicationId'>,
  jobRunId: string,
  patienceMs = 600_000,
): Promise<JobRun> =>
  eventually(
    `the end of ${jobRunId}`,
    async () => {
      const run = await runOf(stack, applicationId, jobRunId);
      return run && isFinal(run.state) ? run : undefined;
    },
    patienceMs,
    500,
  );

/** What its driver printed, as it lies in S3; waits until it does. */
export const outputOf = (
  { s3 }: Stack,
  { applicationId }: Pick<Place, 'applicationId'>,
  jobRunId: string,
  folder = '',
): Promise<string> =>
  eventually(`the output of ${jobRunId}`, async () => {
    const Key = `logs/applications/${applicationId}/jobs/${jobRunId}/${folder}SPARK_DRIVER/stdout.gz`;
    const answer = await s3
      .send(new GetObjectCommand({ Bucket: bucket, Key }))
      .catch(() => undefined);
    const text =
      answer?.Body && gunzipSync(await answer.Body.transformToByteArray()).toString('utf8');
    return text?.includes('TOTAL') ? text : undefined;
  });

/** Asks one cheap question ten times a second until `over`. @returns for how many milliseconds it failed each time it did */
export async function watchDoor(
  stack: Stack,
  { applicationId }: Pick<Place, 'applicationId'>,
  over: AbortSignal,
): Promise<number[]> {
  const windows: number[] = [];
  let closedMs: number | undefined;
  while (!over.aborted) {
    const atMs = performance.now();
    const open = await stack.once
      .send(new GetApplicationCommand({ applicationId }), {
        abortSignal: AbortSignal.timeout(2_000),
      })
      .then(
        () => true,
        () => false,
      );
    if (!open) closedMs ??= atMs;
    else if (closedMs !== undefined) {
      windows.push(performance.now() - closedMs);
      closedMs = undefined;
    }
    await pause(100);
  }
  return closedMs === undefined ? windows : [...windows, performance.now() - closedMs];
}
