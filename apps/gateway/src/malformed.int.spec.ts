/** Whatever is sent, the answer is a 4xx in the service's own form, and no service behind the gateway hears of it. */
import { loadModel } from '@firesteel/aws-protocol/service-model';
import {
  allowed,
  type GatewayUnderTest,
  names,
  type RawAnswer,
  signedFor,
  startGateway,
} from './test/gateway-under-test.ts';

type Malformed = {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
};

const applicationId = '00f1cbsc6anuij25';
const operations = Object.values(loadModel('emr-serverless').operations);
const uriOf = (requestUri: string, label: string): string =>
  requestUri.replaceAll(/\{\w+\}/g, label);

const unknownPaths: Malformed[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].flatMap(
  (method) =>
    [
      '/',
      '//',
      '/nowhere',
      '/Applications',
      '/applications//',
      '/applications/../applications',
      '/applications/%2e%2e',
      `/applications/${applicationId}/jobs`,
      `/applications/${applicationId}/jobruns/x/y/z`,
      `/applications/${applicationId}/start/now`,
      '/constructor',
      '/__proto__',
    ].map((path) => ({ method, path })),
);

const badLabels: Malformed[] = operations
  .filter(({ http }) => http.requestUri.includes('{'))
  .flatMap(({ http: { method, requestUri } }) =>
    ['a'.repeat(2049), '%00', '%', '%zz', '%C3%28', '%ED%A0%80'].map((label) => ({
      method,
      path: uriOf(requestUri, label),
      body: method === 'POST' || method === 'PATCH' ? '{}' : '',
    })),
  );

