import * as sdk from '@aws-sdk/client-emr-serverless';
import { verifyServiceToken } from '@firesteel/http/service-token';
import type { Answer } from '../test/fake-services.ts';
import {
  accountId,
  allowed,
  type GatewayUnderTest,
  names,
  principal,
  signedFor,
  startGateway,
} from '../test/gateway-under-test.ts';
import { operations } from './operations.ts';

const applicationId = '00f1cbsc6anuij25';
const jobRunId = '00f1cbsc6anuij26';
const executionRoleArn = `arn:aws:iam::${accountId}:role/job`;
const application = {
  applicationId,
  arn: 'arn',
  releaseLabel: 'emr-7.13.0',
  type: 'Spark',
  state: 'STARTED',
  architecture: 'X86_64',
  createdAt: 1,
  updatedAt: 1,
};

let gateway: GatewayUnderTest;
let emr: sdk.EMRServerlessClient;
const behind = ['registry', 'scheduler', 'billing'] as const;

beforeAll(async () => {
  gateway = await startGateway((name, { url }): Answer => {
    if (name === 'authorizer') return { body: allowed };
    if (name === 'registry')
      return { body: { version: 7, application, applications: [], applicationId, arn: 'arn' } };
    return {
      body: url.endsWith('/jobruns')
        ? { applicationId, jobRunId, arn: 'arn' }
        : {
            jobRun: { jobRunId, applicationId, state: 'SUCCESS' },
            applicationId,
            jobRunId,
            jobRuns: [],
            jobRunAttempts: [],
          },
    };
  });
  emr = new sdk.EMRServerlessClient({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAROOTROOTROOTROOT', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  emr.destroy();
  await gateway.stop();
});
beforeEach(() => {
  for (const name of names) gateway.services[name].asked.length = 0;
});

const path = `/v1/applications/${applicationId}`;
const read = `registry GET ${path}`;
const run = `${path}/jobruns/${jobRunId}`;
const ids = { applicationId, jobRunId };
const since = new Date('2026-03-01T12:00:00Z');

/** Each built operation as its client sends it: which services hear of it, and what the last call that has a body says. */
const sent: Readonly<Record<string, [() => Promise<object>, string[], object?]>> = {
  CreateApplication: [
    () =>
      emr.send(
        new sdk.CreateApplicationCommand({
          type: 'SPARK',
          releaseLabel: 'emr-7.13.0',
          clientToken: 'token',
          tags: { team: 'a' },
        }),
      ),
    ['registry POST /v1/applications'],
    { type: 'SPARK', releaseLabel: 'emr-7.13.0', clientToken: 'token', tags: { team: 'a' } },
  ],
  GetApplication: [() => emr.send(new sdk.GetApplicationCommand({ applicationId })), [read]],
  ListApplications: [
    () =>
      emr.send(
        new sdk.ListApplicationsCommand({
          states: ['STARTED', 'STOPPED'],
          maxResults: 2,
          nextToken: 'a=',
        }),
      ),
    ['registry GET /v1/applications?states=STARTED&states=STOPPED&maxResults=2&nextToken=a%3D'],
  ],
  UpdateApplication: [
    () =>
      emr.send(
        new sdk.UpdateApplicationCommand({
          applicationId,
          clientToken: 'token',
          schedulerConfiguration: { maxConcurrentRuns: 3 },
        }),
      ),
    [`registry PATCH ${path}`],
    { clientToken: 'token', schedulerConfiguration: { maxConcurrentRuns: 3 } },
  ],
  DeleteApplication: [
    () => emr.send(new sdk.DeleteApplicationCommand({ applicationId })),
    [`registry DELETE ${path}`],
  ],
  StartApplication: [
    () => emr.send(new sdk.StartApplicationCommand({ applicationId })),
    [read, `registry POST ${path}/start`, `scheduler POST ${path}/gate/open`],
    { autoStopIdleMinutes: 15 },
  ],
  StopApplication: [
    () => emr.send(new sdk.StopApplicationCommand({ applicationId })),
    [read, `registry POST ${path}/stop`, `scheduler POST ${path}/gate/close`],
    { applicationVersion: 7 },
  ],
  StartJobRun: [
    () =>
      emr.send(
        new sdk.StartJobRunCommand({
          applicationId,
          executionRoleArn,
          clientToken: 'token',
          jobDriver: { sparkSubmit: { entryPoint: 's3://bucket/job.py' } },
        }),
      ),
    [read, `scheduler POST ${path}/jobruns`],
    { clientToken: 'token', application: { applicationId, version: 7 } },
  ],
  GetJobRun: [
    () => emr.send(new sdk.GetJobRunCommand(ids)),
    [`scheduler GET ${run}`, `billing GET /v1/usage/job-runs/${jobRunId}`],
  ],
  ListJobRuns: [
    () =>
      emr.send(
        new sdk.ListJobRunsCommand({
          applicationId,
          states: ['RUNNING'],
          mode: 'BATCH',
          createdAtAfter: since,
          maxResults: 50,
        }),
      ),
    [
      read,
      `scheduler GET ${path}/jobruns?states=RUNNING&mode=BATCH&createdAtAfter=2026-03-01T12%3A00%3A00.000Z&maxResults=50`,
    ],
  ],
  ListJobRunAttempts: [
    () => emr.send(new sdk.ListJobRunAttemptsCommand({ ...ids, maxResults: 2, nextToken: 'a=' })),
    [`scheduler GET ${run}/attempts?maxResults=2&nextToken=a%3D`],
  ],
  CancelJobRun: [
    () => emr.send(new sdk.CancelJobRunCommand({ ...ids, shutdownGracePeriodInSeconds: 15 })),
    [`scheduler DELETE ${run}`],
    { graceSeconds: 15 },
  ],
};

it('knows a call of every operation that is built', () => {
  expect(Object.keys(sent).sort()).toEqual(Object.keys(operations).sort());
});

describe.each(Object.entries(sent))('%s', (name, [call, expected, body]) => {
  it('reaches its services on the caller’s behalf, and only after it was allowed', async () => {
    const answer = await call();
    expect(answer).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    const [question, ...more] = gateway.services.authorizer.asked;
    expect([JSON.parse(question?.body ?? '{}').action, more]).toEqual([
      `emr-serverless:${name}`,
      [],
    ]);
    const asked = behind.flatMap((service) =>
      gateway.services[service].asked.map((one) => ({ service, ...one })),
    );
    expect(asked.map(({ service, method, url }) => `${service} ${method} ${url}`)).toEqual(
      expected,
    );
    for (const { headers } of asked) {
      expect(verifyServiceToken(Buffer.alloc(32), headers.authorization)).toBe('gateway');
      expect(headers).toMatchObject({
        'x-firesteel-account': accountId,
        'x-firesteel-principal': principal,
      });
    }
    if (body === undefined) return;
    expect(JSON.parse(asked.findLast(({ body: text }) => text !== '')?.body ?? '{}')).toMatchObject(
      body,
    );
  });
});

it('sees the passed role in every body that the API reads, a byte order mark before it or not', async () => {
  const body = JSON.stringify({
    clientToken: 'token',
    executionRoleArn: 'arn:aws:iam::999999999999:role/other',
    jobDriver: { sparkSubmit: { entryPoint: 's3://bucket/job.py' } },
  });
  const url = `/applications/${applicationId}/jobruns`;
  const { status } = await gateway.raw('POST', url, signedFor('emr-serverless'), `\u{feff}${body}`);
  const [question] = gateway.services.authorizer.asked;
  expect([status, JSON.parse(question?.body ?? '{}').passRole]).toEqual([
    200,
    { roleArn: 'arn:aws:iam::999999999999:role/other' },
  ]);
});

it.each([
  ['a word', 'job'],
  ['a user', `arn:aws:iam::${accountId}:user/somebody`],
  ['an account that is none', 'arn:aws:iam::1234:role/job-job'],
])('calls %s no role of another account, but malformed', async (_name, arn) => {
  const command = new sdk.StartJobRunCommand({
    applicationId,
    executionRoleArn: arn,
    clientToken: 'token',
  });
  await expect(emr.send(command)).rejects.toMatchObject({ name: 'ValidationException' });
  expect(JSON.parse(gateway.services.authorizer.asked[0]?.body ?? '{}')).not.toHaveProperty(
    'passRole',
  );
});
