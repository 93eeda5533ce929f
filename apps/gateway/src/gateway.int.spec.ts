import * as sdk from '@aws-sdk/client-emr-serverless';
import { loadModel } from '@firesteel/aws-protocol/service-model';
import { operations } from './emr-serverless/operations.ts';
import type { Answer, Asked } from './test/fake-services.ts';
import {
  accountId,
  allowed,
  type GatewayUnderTest,
  names,
  principal,
  type ServiceName,
  signedFor,
  startGateway,
} from './test/gateway-under-test.ts';

const applicationId = '00f1cbsc6anuij25';
const jobRunId = '00f1cbsc6anuij26';
const executionRoleArn = `arn:aws:iam::${accountId}:role/job`;
const refused = (status: number, kind: string, message: string): Answer => ({
  status,
  body: { kind, message },
});

let state = 'STARTED';
const application = () => ({
  version: 7,
  application: {
    applicationId,
    arn: 'arn',
    releaseLabel: 'emr-7.13.0',
    type: 'Spark',
    state,
    architecture: 'X86_64',
    createdAt: 1,
    updatedAt: 1,
    autoStartConfiguration: { enabled: true },
    autoStopConfiguration: { enabled: true, idleTimeoutMinutes: 30 },
    tags: { team: 'a' },
  },
});

const usual: Record<ServiceName, (asked: Asked) => Answer> = {
  authorizer: ({ url, body }) => {
    if (url !== '/v1/authorize') return { body: {} };
    const { request, failure } = JSON.parse(body);
    return { body: request === null ? { ...failure, allowed: false } : allowed };
  },
  registry: ({ url }) => {
    if (url.endsWith('/start')) state = 'STARTED';
    return { body: application() };
  },
  scheduler: ({ method, url }) => {
    if (method === 'POST' && url.endsWith('/jobruns'))
      return { body: { applicationId, jobRunId, arn: 'arn' } };
    if (url.includes('/gate/')) return { body: {} };
    return { body: { jobRun: { jobRunId, applicationId, state: 'SUCCESS' }, visits: [] } };
  },
  billing: () => ({ body: { billedResourceUtilization: { vCPUHour: 0.067 } } }),
  capacity: () => ({ body: { milestones: [] } }),
  objectStore: ({ body }) => ({ body: `stored ${body}`, headers: { etag: '"1"' } }),
};

let answers = { ...usual };
let gateway: GatewayUnderTest;
let services: GatewayUnderTest['services'];
let emr: sdk.EMRServerlessClient;

beforeAll(async () => {
  gateway = await startGateway((name, asked) => answers[name](asked));
  services = gateway.services;
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
  answers = { ...usual };
  state = 'STARTED';
  for (const name of names) services[name].asked.length = 0;
});

const calls = (name: ServiceName): string[] =>
  services[name].asked.map(({ method, url }) => `${method} ${url}`);
const question = () => JSON.parse(services.authorizer.asked[0]?.body ?? '{}');
const run = {
  applicationId,
  executionRoleArn,
  clientToken: 'token-1',
  jobDriver: { sparkSubmit: { entryPoint: 's3://bucket/job.py' } },
};

const raw: GatewayUnderTest['raw'] = (...request) => gateway.raw(...request);

