// Users, roles, tags and accounts through the public door, with AWS' own clients.
import * as emrServerless from '@aws-sdk/client-emr-serverless';
import {
  CreateApplicationCommand,
  EMRServerlessClient,
  GetApplicationCommand,
  ListApplicationsCommand,
  StopApplicationCommand,
} from '@aws-sdk/client-emr-serverless';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  bucket,
  eventually,
  final,
  type Installation,
  logWith,
  single,
  startInstallation,
  submit,
  waitFor,
} from './installation.ts';
import { failing, looksAround } from './scripts.ts';

const minutes = (count: number): number => count * 60_000;

let installation: Installation;
let iam: IAMClient;
beforeAll(async () => {
  installation = await startInstallation();
  iam = new IAMClient(settingsOf(installation.access));
}, minutes(4));
afterAll(() => installation?.stop(), minutes(1));

type Key = { readonly accessKeyId: string; readonly secretAccessKey: string };

/** One attempt: what is refused is to be seen as it is. */
const settingsOf = (credentials: Key) => ({
  endpoint: installation.endpoint,
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
});

const accountId = (): string => installation.roleArn.split(':')[4] ?? '';
const applicationArn = (id: string): string =>
  `arn:aws:emr-serverless:us-east-1:${accountId()}:/applications/${id}`;

const policyOf = (...Statement: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string, Resource: string, more: object = {}) => ({
  Effect: 'Allow',
  Action: `emr-serverless:${Action}`,
  Resource,
  ...more,
});
const passRole = () => ({
  Effect: 'Allow',
  Action: 'iam:PassRole',
  Resource: installation.roleArn,
  Condition: { StringEquals: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' } },
});

type User = {
  readonly name: string;
  readonly arn: string;
  readonly key: Key;
  readonly emr: EMRServerlessClient;
};

/** A user with one key and one inline policy, both of the user's name. */
async function makeUser(name: string, ...statements: object[]): Promise<User> {
  const { User } = await iam.send(new CreateUserCommand({ UserName: name }));
  const PolicyDocument = policyOf(...statements);
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: name, PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  const key = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  return { name, arn: User?.Arn ?? '', key, emr: new EMRServerlessClient(settingsOf(key)) };
}

async function makeApplication(
  name: string,
  tags: Record<string, string> = {},
  emr = installation.emr,
): Promise<string> {
  const wish = { type: 'SPARK', releaseLabel: 'emr-7.13.0', name, tags };
  const { applicationId = '' } = await emr.send(new CreateApplicationCommand(wish));
  return applicationId;
}

const denial = (user: User, action: string, resource: string): string =>
  `User: ${user.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;

const put = (Key: string) =>
  installation.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'a line\n' }));

it(
  'lets a user start runs on one application with one role; what the run may do is narrowed by its session policy',
  async () => {
    const { applicationId, roleArn } = installation;
    const other = await makeApplication('other');
    const only = allow('StartJobRun', applicationArn(applicationId));
    const submitter = await makeUser('submitter', only, passRole());
    await put('open/a.txt');
    await put('closed/a.txt');
    const s3 = (Action: string | string[], ...names: string[]) => ({
      Effect: 'Allow',
      Action,
      Resource: names.map((name) => `arn:aws:s3:::${bucket}${name}`),
    });
    const jobRunId = await submit(installation, {
      by: submitter.emr,
      script: looksAround,
      conf: single,
      args: [`s3://${bucket}/open/`, `s3://${bucket}/closed/`],
      executionIamPolicy: policyOf(
        { ...s3('s3:ListBucket', ''), Condition: { StringLike: { 's3:prefix': 'open/*' } } },
        s3('s3:GetObject', '/jobs/*', '/open', '/open/*'),
        s3('s3:PutObject', '/logs/*'),
      ),
    });

    await expect(
      submit(installation, { by: submitter.emr, script: failing, applicationId: other }),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: denial(submitter, 'emr-serverless:StartJobRun', applicationArn(other)),
    });
    const unpassing = await makeUser('unpassing', only);
    await expect(
      submit(installation, { by: unpassing.emr, script: failing }),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: denial(unpassing, 'iam:PassRole', roleArn),
    });

    const run = await waitFor(installation, jobRunId, ...final);
    expect([run.state, run.stateDetails, run.createdBy]).toEqual(['SUCCESS', '', submitter.arn]);
    const seen = await logWith(installation, jobRunId, 'SPARK_DRIVER/stdout.gz', 'closed');
    expect(seen.split('\n')).toEqual(
      expect.arrayContaining([
        `SEEN s3://${bucket}/open/ 1`,
        `REFUSED s3://${bucket}/closed/ True`,
      ]),
    );
  },
  minutes(6),
);

