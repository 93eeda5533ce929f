import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import * as sdk from '@aws-sdk/client-emr-serverless';
import * as errors from '../aws-error.ts';
import { loadModel, operationOf } from '../service-model.ts';
import { parseAuthorization } from '../sigv4/signed-request.ts';
import { hexSha256 } from '../sigv4/test/signing.ts';
import { verify } from '../sigv4/verify.ts';
import { validate } from '../validation.ts';
import { type Input, parseRequest } from './request.ts';
import { serializeError, serializeResponse, type WireResponse } from './response.ts';
import { createRouter } from './router.ts';

const model = loadModel('emr-serverless');
const route = createRouter(model);

type Handler = (operation: string, input: Input) => object;
let handler: Handler;
let server: Server;
let client: sdk.EMRServerlessClient;

const headersOf = ({ rawHeaders }: IncomingMessage): [string, string][] =>
  Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    (rawHeaders[2 * index] as string).toLowerCase(),
    rawHeaders[2 * index + 1] as string,
  ]);

function authenticate(request: IncomingMessage, rawPath: string, rawQuery: string, body: Buffer) {
  const { method = '' } = request;
  const parsed = parseAuthorization({ method, rawPath, rawQuery, headers: headersOf(request) });
  const expected = { services: ['emr-serverless'], regions: ['eu-west-1'] };
  const result = parsed.ok
    ? verify({
        request: parsed.request,
        secretAccessKey: 'secret',
        now: new Date(),
        expected,
        bodySha256: hexSha256(body),
      })
    : parsed;
  if (!result.ok) throw new errors.AwsError(result.code, result.status, result.message);
}

function answer(request: IncomingMessage, body: Buffer): WireResponse {
  const { method = '', url = '' } = request;
  const [rawPath = '', rawQuery = ''] = url.split('?');
  authenticate(request, rawPath, rawQuery, body);
  const match = route(method, rawPath);
  if (match === undefined) throw errors.unknownOperation(method, rawPath);
  const { operation, labels } = match;
  const input = parseRequest(model, operation, { labels, rawQuery, body });
  validate(model, operationOf(model, operation).input?.shape ?? '', input);
  return serializeResponse(model, operation, handler(operation, input), { strict: true });
}

const clientWith = (secretAccessKey: string): sdk.EMRServerlessClient =>
  new sdk.EMRServerlessClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey },
    maxAttempts: 1,
  });

