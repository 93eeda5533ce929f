/** A whole installation of its own for the end-to-end tests: own folder, own port, real everything. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import {
  CreateApplicationCommand,
  EMRServerlessClient,
  GetJobRunCommand,
  type JobRun,
  StartJobRunCommand,
} from '@aws-sdk/client-emr-serverless';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { openDatabase } from '@firesteel/event-store/database';
import type { InstallationStatus } from '../supervisor/installation-status.ts';
import { adminUrl } from '../supervisor/postgres.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
export const bucket = 'end-to-end';

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

export type Command = { readonly status: number | null; readonly output: string };

export type Installation = {
  readonly home: string;
  readonly endpoint: string;
  readonly access: {
    readonly endpointUrl: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly emr: EMRServerlessClient;
  readonly s3: S3Client;
  readonly applicationId: string;
  readonly roleArn: string;
  /** Runs the command line against this installation. */
  readonly firesteel: (...words: string[]) => Command;
  /** The process id of a supervised process. */
  readonly pidOf: (name: string) => number;
  readonly stop: () => void;
};

/** Starts everything, makes a bucket, a role and an application. `settings` are environment variables of `up`. */
export async function startInstallation(
  settings: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const home = mkdtempSync(join(tmpdir(), 'firesteel-e2e-'));
  const port = await freePort();
  const env = {
    ...process.env,
    ...settings,
    FIRESTEEL_HOME: home,
    FIRESTEEL_PORT: String(port),
  };
  const firesteel = (...words: string[]): Command => {
    const done = spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, ...words],
      { env, encoding: 'utf8' },
    );
    return { status: done.status, output: `${done.stdout}${done.stderr}` };
  };
  const up = firesteel('up');
  if (up.status !== 0) throw new Error(`up failed: ${up.output}`);
  const endpoint = `http://127.0.0.1:${port}`;
  const key = JSON.parse(readFileSync(join(home, 'secrets', 'root-access-key.json'), 'utf8'));
  const client = { endpoint, region: 'us-east-1', credentials: key, maxAttempts: 10 };
  const emr = new EMRServerlessClient(client);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'emr-serverless.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    ],
  };
  const iam = new IAMClient(client);
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'job', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const work = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:ListBucket', 's3:GetBucketLocation'],
        Resource: `arn:aws:s3:::${bucket}`,
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ],
  };
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'job',
      PolicyName: 'work',
      PolicyDocument: JSON.stringify(work),
    }),
  );
  const { applicationId = '' } = await emr.send(
    new CreateApplicationCommand({ type: 'SPARK', releaseLabel: 'emr-7.13.0', name: 'end-to-end' }),
  );
  return {
    home,
    endpoint,
    access: { endpointUrl: endpoint, region: 'us-east-1', ...key },
    emr,
    s3,
    applicationId,
    roleArn: Role?.Arn ?? '',
    firesteel,
    pidOf: (name) => {
      const status = JSON.parse(firesteel('status', '--json').output) as InstallationStatus;
      const pid = status.processes.find((candidate) => candidate.name === name)?.pid;
      // Zero would be the test's own process group.
      if (!pid) throw new Error(`${name} has no process at this moment`);
      return pid;
    },
    stop: () => {
      firesteel('down');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Small workers, a driver and two executors, so that two cores can bear them. */
export const small = [
  'spark.driver.cores=1',
  'spark.driver.memory=1g',
  'spark.executor.cores=1',
  'spark.executor.memory=1g',
  'spark.dynamicAllocation.enabled=false',
  'spark.executor.instances=2',
];

/** One executor, where a second would show nothing more. */
export const single = ['spark.executor.instances=1'];

export type Job = {
  readonly script: string;
  readonly conf?: readonly string[];
  readonly args?: readonly string[];
  /** Another application than the installation's own. */
  readonly applicationId?: string;
  /** Another role than the installation's own. */
  readonly executionRoleArn?: string;
  /** A session policy: the run may do what this and its role allow. */
  readonly executionIamPolicy?: string;
  /** Who submits it; the root user when nobody is named. */
  readonly by?: EMRServerlessClient;
};

let scripts = 0;

/** Puts a Python script on S3 and submits it. */
export async function submit(installation: Installation, job: Job): Promise<string> {
  const { emr, s3, roleArn } = installation;
  const applicationId = job.applicationId ?? installation.applicationId;
  scripts += 1;
  const name = `jobs/${scripts}.py`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: job.script }));
  const conf = [...small, ...(job.conf ?? [])].map((setting) => `--conf ${setting}`).join(' ');
  const policy = job.executionIamPolicy;
  const { jobRunId = '' } = await (job.by ?? emr).send(
    new StartJobRunCommand({
      applicationId,
      executionRoleArn: job.executionRoleArn ?? roleArn,
      ...(policy === undefined ? {} : { executionIamPolicy: { policy } }),
      jobDriver: {
        sparkSubmit: {
          entryPoint: `s3://${bucket}/${name}`,
          entryPointArguments: [...(job.args ?? [])],
          sparkSubmitParameters: conf,
        },
      },
      configurationOverrides: {
        monitoringConfiguration: { s3MonitoringConfiguration: { logUri: `s3://${bucket}/logs/` } },
      },
    }),
  );
  return jobRunId;
}

