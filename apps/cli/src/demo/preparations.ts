/** What a job needs before it can be submitted: bucket, role, application. Each is made once and then reused. */
import {
  CreateApplicationCommand,
  type EMRServerlessClient,
  GetApplicationCommand,
  ListApplicationsCommand,
  StartApplicationCommand,
} from '@aws-sdk/client-emr-serverless';
import {
  CreateRoleCommand,
  GetRoleCommand,
  type IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { pause } from '../supervisor/pause.ts';

export const bucket = 'firesteel-demo';
const roleName = 'firesteel-demo-job-role';
const applicationName = 'demo';
export const releaseLabel = 'emr-7.13.0';

const isNamed = (error: unknown, ...names: string[]): boolean =>
  error instanceof Error && names.includes(error.name);

/** Makes the bucket when there is none. */
export async function ensureBucket(s3: S3Client): Promise<void> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!isNamed(error, 'NotFound', 'NoSuchBucket')) throw error;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  }
}

const trustPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'emr-serverless.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  ],
};

const objects = (...prefixes: string[]): string[] =>
  prefixes.map((prefix) => `arn:aws:s3:::${bucket}/${prefix}`);

/**
 * No more than the jobs need: the tables and the code to read, results and logs to write. S3A looks at a
 * folder under its name with a slash and without, lists it, and removes what marks it as empty.
 */
export const jobPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'FindTheBucket',
      Effect: 'Allow',
      Action: 's3:GetBucketLocation',
      Resource: `arn:aws:s3:::${bucket}`,
    },
    {
      Sid: 'ListItsFolders',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: { StringLike: { 's3:prefix': ['jobs/*', 'tpch/*', 'results', 'results/*'] } },
    },
    {
      Sid: 'ReadCodeAndTables',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: objects('jobs/*', 'tpch/*'),
    },
    {
      Sid: 'WriteResults',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
      Resource: objects('results', 'results/*'),
    },
    { Sid: 'WriteLogs', Effect: 'Allow', Action: 's3:PutObject', Resource: objects('logs/*') },
  ],
};

async function findOrCreateRole(iam: IAMClient): Promise<string> {
  try {
    const found = await iam.send(new GetRoleCommand({ RoleName: roleName }));
    return found.Role?.Arn ?? '';
  } catch (error) {
    if (!isNamed(error, 'NoSuchEntityException', 'NoSuchEntity')) throw error;
    const made = await iam.send(
      new CreateRoleCommand({
        RoleName: roleName,
        AssumeRolePolicyDocument: JSON.stringify(trustPolicy),
        Description: 'What the demo jobs may do',
      }),
    );
    return made.Role?.Arn ?? '';
  }
}

/** @returns the ARN of the role that the jobs run as */
export async function ensureRole(iam: IAMClient): Promise<string> {
  const arn = await findOrCreateRole(iam);
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: roleName,
      PolicyName: 'firesteel-demo-job',
      PolicyDocument: JSON.stringify(jobPolicy),
    }),
  );
  return arn;
}

async function findApplication(emr: EMRServerlessClient): Promise<string | undefined> {
  const { applications = [] } = await emr.send(
    new ListApplicationsCommand({
      states: ['CREATING', 'CREATED', 'STARTING', 'STARTED', 'STOPPING', 'STOPPED'],
    }),
  );
  return applications.find(
    (each) => each.name === applicationName && each.releaseLabel === releaseLabel,
  )?.id;
}

async function createApplication(emr: EMRServerlessClient): Promise<string> {
  const made = await emr.send(
    new CreateApplicationCommand({ name: applicationName, releaseLabel, type: 'SPARK' }),
  );
  return made.applicationId ?? '';
}

const stateOf = async (emr: EMRServerlessClient, applicationId: string): Promise<string> => {
  const { application } = await emr.send(new GetApplicationCommand({ applicationId }));
  return application?.state ?? '';
};

/** Waits until the application can be started or has been. */
async function settle(emr: EMRServerlessClient, applicationId: string): Promise<string> {
  let state = await stateOf(emr, applicationId);
  for (let look = 0; look < 240 && /ING$/.test(state); look += 1) {
    await pause(250);
    state = await stateOf(emr, applicationId);
  }
  return state;
}

/** @returns the id of the started application `demo` */
export async function ensureApplication(
  emr: EMRServerlessClient,
): Promise<{ applicationId: string; isNew: boolean }> {
  const found = await findApplication(emr);
  const applicationId = found ?? (await createApplication(emr));
  if ((await settle(emr, applicationId)) !== 'STARTED') {
    await emr.send(new StartApplicationCommand({ applicationId }));
    const state = await settle(emr, applicationId);
    if (state !== 'STARTED')
      throw new Error(`The application ${applicationId} is ${state}, not STARTED.`);
  }
  return { applicationId, isNew: found === undefined };
}