const badBodies: Malformed[] = [
  { method: 'POST', path: '/applications' },
  { method: 'PATCH', path: `/applications/${applicationId}` },
  { method: 'POST', path: `/applications/${applicationId}/jobruns` },
].flatMap((target) =>
  [
    '',
    ' ',
    '{',
    '[]',
    'null',
    'true',
    '1e999',
    '"text"',
    '{}',
    "{'a':1}",
    '{"clientToken":1}',
    '{"clientToken":null}',
    '{"clientToken":""}',
    `{"clientToken":"${'a'.repeat(65)}"}`,
    '{"clientToken":{"__proto__":{}}}',
    '{"__proto__":{"clientToken":"a"}}',
    '{"clientToken":"a","initialCapacity":[],"jobDriver":[]}',
    '{"clientToken":"a","architecture":"Z80","maximumCapacity":{},"executionRoleArn":"arn"}',
    '{"clientToken":"a","autoStopConfiguration":{"idleTimeoutMinutes":"15"},"jobDriver":{"sparkSubmit":{},"hive":{}}}',
    '['.repeat(20_000),
    `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
    Buffer.alloc(64),
    '\u{feff}{}',
  ].map((body) => ({ ...target, body })),
);

const badQueries: Malformed[] = ['/applications', `/applications/${applicationId}/jobruns`].flatMap(
  (path) =>
    [
      'states=NOPE',
      'states=',
      'states=STARTED&states=started',
      'states=%FF',
      'maxResults=0',
      'maxResults=51',
      'maxResults=-1',
      'maxResults=1.5',
      'maxResults=x',
      'maxResults=',
      'maxResults=1&maxResults=2',
      'maxResults=99999999999999999999',
      'nextToken=',
      'nextToken=%20',
      `nextToken=${'a'.repeat(1025)}`,
      '%ZZ=1',
      '%',
    ].map((query) => ({ method: 'GET', path: `${path}?${query}` })),
);

const runs = `/applications/${applicationId}/jobruns`;
const badMembers: Malformed[] = [
  ...['yesterday', '', '1e400', 'NaN', '99999999999999', '2026-13-01T00:00:00Z', '%00'].flatMap(
    (time) =>
      ['createdAtAfter', 'createdAtBefore'].map((name) => ({
        method: 'GET',
        path: `${runs}?${name}=${time}`,
      })),
  ),
  ...['', 'x', '-1', '14', '1801', '1.5', '1e999'].map((seconds) => ({
    method: 'DELETE',
    path: `${runs}/${applicationId}?shutdownGracePeriodInSeconds=${seconds}`,
  })),
  ...['0', 'x', '-1', '1.5', '99999999999'].map((attempt) => ({
    method: 'GET',
    path: `${runs}/${applicationId}?attempt=${attempt}`,
  })),
  ...['maxResults=0', 'maxResults=51', 'maxResults=x', 'nextToken=%20'].map((query) => ({
    method: 'GET',
    path: `${runs}/${applicationId}/attempts?${query}`,
  })),
  { method: 'GET', path: `${runs}?mode=SIDEWAYS` },
];

const badSignatures: Malformed[] = [
  '',
  'Bearer token',
  'AWS4-HMAC-SHA256',
  'AWS4-HMAC-SHA256 Credential=',
  'AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=host, Signature=0',
  'AWS4-HMAC-SHA256 Credential=AKIA/20260301/us-east-1//aws4_request, SignedHeaders=host, Signature=0',
  'AWS4-HMAC-SHA256 Credential=AKIA/20260301/us-east-1/__proto__/aws4_request, SignedHeaders=host, Signature=0',
  'AWS4-ECDSA-P256-SHA256 Credential=AKIA/20260301/emr-serverless/aws4_request, SignedHeaders=host, Signature=0',
  `${signedFor('emr-serverless')['authorization']}0`,
].map((authorization) => ({
  method: 'GET',
  path: '/applications',
  headers: { ...signedFor('emr-serverless'), authorization },
}));

const run = `/firesteel/v1/applications/${applicationId}/job-runs/${applicationId}`;
const badExtras: Malformed[] = [
  { method: 'GET', path: '/firesteel' },
  { method: 'GET', path: run },
  { method: 'GET', path: `${run}/constructor` },
  { method: 'GET', path: `${run}/capacity` },
  { method: 'GET', path: `/firesteel/v1/applications/${applicationId}` },
  { method: 'GET', path: `/firesteel/v1/applications/${applicationId}/visits` },
  { method: 'GET', path: `/firesteel/v1/applications/${applicationId}/__proto__` },
  { method: 'POST', path: `/firesteel/v1/applications/${applicationId}/capacity` },
  { method: 'GET', path: `${run}/toString` },
  { method: 'GET', path: `${run}/__proto__` },
  { method: 'POST', path: `${run}/bill` },
  { method: 'GET', path: `${run}/bill/more` },
  { method: 'GET', path: `${run.toUpperCase()}/bill` },
].map((request) => ({ ...request, headers: signedFor('firesteel') }));

const tables: [string, Malformed[]][] = [
  ['paths of no operation', unknownPaths],
  ['labels', badLabels],
  ['bodies', badBodies],
  ['lists', badQueries],
  ['parameters', badMembers],
  ['signatures', badSignatures],
  ['questions beyond AWS', badExtras],
];

const badForms = (service: 'iam' | 'sts'): string[] => [
  '',
  'Action=',
  'Action=constructor',
  'Action=__proto__&Version=2010-05-08',
  'Action=GetCallerIdentity',
  'Action=GetCallerIdentity&Version=1999-01-01',
  'Action=GetRole&Version=2010-05-08',
  'Action=GetRole&Version=2010-05-08&RoleName=',
  'Action=GetRole&Version=2010-05-08&RoleName=a%2Fb',
  'Action=GetRole&Version=2010-05-08&RoleName=%00',
  `Action=GetRole&Version=2010-05-08&RoleName=${'a'.repeat(65)}`,
  'Action=CreateRole&Version=2010-05-08&RoleName=a',
  'Action=PutRolePolicy&Version=2010-05-08&RoleName=a&PolicyName=p',
  'Action=CreateRole&Version=2010-05-08&RoleName=a&AssumeRolePolicyDocument=%FF',
  'Action=CreateRole&Version=2010-05-08&RoleName=a&AssumeRolePolicyDocument=x&Tags.member.x.Key=a',
  'Action=CreateSAMLProvider&Version=2010-05-08&Name=a&SAMLMetadataDocument=a',
  service,
];

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway((name, { url, body }) => {
    if (name !== 'authorizer' || url !== '/v1/authorize')
      return { status: 500, body: { kind: 'Defect', message: 'nobody should ask this' } };
    const { request, failure } = JSON.parse(body);
    return { body: request === null ? { ...failure, allowed: false } : allowed };
  });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  for (const name of names) gateway.services[name].asked.length = 0;
});

const send = ({ method, path, body, headers }: Malformed): Promise<RawAnswer> =>
  gateway.raw(method, path, headers ?? signedFor('emr-serverless'), body);

const isRefusal = ({ status, headers, body }: RawAnswer): boolean => {
  const { message } = JSON.parse(body) as { message?: unknown };
  return (
    status >= 400 &&
    status < 500 &&
    typeof message === 'string' &&
    /^[A-Z]\w+$/.test(String(headers['x-amzn-errortype'])) &&
    /^[0-9a-f-]{36}$/.test(String(headers['x-amzn-requestid']))
  );
};

const askedBehind = (): string[] =>
  names.flatMap((name) =>
    gateway.services[name].asked
      .filter(({ url }) => url !== '/v1/authorize')
      .map(({ method, url }) => `${name} ${method} ${url}`),
  );

it.each(tables)('refuses malformed %s', async (_name, requests) => {
  const wrong: string[] = [];
  for (const request of requests) {
    const answer = await send(request);
    if (!isRefusal(answer))
      wrong.push(
        `${request.method} ${request.path.slice(0, 80)} ${String(request.body ?? '').slice(0, 60)} → ${answer.status} ${answer.body.slice(0, 100)}`,
      );
  }
  expect(wrong).toEqual([]);
  expect(askedBehind()).toEqual([]);
});

it('has tried enough of it', () => {
  expect(tables.reduce((sum, [, requests]) => sum + requests.length, 0)).toBeGreaterThan(200);
});

it.each(['iam', 'sts'] as const)('refuses malformed forms of %s in its XML', async (service) => {
  const wrong: string[] = [];
  for (const body of badForms(service)) {
    const headers = {
      ...signedFor(service),
      'content-type': 'application/x-www-form-urlencoded',
    };
    const answer = await gateway.raw('POST', '/', headers, body);
    if (answer.status < 400 || answer.status > 499 || !/<Code>\w+<\/Code>/.test(answer.body))
      wrong.push(`${body.slice(0, 100)} → ${answer.status} ${answer.body.slice(0, 100)}`);
  }
  expect(wrong).toEqual([]);
  expect(askedBehind()).toEqual([]);
});

it('refuses a body that is larger than any of the API', async () => {
  const answer = await send({
    method: 'POST',
    path: '/applications',
    body: Buffer.alloc(1_048_577, ' '),
  });
  expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([
    413,
    'RequestEntityTooLargeException',
  ]);
});