/** The account is the caller's, whom only the authorizer knows. */
const arn = `arn:aws:emr-serverless:us-east-1::/applications/${applicationId}`;
const full = `arn:aws:emr-serverless:us-east-1:${accountId}:/applications/${applicationId}`;
const inSession = { applicationId, sessionId: jobRunId };
/** A call of each operation that this version does not offer. */
const notBuilt: Readonly<Record<string, () => Promise<unknown>>> = {
  GetDashboardForJobRun: () =>
    emr.send(new sdk.GetDashboardForJobRunCommand({ applicationId, jobRunId })),
  GetResourceDashboard: () =>
    emr.send(
      new sdk.GetResourceDashboardCommand({
        applicationId,
        resourceId: jobRunId,
        resourceType: 'SESSION',
      }),
    ),
  GetSession: () => emr.send(new sdk.GetSessionCommand(inSession)),
  GetSessionEndpoint: () => emr.send(new sdk.GetSessionEndpointCommand(inSession)),
  ListSessions: () => emr.send(new sdk.ListSessionsCommand({ applicationId })),
  ListTagsForResource: () => emr.send(new sdk.ListTagsForResourceCommand({ resourceArn: full })),
  StartSession: () =>
    emr.send(
      new sdk.StartSessionCommand({ applicationId, executionRoleArn, clientToken: 'token-1' }),
    ),
  TagResource: () =>
    emr.send(new sdk.TagResourceCommand({ resourceArn: full, tags: { team: 'a' } })),
  TerminateSession: () => emr.send(new sdk.TerminateSessionCommand(inSession)),
  UntagResource: () =>
    emr.send(new sdk.UntagResourceCommand({ resourceArn: full, tagKeys: ['team'] })),
};