beforeAll(async () => {
  server = createServer((request, response) => {
    buffer(request)
      .then((body) => answer(request, body))
      .catch((thrown: unknown) => serializeError(errors.asAwsError(thrown)))
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
      .catch((thrown: unknown) => response.destroy(thrown as Error));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client = clientWith('secret');
});

afterAll(async () => {
  client.destroy();
  await new Promise((closed) => server.close(closed));
});

const APPLICATION = '00f1cbsc6anuij25';
const ARN = `arn:aws:emr-serverless:eu-west-1:123456789012:/applications/${APPLICATION}`;
const ROLE = 'arn:aws:iam::123456789012:role/job';

/** Sends a command, and gives what the server's handler was called with. */
async function seen(send: () => Promise<unknown>, output: object): Promise<[string, Input]> {
  const calls: [string, Input][] = [];
  handler = (operation, input) => {
    calls.push([operation, input]);
    return output;
  };
  await send();
  return calls[0] as [string, Input];
}

it('reads a full CreateApplication as the SDK was given it', async () => {
  const input: sdk.CreateApplicationCommandInput = {
    name: 'etl_#1',
    releaseLabel: 'emr-7.13.0',
    type: 'SPARK',
    clientToken: 'token-1',
    architecture: 'ARM64',
    initialCapacity: {
      DRIVER: {
        workerCount: 2,
        workerConfiguration: {
          cpu: '4 vCPU',
          memory: '16 GB',
          disk: '20 GB',
          diskType: 'SHUFFLE_OPTIMIZED',
        },
      },
    },
    maximumCapacity: { cpu: '400 vCPU', memory: '3000 GB', disk: '20000 GB' },
    tags: { team: 'data platform', 'aws:x': '' },
    autoStartConfiguration: { enabled: false },
    autoStopConfiguration: { enabled: true, idleTimeoutMinutes: 15 },
    networkConfiguration: { subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] },
    imageConfiguration: { imageUri: 'registry.local:5000/spark:7' },
    workerTypeSpecifications: { Executor: { imageConfiguration: { imageUri: 'x/y' } } },
    runtimeConfiguration: [
      {
        classification: 'spark-defaults',
        properties: { 'spark.a': 'b' },
        configurations: [{ classification: 'export' }],
      },
    ],
    monitoringConfiguration: {
      s3MonitoringConfiguration: { logUri: 's3://bucket/logs/' },
      cloudWatchLoggingConfiguration: {
        enabled: true,
        logTypes: { SPARK_DRIVER: ['STDOUT', 'stderr'] },
      },
    },
    interactiveConfiguration: { studioEnabled: true, livyEndpointEnabled: true },
    schedulerConfiguration: { queueTimeoutMinutes: 360, maxConcurrentRuns: 15 },
  };
  const output = { applicationId: APPLICATION, arn: ARN, name: 'etl_#1' };
  const call = await seen(() => client.send(new sdk.CreateApplicationCommand(input)), output);
  expect(call).toEqual(['CreateApplication', input]);
});

it('reads a full StartJobRun as the SDK was given it', async () => {
  const input: sdk.StartJobRunCommandInput = {
    applicationId: APPLICATION,
    clientToken: 'token-2',
    executionRoleArn: ROLE,
    executionIamPolicy: {
      policy: '{"Version":"2012-10-17"}',
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    },
    jobDriver: {
      sparkSubmit: {
        entryPoint: 's3://b/ü.py',
        entryPointArguments: ['', '--x', '1\n2'],
        sparkSubmitParameters: '--conf a=b\n --conf c=d',
      },
    },
    configurationOverrides: {
      applicationConfiguration: [{ classification: 'spark-defaults', properties: { k: 'v' } }],
      monitoringConfiguration: { managedPersistenceMonitoringConfiguration: { enabled: false } },
    },
    tags: { a: 'b' },
    executionTimeoutMinutes: 0,
    name: 'nightly run ☾',
    mode: 'BATCH',
    retryPolicy: { maxAttempts: 3 },
  };
  const output = { applicationId: APPLICATION, jobRunId: '00g2', arn: `${ARN}/jobruns/00g2` };
  const call = await seen(() => client.send(new sdk.StartJobRunCommand(input)), output);
  expect(call).toEqual(['StartJobRun', input]);
});

it('fills the client token in where the SDK does, and reads queries and ARNs', async () => {
  const started = { applicationId: APPLICATION, jobRunId: '00g2', arn: `${ARN}/jobruns/00g2` };
  const command = new sdk.StartJobRunCommand({
    applicationId: APPLICATION,
    executionRoleArn: ROLE,
    clientToken: undefined,
  });
  const [, input] = await seen(() => client.send(command), started);
  expect(input['clientToken']).toMatch(/^[0-9a-f-]{36}$/);

  const createdAtAfter = new Date('2024-02-29T12:00:00.250Z');
  const list = new sdk.ListJobRunsCommand({
    applicationId: APPLICATION,
    states: ['RUNNING', 'FAILED'],
    createdAtAfter,
    maxResults: 7,
  });
  expect(await seen(() => client.send(list), { jobRuns: [] })).toEqual([
    'ListJobRuns',
    {
      applicationId: APPLICATION,
      states: ['RUNNING', 'FAILED'],
      createdAtAfter: createdAtAfter.getTime() / 1000,
      maxResults: 7,
    },
  ]);
  const untag = new sdk.UntagResourceCommand({
    resourceArn: `${ARN}/jobruns/00g2`,
    tagKeys: ['a', 'b c+/='],
  });
  expect(await seen(() => client.send(untag), {})).toEqual([
    'UntagResource',
    { resourceArn: `${ARN}/jobruns/00g2`, tagKeys: ['a', 'b c+/='] },
  ]);
  const start = new sdk.StartApplicationCommand({ applicationId: 'Odd id/%2F?' });
  expect(await seen(() => client.send(start), {})).toEqual([
    'StartApplication',
    { applicationId: 'Odd id/%2F?' },
  ]);
  const dashboard = new sdk.GetResourceDashboardCommand({
    applicationId: APPLICATION,
    resourceId: '00s3',
    resourceType: 'SESSION',
  });
  expect((await seen(() => client.send(dashboard), { url: 'http://x' }))[0]).toBe(
    'GetResourceDashboard',
  );
});

it('writes a full GetJobRun that the SDK reads back the same', async () => {
  const at = (milliseconds: number): Date => new Date(1_700_000_000_000 + milliseconds);
  const jobRun: sdk.JobRun = {
    applicationId: APPLICATION,
    jobRunId: '00g2',
    arn: `${ARN}/jobruns/00g2`,
    name: 'nightly',
    createdBy: 'arn:aws:iam::123456789012:user/ann',
    createdAt: at(1),
    updatedAt: at(250),
    startedAt: at(100),
    endedAt: at(999),
    executionRole: ROLE,
    state: 'SUCCESS',
    stateDetails: '',
    releaseLabel: 'emr-7.13.0',
    jobDriver: { hive: { query: 's3://b/q.sql', parameters: '--hiveconf a=b' } },
    configurationOverrides: {
      applicationConfiguration: [{ classification: 'hive-site', properties: { a: 'b' } }],
    },
    tags: { constructor: 'x' },
    totalResourceUtilization: { vCPUHour: 0.123, memoryGBHour: 1.5, storageGBHour: 0 },
    billedResourceUtilization: { vCPUHour: 0.2, memoryGBHour: 2, storageGBHour: 0.001 },
    networkConfiguration: { subnetIds: ['subnet-1'] },
    totalExecutionDurationSeconds: 61,
    executionTimeoutMinutes: 720,
    mode: 'BATCH',
    attempt: 1,
    queuedDurationMilliseconds: 12_345_678_901,
  };
  handler = () => ({
    jobRun: { ...jobRun, createdAt: at(1).getTime() / 1000, retryPolicy: undefined },
  });
  const command = new sdk.GetJobRunCommand({
    applicationId: APPLICATION,
    jobRunId: '00g2',
    attempt: 1,
  });
  expect((await client.send(command)).jobRun).toEqual(jobRun);
});

it.each([
  [
    errors.resourceNotFound(`Application ${APPLICATION} does not exist`),
    sdk.ResourceNotFoundException,
    404,
  ],
  [
    errors.validationException('RunTimeout must be at least 5 minutes.'),
    sdk.ValidationException,
    400,
  ],
  [errors.conflict('used'), sdk.ConflictException, 409],
  [errors.serviceQuotaExceeded('vCPUs'), sdk.ServiceQuotaExceededException, 402],
  [errors.internalServer(), sdk.InternalServerException, 500],
  [errors.notImplemented('GetSession'), sdk.ValidationException, 400],
  [errors.accessDenied('no'), sdk.EMRServerlessServiceException, 403],
  [errors.throttling(), sdk.EMRServerlessServiceException, 429],
  [errors.serviceUnavailable(), sdk.EMRServerlessServiceException, 503],
])('throws %s in the SDK', async (error, type, status) => {
  handler = () => {
    throw error;
  };
  const thrown: unknown = await client
    .send(new sdk.GetApplicationCommand({ applicationId: APPLICATION }))
    .catch((failure: unknown) => failure);
  expect(thrown).toBeInstanceOf(type);
  expect(thrown).toMatchObject({
    name: error.code,
    message: error.message,
    $metadata: { httpStatusCode: status },
  });
});

it('refuses a wrong secret with an error the SDK names', async () => {
  const other = clientWith('other');
  await expect(other.send(new sdk.ListApplicationsCommand({}))).rejects.toMatchObject({
    name: 'InvalidSignatureException',
  });
  other.destroy();
});

it('drops what the model does not know, unless asked to be strict', () => {
  const output = { applicationId: 'a', arn: 'b', secret: 'c', name: undefined };
  expect(serializeResponse(model, 'CreateApplication', output)).toEqual({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"applicationId":"a","arn":"b"}',
  });
  const strictly = (value: object) => () =>
    serializeResponse(model, 'CreateApplication', value, { strict: true });
  expect(strictly(output)).toThrow('CreateApplication.secret is not in the model');
  expect(strictly({ applicationId: 'a' })).toThrow('CreateApplication.arn is missing');
  expect(strictly({ applicationId: 1, arn: 'b' })).toThrow(
    'CreateApplication.applicationId is no string',
  );
});
