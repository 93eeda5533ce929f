/** What Firesteel's runs need: bucket, role, application; each is made once and then reused. */

import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateApplicationCommand,
  type CreateApplicationRequest,
  EMRServerlessClient,
  GetApplicationCommand,
  ListApplicationsCommand,
  StartApplicationCommand,
  StopApplicationCommand,
} from '@aws-sdk/client-emr-serverless';
import {
  CreateRoleCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { signedGet } from '@firesteel/aws-protocol/sigv4/signed-get';
import { z } from 'zod';
import type { Config } from './config.ts';
import { releaseLabel } from './installation.ts';

/** Name of the bucket, the role and the application. */
export const benchName = 'firesteel-bench';
const warmName = `${benchName}-warm`;

/** As many pre-initialised workers as one run needs, each just large enough for it. */
const initialCapacity = Object.fromEntries(
  [
    ['Driver', 1],
    ['Executor', 2],
  ].map(([workerType, workerCount]) => [
    workerType,
    { workerCount, workerConfiguration: { cpu: '1 vCPU', memory: '2 GB' } },
  ]),
) as NonNullable<CreateApplicationRequest['initialCapacity']>;
const jarKey = 'jobs/firesteel-examples.jar';

/** Where the runs are submitted to, and as whom. */
export type Target = {
  readonly emr: EMRServerlessClient;
  readonly s3: S3Client;
  readonly access: Config['access'];
  readonly applicationId: string;
  readonly roleArn: string;
  /** The jar in the bucket. */
  readonly jarUri: string;
};

const isNamed = (error: unknown, ...names: string[]): boolean =>
  error instanceof Error && names.includes(error.name);

async function ensureBucket(s3: S3Client): Promise<void> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: benchName }));
  } catch (error) {
    if (!isNamed(error, 'NotFound', 'NoSuchBucket')) throw error;
    await s3.send(new CreateBucketCommand({ Bucket: benchName }));
  }
}

const allow = (more: Record<string, unknown>): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });

const trustPolicy = allow({
  Principal: { Service: 'emr-serverless.amazonaws.com' },
  Action: 'sts:AssumeRole',
});
const jobPolicy = allow({
  Action: ['s3:ListBucket', 's3:GetBucketLocation', 's3:GetObject', 's3:PutObject'],
  Resource: [`arn:aws:s3:::${benchName}`, `arn:aws:s3:::${benchName}/*`],
});

async function ensureRole(iam: IAMClient): Promise<string> {
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: benchName }));
    return Role?.Arn ?? '';
  } catch (error) {
    if (!isNamed(error, 'NoSuchEntityException', 'NoSuchEntity')) throw error;
  }
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: benchName, AssumeRolePolicyDocument: trustPolicy }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: benchName,
      PolicyName: benchName,
      PolicyDocument: jobPolicy,
    }),
  );
  return Role?.Arn ?? '';
}

async function findOrCreateApplication(
  emr: EMRServerlessClient,
  name: string,
  more: Pick<CreateApplicationRequest, 'initialCapacity'>,
): Promise<string> {
  const { applications = [] } = await emr.send(
    new ListApplicationsCommand({
      states: ['CREATING', 'CREATED', 'STARTING', 'STARTED', 'STOPPING', 'STOPPED'],
    }),
  );
  const found = applications.find((application) => application.name === name);
  if (found?.id !== undefined) return found.id;
  const made = await emr.send(
    new CreateApplicationCommand({ name, releaseLabel, type: 'SPARK', ...more }),
  );
  return made.applicationId ?? '';
}

async function settledState(emr: EMRServerlessClient, applicationId: string): Promise<string> {
  for (let look = 0; look < 240; look += 1) {
    const { application } = await emr.send(new GetApplicationCommand({ applicationId }));
    const state = application?.state ?? '';
    if (!state.endsWith('ING')) return state;
    await pause(250);
  }
  throw new Error(`The application ${applicationId} did not settle within a minute.`);
}

async function ensureStarted(emr: EMRServerlessClient, applicationId: string): Promise<void> {
  if ((await settledState(emr, applicationId)) === 'STARTED') return;
  await emr.send(new StartApplicationCommand({ applicationId }));
  const state = await settledState(emr, applicationId);
  if (state !== 'STARTED') throw new Error(`The application ${applicationId} is ${state}.`);
}

/** The two applications that runs are submitted to. */
export type Targets = {
  /** Without pre-initialised workers. */
  readonly cold: Target;
  /** With a pool that holds one run. */
  readonly warm: Target;
};

type Prepare = (
  name: string,
  more?: Pick<CreateApplicationRequest, 'initialCapacity'>,
) => Promise<Target>;

/** Makes what is missing beside the applications, and uploads the jar. */
async function preparing(config: Config, examplesJar: string): Promise<Prepare> {
  const { accessKeyId, secretAccessKey, endpointUrl, region } = config.access;
  const settings = {
    endpoint: endpointUrl,
    region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 5,
  };
  const s3 = new S3Client({ ...settings, endpoint: config.s3Endpoint, forcePathStyle: true });
  const emr = new EMRServerlessClient(settings);
  await ensureBucket(s3);
  const body = await readFile(examplesJar);
  await s3.send(new PutObjectCommand({ Bucket: benchName, Key: jarKey, Body: body }));
  const roleArn = await ensureRole(new IAMClient(settings));
  const jarUri = `s3://${benchName}/${jarKey}`;
  return async (name, more = {}) => {
    const applicationId = await findOrCreateApplication(emr, name, more);
    await ensureStarted(emr, applicationId);
    return { emr, s3, access: config.access, applicationId, roleArn, jarUri };
  };
}

/**
 * An application without pre-initialised workers, and all that its runs need; made where it is missing.
 * @throws what the AWS clients throw
 */
export async function prepareTarget(config: Config, examplesJar: string): Promise<Target> {
  const prepare = await preparing(config, examplesJar);
  return prepare(benchName);
}

/**
 * The same and one with a pool.
 * @throws what the AWS clients throw
 */
export async function prepareTargets(config: Config, examplesJar: string): Promise<Targets> {
  const prepare = await preparing(config, examplesJar);
  return { cold: await prepare(benchName), warm: await prepare(warmName, { initialCapacity }) };
}

const capacityAnswer = z.object({
  pool: z
    .object({ workers: z.array(z.object({ count: z.number(), ready: z.number() })) })
    .nullable(),
});

/**
 * Waits until every worker of the pool is ready again, so that no measurement shares the machine with
 * workers that boot.
 * @throws Error when it is not full within a minute
 */
export async function waitForPool(
  { access, applicationId }: Target,
  signal: AbortSignal,
): Promise<void> {
  for (let look = 0; look < 600; look += 1) {
    const path = `/firesteel/v1/applications/${applicationId}/capacity`;
    const { pool } = capacityAnswer.parse(await signedGet(access, path));
    if (pool?.workers.every(({ count, ready }) => ready >= count)) return;
    await pause(100, undefined, { signal });
  }
  throw new Error(`The pool of ${applicationId} did not fill within a minute.`);
}

/** Lets the pre-initialised workers go. */
export async function releasePool({ emr, applicationId }: Target): Promise<void> {
  await emr.send(new StopApplicationCommand({ applicationId }));
}