describe('EMR Serverless through the gateway', () => {
  it('asks who may with action, resource and passed role, then submits with a fresh reading', async () => {
    const answer = await emr.send(new sdk.StartJobRunCommand(run));
    expect(answer).toMatchObject({ applicationId, jobRunId });
    expect(question()).toMatchObject({
      action: 'emr-serverless:StartJobRun',
      resource: arn,
      passRole: { roleArn: executionRoleArn },
    });
    const [submitted] = services.scheduler.asked;
    expect(JSON.parse(submitted?.body ?? '')).toMatchObject({
      clientToken: 'token-1',
      application: {
        applicationId,
        version: 7,
        state: 'STARTED',
        settings: { autoStopConfiguration: { idleTimeoutMinutes: 30 } },
      },
      executionRoleAssumable: true,
      input: { executionRoleArn },
    });
    expect(submitted?.headers['x-firesteel-principal']).toBe(principal);
  });

  it('reads tags only when a policy looks at them, and asks again with what it read', async () => {
    const questions = () => services.authorizer.asked.map(({ body }) => JSON.parse(body));
    await emr.send(new sdk.GetApplicationCommand({ applicationId }));
    expect(questions()).toMatchObject([{ resource: arn, resourceTags: null }]);
    const needs = { allowed: null, needs: 'resourceTags', accountId, principal };
    answers.authorizer = ({ body }) => ({
      body: JSON.parse(body).resourceTags === null ? needs : allowed,
    });
    answers.scheduler = () => ({ body: { jobRun: { jobRunId, tags: { team: 'b' } } } });
    const ask = async (send: () => Promise<unknown>) => {
      for (const name of names) services[name].asked.length = 0;
      await send();
      return questions().at(-1).resourceTags;
    };
    expect(await ask(() => emr.send(new sdk.GetApplicationCommand({ applicationId })))).toEqual({
      team: 'a',
    });
    expect(services.registry.asked[0]?.headers['x-firesteel-principal']).toBe(principal);
    expect(
      await ask(() => emr.send(new sdk.GetJobRunCommand({ applicationId, jobRunId }))),
    ).toEqual({ team: 'b' });
    expect(questions()).toHaveLength(2);
    answers.registry = () => refused(404, 'NotFound', 'Application does not exist');
    const absent = () =>
      emr.send(new sdk.GetApplicationCommand({ applicationId })).catch(() => undefined);
    expect(await ask(absent)).toEqual({});
  });

  it('says which tags a request gives or takes', async () => {
    const tagged = new sdk.CreateApplicationCommand({
      type: 'SPARK',
      releaseLabel: 'emr-7.13.0',
      tags: { team: 'a', stage: 'test' },
    });
    await emr.send(tagged).catch(() => undefined);
    expect(question()).toMatchObject({
      action: 'emr-serverless:CreateApplication',
      resource: '*',
      context: {
        'aws:RequestTag/team': 'a',
        'aws:RequestTag/stage': 'test',
        'aws:TagKeys': ['team', 'stage'],
      },
    });
    expect(question()).not.toHaveProperty('resourceTags');
    services.authorizer.asked.length = 0;
    await notBuilt['UntagResource']?.().catch(() => undefined);
    expect(question()).toMatchObject({
      resource: full,
      resourceTags: null,
      context: { 'aws:TagKeys': ['team'] },
    });
  });

  it.each(['CREATED', 'STOPPED'])('starts a %s application for a run', async (before) => {
    state = before;
    await emr.send(new sdk.StartJobRunCommand(run));
    expect(calls('registry')).toContain(`POST /v1/applications/${applicationId}/start`);
    expect(calls('scheduler')).toEqual([
      `POST /v1/applications/${applicationId}/gate/open`,
      `POST /v1/applications/${applicationId}/jobruns`,
    ]);
    expect(JSON.parse(services.scheduler.asked[0]?.body ?? '')).toEqual({
      autoStopIdleMinutes: 30,
    });
  });

  it('passes a run on to an application that waits for its pre-initialised workers', async () => {
    state = 'STOPPED';
    answers.registry = (asked) => {
      if (asked.url.endsWith('/start')) state = 'STARTING';
      return { body: application() };
    };
    const submitted = () => {
      const last = services.scheduler.asked.at(-1);
      return JSON.parse(last?.body ?? '{}').application?.state;
    };
    await emr.send(new sdk.StartJobRunCommand(run));
    expect(calls('scheduler')).toEqual([
      `POST /v1/applications/${applicationId}/gate/open`,
      `POST /v1/applications/${applicationId}/jobruns`,
    ]);
    expect(submitted()).toBe('STARTING');
    for (const name of names) services[name].asked.length = 0;
    await emr.send(new sdk.StartJobRunCommand(run));
    expect(calls('registry')).toEqual([`GET /v1/applications/${applicationId}`]);
    expect(calls('scheduler')).toEqual([`POST /v1/applications/${applicationId}/jobruns`]);
    expect(submitted()).toBe('STARTING');
  });

  it('starts an application again once its pre-initialised workers are released', async () => {
    state = 'STOPPING';
    let readings = 0;
    answers.registry = (asked) => {
      if (asked.url.endsWith('/start')) state = 'STARTING';
      else if (++readings === 3) state = 'STOPPED';
      return { body: application() };
    };
    await emr.send(new sdk.StartJobRunCommand(run));
    expect(calls('registry')).toEqual([
      ...Array(3).fill(`GET /v1/applications/${applicationId}`),
      `POST /v1/applications/${applicationId}/start`,
      `GET /v1/applications/${applicationId}`,
    ]);
    expect(calls('scheduler')).toEqual([
      `POST /v1/applications/${applicationId}/gate/open`,
      `POST /v1/applications/${applicationId}/jobruns`,
    ]);
  });

  it('submits again when the application was just stopping', async () => {
    let first = true;
    answers.scheduler = (asked) => {
      if (!first) return usual.scheduler(asked);
      first = false;
      return refused(
        400,
        'Invalid',
        `Application ${applicationId} is stopping. Cannot start job run.`,
      );
    };
    await emr.send(new sdk.StartJobRunCommand(run));
    expect(services.scheduler.asked).toHaveLength(2);
  });

  it('closes the gate before it stops an application, and stops nothing while runs are unfinished', async () => {
    await emr.send(new sdk.StopApplicationCommand({ applicationId }));
    expect(JSON.parse(services.scheduler.asked[0]?.body ?? '')).toEqual({ applicationVersion: 7 });
    expect(calls('registry').at(-1)).toBe(`POST /v1/applications/${applicationId}/stop`);
    services.registry.asked.length = 0;
    answers.scheduler = () => refused(400, 'Invalid', 'runs are unfinished');
    await expect(emr.send(new sdk.StopApplicationCommand({ applicationId }))).rejects.toThrow(
      sdk.ValidationException,
    );
    expect(calls('registry')).toEqual([`GET /v1/applications/${applicationId}`]);
  });

  it.each([
    ['STARTING', true],
    ['STOPPING', false],
    ['STOPPED', false],
  ])('stops a %s application; the gate is closed first: %p', async (before, closes) => {
    state = before;
    await emr.send(new sdk.StopApplicationCommand({ applicationId }));
    expect(calls('scheduler')).toEqual(
      closes ? [`POST /v1/applications/${applicationId}/gate/close`] : [],
    );
    expect(calls('registry').at(-1)).toBe(`POST /v1/applications/${applicationId}/stop`);
  });

  it('asks for the attempt that is named, and leaves it to its owner whether there is one', async () => {
    const get = () => emr.send(new sdk.GetJobRunCommand({ applicationId, jobRunId, attempt: 2 }));
    await get();
    expect(calls('scheduler')).toEqual([
      `GET /v1/applications/${applicationId}/jobruns/${jobRunId}?attempt=2`,
    ]);
    answers.scheduler = () => refused(404, 'NotFound', 'no such attempt');
    await expect(get()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'no such attempt',
    });
  });

  it('lists attempts with times that clients read as dates', async () => {
    const summary = {
      applicationId,
      id: jobRunId,
      arn: `${arn}/jobruns/${jobRunId}`,
      createdBy: principal,
      jobCreatedAt: 1_764_064_800.5,
      createdAt: 1_764_064_801,
      updatedAt: 1_764_064_802,
      executionRole: executionRoleArn,
      state: 'FAILED',
      stateDetails: '',
      releaseLabel: 'emr-7.13.0',
      attempt: 1,
    };
    answers.scheduler = () => ({ body: { jobRunAttempts: [summary], nextToken: 'next' } });
    const answer = await emr.send(
      new sdk.ListJobRunAttemptsCommand({ applicationId, jobRunId, maxResults: 1 }),
    );
    expect(answer).toMatchObject({
      nextToken: 'next',
      jobRunAttempts: [{ attempt: 1, jobCreatedAt: new Date(1_764_064_800_500) }],
    });
  });

  it('adds usage to a run, and answers without while billing is away', async () => {
    const get = async () =>
      (await emr.send(new sdk.GetJobRunCommand({ applicationId, jobRunId }))).jobRun;
    expect(await get()).toMatchObject({
      state: 'SUCCESS',
      billedResourceUtilization: { vCPUHour: 0.067 },
    });
    answers.billing = () => refused(500, 'Defect', 'broken');
    const without = await get();
    expect(without).toMatchObject({ state: 'SUCCESS' });
    expect(without?.billedResourceUtilization).toBeUndefined();
  });

  it.each(Object.keys(notBuilt))('says of %s that it is not offered yet', async (name) => {
    await expect(notBuilt[name]?.()).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(`${name} is not offered yet`),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('answers every operation of the model, one way or the other', () => {
    const answered = [...Object.keys(operations), ...Object.keys(notBuilt)].sort();
    expect(answered).toEqual(Object.keys(loadModel('emr-serverless').operations).sort());
  });

  it.each<[number, string, string]>([
    [400, 'Invalid', 'ValidationException'],
    [404, 'NotFound', 'ResourceNotFoundException'],
    [409, 'Conflict', 'ConflictException'],
    [402, 'QuotaExceeded', 'ServiceQuotaExceededException'],
    [403, 'Denied', 'AccessDeniedException'],
  ])('shapes a refusal of %i (behaviours rows 8, 12, 26, 29)', async (status, kind, name) => {
    answers.registry = () => refused(status, kind, 'the sentence');
    await expect(emr.send(new sdk.GetApplicationCommand({ applicationId }))).rejects.toMatchObject({
      name,
      message: 'the sentence',
      $metadata: { httpStatusCode: status },
    });
  });

  it('is closed while the authorizer is away', async () => {
    answers.authorizer = () => refused(500, 'Defect', 'broken');
    await expect(emr.send(new sdk.ListApplicationsCommand({}))).rejects.toMatchObject({
      name: 'ServiceUnavailableException',
      $metadata: { httpStatusCode: 503 },
    });
    expect(services.registry.asked).toEqual([]);
  });

  it('is closed while nobody listens where the authorizer should be', async () => {
    const alone = await startGateway((name, asked) => answers[name](asked));
    await alone.services.authorizer.stop();
    const api = await alone.raw('GET', '/applications', signedFor('emr-serverless'));
    const s3 = await alone.raw('GET', '/bucket/key', signedFor('s3'));
    const sts = await alone.raw('POST', '/', signedFor('sts'), 'Action=GetCallerIdentity');
    const asked = names.flatMap((name) => alone.services[name].asked);
    await alone.stop();
    expect([api.status, s3.status, sts.status, asked]).toEqual([503, 503, 503, []]);
    expect(s3.body).toContain('<Code>ServiceUnavailable</Code>');
  });

  it('answers a whole URL, as clients behind a proxy send it, like its path', async () => {
    const path = `http://127.0.0.1/applications/${applicationId}`;
    expect((await raw('GET', path, signedFor('emr-serverless'))).status).toBe(200);
    expect(question()).toMatchObject({ resource: arn });
  });

  it('starts nothing by itself when auto-start is off', async () => {
    state = 'STOPPED';
    answers.registry = () => {
      const { version, application: found } = application();
      return {
        body: { version, application: { ...found, autoStartConfiguration: { enabled: false } } },
      };
    };
    answers.scheduler = () => refused(400, 'Invalid', 'not started');
    await expect(emr.send(new sdk.StartJobRunCommand(run))).rejects.toThrow('not started');
    expect(calls('registry')).toEqual([`GET /v1/applications/${applicationId}`]);
    expect(calls('scheduler')).toEqual([`POST /v1/applications/${applicationId}/jobruns`]);
  });

  it('says nothing about shapes to who may not call', async () => {
    answers.authorizer = () => ({
      body: { allowed: false, code: 'AccessDeniedException', status: 403, message: 'no' },
    });
    const answer = await raw('POST', '/applications', signedFor('emr-serverless'), '{');
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([
      403,
      'AccessDeniedException',
    ]);
  });

  it.each<[string, string, string, string, number, string]>([
    ['no JSON', 'POST', '/applications', '{', 400, 'SerializationException'],
    [
      'no client token (row 11)',
      'POST',
      '/applications',
      '{"type":"SPARK","releaseLabel":"emr-7.13.0"}',
      400,
      'ValidationException',
    ],
    [
      'an unknown state (row 14)',
      'GET',
      '/applications?states=NOPE',
      '',
      400,
      'ValidationException',
    ],
    [
      'an id that is too long (row 9)',
      'GET',
      `/applications/${'a'.repeat(65)}`,
      '',
      400,
      'ValidationException',
    ],
    [
      'a grace period that is no choice',
      'DELETE',
      `/applications/${applicationId}/jobruns/${jobRunId}?shutdownGracePeriodInSeconds=5`,
      '',
      400,
      'ValidationException',
    ],
    ['no operation', 'PUT', '/nowhere', '', 404, 'UnknownOperationException'],
    [
      'an operation not offered yet',
      'GET',
      `/applications/${applicationId}/sessions`,
      '',
      400,
      'ValidationException',
    ],
  ])('answers %s in modelled words', async (_name, method, path, body, status, code) => {
    const answer = await raw(method, path, signedFor('emr-serverless'), body);
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([status, code]);
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the other services', () => {
  it('streams S3 on, in its own name and without what only it may say', async () => {
    const answer = await raw(
      'PUT',
      '/bucket/a%20key?partNumber=1',
      {
        ...signedFor('s3'),
        'x-firesteel-account': '999999999999',
        'content-length': '4',
        expect: '100-continue',
      },
      'data',
    );
    expect([answer.status, answer.body, answer.headers['etag']]).toEqual([
      200,
      'stored data',
      '"1"',
    ]);
    expect(question()).toMatchObject({
      action: 's3:PutObject',
      resource: 'arn:aws:s3:::bucket/a key',
      context: {
        'aws:SecureTransport': 'false',
        's3:authType': 'REST-HEADER',
        's3:x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      },
    });
    const [asked] = services.objectStore.asked;
    expect([asked?.method, asked?.url, asked?.body]).toEqual([
      'PUT',
      '/bucket/a%20key?partNumber=1',
      'data',
    ]);
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer gateway',
      'x-firesteel-account': accountId,
      'x-firesteel-principal': principal,
      'x-firesteel-payload-seal': Buffer.from('{"mode":"unsigned"}').toString('base64url'),
    });
  });

  it.each([
    ['/bucket?list-type=2', {}],
    ['/bucket?prefix=', { 's3:prefix': '' }],
    ['/bucket?prefix=a%2Fb%20c&prefix=z', { 's3:prefix': 'a/b c' }],
    ['/bucket?delimiter=%2F&max-keys=10', { 's3:delimiter': '/', 's3:max-keys': '10' }],
    ['/bucket/key?versionId=1', { 's3:VersionId': '1' }],
  ])('tells what a policy may ask of %s', async (path, keys) => {
    await raw('GET', path, { ...signedFor('s3'), 'x-amz-acl': 'private' });
    const { context } = question();
    const named = Object.entries(context).filter(([key]) => /^s3:(?!sig|auth|x-amz)/.test(key));
    expect(Object.fromEntries(named)).toEqual(keys);
    expect(context).toMatchObject({ 's3:x-amz-acl': 'private' });
  });

  it('refuses S3 as S3 does', async () => {
    answers.authorizer = () => ({
      body: { allowed: false, code: 'AccessDenied', status: 403, message: 'a < b' },
    });
    const answer = await raw('GET', '/bucket/key', signedFor('s3'));
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('<Code>AccessDenied</Code><Message>a &lt; b</Message>');
    expect(services.objectStore.asked).toEqual([]);
  });

  it('has IAM and STS decided and done in one call', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    answers.authorizer = () => ({ body: { allowed: true, output: { Arn: principal } } });
    const identity = await raw(
      'POST',
      '/',
      { ...signedFor('sts'), ...form, 'user-agent': 'aws-cli/2' },
      'Action=GetCallerIdentity&Version=2011-06-15',
    );
    expect(identity.body).toContain(`<Arn>${principal}</Arn>`);
    expect(calls('authorizer')).toEqual(['POST /v1/query']);
    expect(question()).toMatchObject({
      service: 'sts',
      operation: 'GetCallerIdentity',
      input: {},
      context: { 'aws:SecureTransport': 'false', 'aws:UserAgent': 'aws-cli/2' },
    });
  });

  it.each<[string, Answer, number, string]>([
    [
      'a refusal',
      { body: { allowed: false, code: 'NoSuchEntity', status: 404, message: 'not there' } },
      404,
      'NoSuchEntity',
    ],
    ['a refusal of our own', refused(400, 'Invalid', 'no such action'), 400, 'ValidationError'],
    ['a defect', { status: 200, body: { nonsense: true } }, 500, 'ServiceFailure'],
    ['no answer', { status: 500, body: { kind: 'Defect' } }, 503, 'ServiceUnavailable'],
  ])('shapes %s as IAM does', async (_name, answer, status, code) => {
    answers.authorizer = () => answer;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const role = await raw(
      'POST',
      '/',
      { ...signedFor('iam'), ...form },
      'Action=GetRole&Version=2010-05-08&RoleName=x',
    );
    expect(role.status).toBe(status);
    expect(role.body).toContain(`<Code>${code}</Code>`);
  });

  it.each(['bill', 'milestones', 'visits'])(
    'shows %s of the caller’s own runs only',
    async (name) => {
      const path = `/firesteel/v1/applications/${applicationId}/job-runs/${jobRunId}/${name}`;
      expect((await raw('GET', path, signedFor('firesteel'))).status).toBe(200);
      answers.scheduler = () => refused(404, 'NotFound', 'JobRun does not exist');
      services.billing.asked.length = 0;
      expect((await raw('GET', path, signedFor('firesteel'))).status).toBe(404);
      expect(services.billing.asked).toEqual([]);
    },
  );

  it.each([
    ['bill', 'GetApplicationBill', 'billing', `/v1/bills/applications/${applicationId}`],
    [
      'capacity',
      'GetApplicationCapacity',
      'capacity',
      `/v1/applications/${applicationId}/capacity`,
    ],
  ] as const)(
    'shows %s of the caller’s own applications only',
    async (name, action, owner, path) => {
      const get = () =>
        raw('GET', `/firesteel/v1/applications/${applicationId}/${name}`, signedFor('firesteel'));
      answers[owner] = () => ({ body: { of: owner } });
      const answer = await get();
      expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { of: owner }]);
      expect(question()).toMatchObject({ action: `firesteel:${action}`, resource: '*' });
      expect(calls(owner)).toEqual([`GET ${path}`]);
      expect(services[owner].asked[0]?.headers['x-firesteel-account']).toBe(accountId);
      answers.registry = () => refused(404, 'NotFound', 'Application does not exist');
      services[owner].asked.length = 0;
      expect((await get()).status).toBe(404);
      expect(services[owner].asked).toEqual([]);
    },
  );

  it.each([
    ['', `/v1/statements/${new Date().toISOString().slice(0, 7)}`],
    ['?month=2026-11', '/v1/statements/2026-11'],
    [
      '?month=2026-11&accountId=999999999999&asKnownAt=2026-12-01T00:00:00Z',
      '/v1/statements/2026-11?asKnownAt=2026-12-01T00%3A00%3A00Z',
    ],
    ['?month=..%2Fprice-lists', '/v1/statements/..%2Fprice-lists'],
  ])('shows the statement of the caller’s own account: %s', async (query, path) => {
    answers.billing = () => ({ body: { statements: [] } });
    const answer = await raw('GET', `/firesteel/v1/statement${query}`, signedFor('firesteel'));
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { statements: [] }]);
    expect(question()).toMatchObject({ action: 'firesteel:GetStatement', resource: '*' });
    expect(calls('billing')).toEqual([`GET ${path}`]);
    expect(services.billing.asked[0]?.headers['x-firesteel-account']).toBe(accountId);
  });

  it.each([
    ['GetUser', '2010-05-08', 'MissingAuthenticationToken', 403],
    ['GetCallerIdentity', '2011-06-15', 'MissingAuthenticationToken', 403],
    ['AssumeRoleWithSAML', '2011-06-15', 'InvalidAction', 400],
    ['AssumeRoleWithWebIdentity', '2011-06-15', 'InvalidAction', 400],
  ])('refuses %s without a signature in XML', async (action, version, code, status) => {
    answers.authorizer = () => ({
      body: { allowed: false, code: 'MissingAuthenticationToken', status: 403, message: 'none' },
    });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await raw('POST', '/', form, `Action=${action}&Version=${version}`);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
    expect(answer.body).toContain(code === 'InvalidAction' ? action : 'none');
  });

  it('refuses who signs nothing, and tells its health', async () => {
    const answer = await raw('GET', '/applications');
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([
      403,
      'MissingAuthenticationTokenException',
    ]);
    expect((await raw('GET', '/health')).status).toBe(200);
  });
});