it.each([
  ['does not trust the service', true],
  ['is not there', false],
])(
  'ends a run FAILED in AWS’ words whose role %s',
  async (_what, made) => {
    const name = made ? 'mistrusting' : 'absent';
    const trust = policyOf({
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    });
    if (made)
      await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
    const executionRoleArn = `arn:aws:iam::${accountId()}:role/${name}`;
    const jobRunId = await submit(installation, { script: failing, executionRoleArn });
    const run = await waitFor(installation, jobRunId, ...final);
    expect([run.state, run.stateDetails]).toEqual([
      'FAILED',
      `Could not assume execution role ${name} because it does not exist or is not set up with the required trust relationship.`,
    ]);
  },
  minutes(2),
);

it('goes by tags of the request and of the resource', async () => {
  const blue = await makeApplication('blue', { team: 'blue' });
  const red = await makeApplication('red', { team: 'red' });
  const team = (key: string) => ({ Condition: { StringEquals: { [`aws:${key}/team`]: 'blue' } } });
  const { emr } = await makeUser(
    'painter',
    allow('GetApplication', '*', team('ResourceTag')),
    allow('CreateApplication', '*', team('RequestTag')),
  );
  const get = (applicationId: string) => emr.send(new GetApplicationCommand({ applicationId }));
  expect((await get(blue)).application?.tags).toEqual({ team: 'blue' });
  const refused = { name: 'AccessDeniedException' };
  await expect(get(red)).rejects.toMatchObject(refused);
  await expect(makeApplication('mine', { team: 'red' }, emr)).rejects.toMatchObject(refused);
  await expect(makeApplication('mine', {}, emr)).rejects.toMatchObject(refused);
  expect(await makeApplication('mine', { team: 'blue' }, emr)).toMatch(/^00/);
});

it('takes the next call for the first under a changed policy or without its key', async () => {
  const { applicationId } = installation;
  const { name, key, emr } = await makeUser('passer-by', allow('GetApplication', '*'));
  const get = () => emr.send(new GetApplicationCommand({ applicationId }));
  expect((await get()).application?.applicationId).toBe(applicationId);
  await iam.send(new DeleteUserPolicyCommand({ UserName: name, PolicyName: name }));
  await expect(get()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const AccessKeyId = key.accessKeyId;
  await iam.send(new DeleteAccessKeyCommand({ UserName: name, AccessKeyId }));
  await expect(get()).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
});

it('shows a denial with the statement that decided', async () => {
  const { applicationId, firesteel } = installation;
  const { emr, arn } = await makeUser('starter', allow('*', '*'), {
    Sid: 'NeverStop',
    Effect: 'Deny',
    Action: 'emr-serverless:StopApplication',
    Resource: '*',
  });
  await expect(emr.send(new StopApplicationCommand({ applicationId }))).rejects.toThrow(
    'with an explicit deny in an identity-based policy',
  );
  const words = ['audit', '--principal', arn, '--since', '10m'];
  const shown = firesteel(...words, '--action', 'emr-serverless:*', '--denied', '--json');
  expect(shown.status).toBe(0);
  expect(
    shown.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    expect.objectContaining({
      principal: arn,
      action: 'emr-serverless:StopApplication',
      resource: applicationArn(applicationId),
      allowed: false,
      decidedBy: 'Deny of NeverStop in starter',
    }),
  ]);
  expect(firesteel(...words).output).toContain('Deny of NeverStop in starter');
});