const patienceMs = 240_000;

/** Polls until `until` is content; rejects when the patience ends. */
export async function eventually<Value>(
  what: string,
  ask: () => Promise<Value | undefined> | Value | undefined,
): Promise<Value> {
  const endMs = performance.now() + patienceMs;
  while (performance.now() < endMs) {
    const value = await ask();
    if (value !== undefined) return value;
    await pause(200);
  }
  throw new Error(`${what} did not happen within ${patienceMs} ms`);
}

/** The run as GetJobRun answers it; undefined while the endpoint is away. */
export const getRun = async (
  { emr, applicationId: own }: Installation,
  jobRunId: string,
  applicationId = own,
): Promise<JobRun | undefined> =>
  (await emr.send(new GetJobRunCommand({ applicationId, jobRunId })).catch(() => undefined))
    ?.jobRun;

/** Waits for one of the states. */
export const waitFor = (
  installation: Installation,
  jobRunId: string,
  ...states: string[]
): Promise<JobRun> =>
  eventually(`${jobRunId} in ${states}`, async () => {
    const run = await getRun(installation, jobRunId);
    return run && states.includes(String(run.state)) ? run : undefined;
  });

export const final = ['SUCCESS', 'FAILED', 'CANCELLED'] as const;

/** A log file of the run, unpacked, once it holds `text`. */
export const logWith = (
  { s3, applicationId: own }: Installation,
  jobRunId: string,
  file: string,
  text: string,
  applicationId = own,
): Promise<string> =>
  eventually(`${file} with ${text}`, async () => {
    const Key = `logs/applications/${applicationId}/jobs/${jobRunId}/${file}`;
    const answer = await s3
      .send(new GetObjectCommand({ Bucket: bucket, Key }))
      .catch(() => undefined);
    if (!answer?.Body) return undefined;
    const log = gunzipSync(await answer.Body.transformToByteArray()).toString('utf8');
    return log.includes(text) ? log : undefined;
  });

/** Process ids of the Java processes of workers whose id begins so, in whatever zone. */
export function workersNamed({ home }: Installation, prefix: string): number[] {
  const found = spawnSync('pgrep', ['-f', 'io.firesteel.worker.WorkerMain'], { encoding: 'utf8' });
  const isNamed = (entry: string): boolean =>
    entry.startsWith(`FIRESTEEL_WORKER_DIR=${home}/`) && entry.includes(`/workers/${prefix}`);
  return found.stdout
    .split('\n')
    .filter((pid) => pid !== '')
    .map(Number)
    .filter((pid) => environmentOf(pid).some(isNamed))
    .filter((pid) => nameOf(pid) === 'java');
}

/** Those of a run that was started cold; `worker` is 0 for the driver. */
export const workerPids = (installation: Installation, jobRunId: string, worker = ''): number[] =>
  workersNamed(installation, `${jobRunId}-${worker}`);

const nameOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
};

const environmentOf = (pid: number): string[] => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
};

/** Runs one SQL statement as the database's administrator. */
export async function sql({ home }: Installation, statement: string): Promise<unknown> {
  const ports = JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8'));
  const password = readFileSync(join(home, 'secrets', 'database-admin.password'), 'utf8').trim();
  const url = adminUrl(ports.postgres, password);
  const orm = await openDatabase({ url, entities: [], migrations: [] });
  try {
    return await orm.em.execute(statement);
  } finally {
    await orm.close();
  }
}