describe('a second account', () => {
  let emr: EMRServerlessClient;
  let s3: S3Client;
  let own: { readonly accountId: string; readonly applicationId: string };
  /** A run of the first account. */
  let jobRunId: string;
  beforeAll(async () => {
    const made = installation.firesteel('account', 'create', '--name', 'second', '--json');
    const account = JSON.parse(made.output);
    emr = new EMRServerlessClient(settingsOf(account));
    s3 = new S3Client({ ...settingsOf(account), forcePathStyle: true });
    const applicationId = await makeApplication('second', {}, emr);
    own = { accountId: account.accountId, applicationId };
    const executionRoleArn = `arn:aws:iam::${accountId()}:role/absent`;
    jobRunId = await submit(installation, { script: failing, executionRoleArn });
  }, minutes(1));

  const absent = { applicationId: '00nosuchapplica1', jobRunId: '00nosuchjobrun12' };

  /** Status and words of an answer, ids left out. */
  const answerOf = async (operation: string, input: object): Promise<object> => {
    const Command = Reflect.get(emrServerless, `${operation}Command`) as new (
      input: object,
    ) => unknown;
    const send = emr.send.bind(emr) as (command: unknown) => Promise<object>;
    const outcome = await send(new Command(input)).catch((error: unknown) => error);
    const { name, message, $metadata } = outcome as {
      readonly name?: string;
      readonly message?: string;
      readonly $metadata: { readonly httpStatusCode?: number };
    };
    const ids = new RegExp(
      [installation.applicationId, jobRunId, ...Object.values(absent)].join('|'),
      'g',
    );
    return { status: $metadata.httpStatusCode, name, message: message?.replace(ids, '<id>') };
  };

  const more: Readonly<Record<string, () => object>> = {
    StartJobRun: () => ({
      executionRoleArn: `arn:aws:iam::${own.accountId}:role/job`,
      jobDriver: { sparkSubmit: { entryPoint: `s3://${bucket}/jobs/1.py` } },
    }),
    StartSession: () => ({ executionRoleArn: `arn:aws:iam::${own.accountId}:role/job` }),
    GetSession: () => ({ sessionId: absent.jobRunId }),
    GetSessionEndpoint: () => ({ sessionId: absent.jobRunId }),
    TerminateSession: () => ({ sessionId: absent.jobRunId }),
    GetResourceDashboard: () => ({ resourceType: 'SESSION', resourceId: absent.jobRunId }),
    TagResource: () => ({ tags: { a: 'b' } }),
    UntagResource: () => ({ tagKeys: ['a'] }),
  };

  const operations = Object.keys(emrServerless)
    .filter((name) => /^[A-Z][A-Za-z]+Command$/.test(name))
    .map((name) => name.slice(0, -'Command'.length))
    .filter((name) => name !== 'CreateApplication' && name !== 'ListApplications');

  it.each(operations)('is told of %s what it is told of ids that are none', async (operation) => {
    const arn = (account: string, ids: { applicationId: string }): string =>
      `arn:aws:emr-serverless:us-east-1:${account}:/applications/${ids.applicationId}`;
    const foreign = { applicationId: installation.applicationId, jobRunId };
    const ask = (ids: typeof absent, resourceArn: string) =>
      answerOf(operation, { ...ids, resourceArn, ...more[operation]?.() });
    const onAbsent = await ask(absent, arn(own.accountId, absent));
    expect(onAbsent).toMatchObject({ status: expect.any(Number), name: expect.any(String) });
    expect(await ask(foreign, arn(own.accountId, foreign))).toEqual(onAbsent);
    // The same with the owner's account spelled out, and for a foreign run under an application of one's own.
    expect(await ask(foreign, arn(accountId(), foreign))).toEqual(
      await ask(absent, arn(accountId(), absent)),
    );
    if (['GetJobRun', 'CancelJobRun', 'ListJobRunAttempts'].includes(operation)) {
      const { applicationId } = own;
      const mine = arn(own.accountId, own);
      expect(await ask({ applicationId, jobRunId }, mine)).toEqual(
        await ask({ ...absent, applicationId }, mine),
      );
    }
  });

  it('sees its own applications and buckets only', async () => {
    const { applications } = await emr.send(new ListApplicationsCommand({}));
    expect(applications?.map(({ id }) => id)).toEqual([own.applicationId]);
    expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
    const refused = { name: 'NoSuchBucket' };
    await expect(
      s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'open/a.txt' })),
    ).rejects.toMatchObject(refused);
    await expect(s3.send(new ListObjectsV2Command({ Bucket: bucket }))).rejects.toMatchObject(
      refused,
    );
    await expect(
      s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'open/b.txt', Body: 'x' })),
    ).rejects.toMatchObject(refused);
    const shown = installation.firesteel(
      ...['audit', '--account', own.accountId, '--action', 's3:PutObject', '--denied', '--json'],
    );
    expect(JSON.parse(shown.output.trim().split('\n')[0] ?? '')).toMatchObject({
      resource: `arn:aws:s3:::${bucket}/open/b.txt`,
      decidedBy: `the account has no bucket ${bucket}`,
    });
  });
});

it(
  'answers 503 without its authorizer, and is itself again when that is back',
  async () => {
    const key = { ...installation.access };
    const emr = new EMRServerlessClient(settingsOf(key));
    const statusOf = (): Promise<number | undefined> =>
      emr.send(new ListApplicationsCommand({})).then(
        ({ $metadata }) => $metadata.httpStatusCode,
        (error) => error.$metadata?.httpStatusCode,
      );
    expect(await statusOf()).toBe(200);
    process.kill(installation.pidOf('iam-authorizer'), 'SIGKILL');
    expect(await statusOf()).toBe(503);
    const statuses = new Set<number | undefined>();
    await eventually('the authorizer’s return', async () => {
      const status = await statusOf();
      statuses.add(status);
      return status === 200 ? true : undefined;
    });
    expect([...statuses].sort()).toEqual(statuses.size === 1 ? [200] : [200, 503]);
  },
  minutes(2),
);
