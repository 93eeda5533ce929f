import fc from 'fast-check';
import { AwsError } from '../aws-error.ts';
import { loadModel, operationOf } from '../service-model.ts';
import { validate, violations } from '../validation.ts';
import { parseRequest } from './request.ts';

const model = loadModel('emr-serverless');
const ARN = 'arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1cbsc6anuij25';
const LABELS = {
  applicationId: '00f1cbsc6anuij25',
  jobRunId: '00f1cbn5g4bb0c01',
  sessionId: '00f1',
  resourceArn: ARN,
};

type Sent = { labels?: Record<string, string>; rawQuery?: string; body?: string | Uint8Array };

function received(operation: string, { labels = LABELS, rawQuery = '', body = '' }: Sent) {
  const input = parseRequest(model, operation, { labels, rawQuery, body: Buffer.from(body) });
  validate(model, operationOf(model, operation).input?.shape ?? '', input);
  return input;
}

function outcome(operation: string, sent: Sent): string {
  try {
    received(operation, sent);
    return 'accepted';
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    return `${thrown.status} ${thrown.code}`;
  }
}

const ROLE = 'arn:aws:iam::123456789012:role/job';
/** A valid body for each operation that has one. */
const VALID: Record<string, Record<string, unknown>> = {
  CreateApplication: { releaseLabel: 'emr-7.13.0', type: 'SPARK', clientToken: 't' },
  UpdateApplication: { clientToken: 't' },
  StartJobRun: { clientToken: 't', executionRoleArn: ROLE },
  StartSession: { clientToken: 't', executionRoleArn: ROLE },
  TagResource: { tags: { a: 'b' } },
};

it.each(Object.entries(VALID))('accepts a minimal %s', (operation, body) => {
  expect(outcome(operation, { body: JSON.stringify(body) })).toBe('accepted');
});

const BAD_DOCUMENTS: [string, string | Uint8Array][] = [
  ['half an object', '{"a":'],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['a number', '1'],
  ['null', 'null'],
  ['true', 'true'],
  ['NaN', '{"a":NaN}'],
  ['a comment', '{}//'],
  ['two documents', '{}{}'],
  ['single quotes', "{'a':1}"],
  ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['XML', '<a/>'],
  ['an open text', '{"a":"'],
  ['an escape at the end', '{"a\\'],
  ['deep lists', `{"tags":${'['.repeat(101)}${']'.repeat(101)}}`],
  ['deeper lists', '['.repeat(500_000)],
  ['deep objects', '{"a":'.repeat(200) + 1 + '}'.repeat(200)],
  ['a megabyte', `{"name":"${'a'.repeat(1_048_576)}"}`],
];

const WRONG: Record<string, [member: string, values: unknown[]][]> = {
  CreateApplication: [
    ['name', ['', 1, true, {}, [], 'a'.repeat(65), 'a b', 'é', '\ud800', 'a\u0000']],
    ['releaseLabel', [null, '', 1, 'a'.repeat(65), 'emr 7', {}]],
    ['type', [null, '', 7, 'S'.repeat(65)]],
    ['clientToken', [null, '', 5, 'a b', 'a'.repeat(65), []]],
    ['architecture', ['arm64', 'SPARC', 1, '']],
    [
      'tags',
      [
        [],
        'a',
        1,
        { a: 1 },
        { a: null },
        { '': 'x' },
        { 'a{': 'x' },
        { ['k'.repeat(129)]: 'v' },
        { a: 'v'.repeat(257) },
        JSON.parse('{"__proto__":"x"}'),
        Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`k${i}`, 'v'])),
      ],
    ],
    [
      'initialCapacity',
      [
        [],
        1,
        { DRIVER: {} },
        { DRIVER: { workerCount: 0 } },
        { DRIVER: { workerCount: '1' } },
        { DRIVER: { workerCount: 1.5 } },
        { DRIVER: { workerCount: 1_000_001 } },
        { DRIVER: { workerCount: 1e300 } },
        { DRIVER: null },
        { DRIVER: 1 },
        { '1': { workerCount: 1 } },
        { DRIVER: { workerCount: 1, workerConfiguration: { cpu: 'four', memory: '16 GB' } } },
        { DRIVER: { workerCount: 1, workerConfiguration: { cpu: '4', memory: '0 GB' } } },
        { DRIVER: { workerCount: 1, workerConfiguration: { cpu: '4', memory: '16', disk: '20' } } },
        { DRIVER: { workerCount: 1, workerConfiguration: { cpu: '4' } } },
      ],
    ],
    [
      'maximumCapacity',
      [
        {},
        1,
        { cpu: '4 vCPU' },
        { cpu: 4, memory: '1' },
        { cpu: '4 CPUs', memory: '1 GB' },
        { cpu: '4', memory: '1 TB' },
      ],
    ],
    ['autoStartConfiguration', [1, { enabled: 'true' }, { enabled: 1 }, []]],
    [
      'autoStopConfiguration',
      [
        { idleTimeoutMinutes: 0 },
        { idleTimeoutMinutes: 10_081 },
        { idleTimeoutMinutes: '15' },
        { idleTimeoutMinutes: 1.5 },
      ],
    ],
    [
      'networkConfiguration',
      [
        { subnetIds: 'a' },
        { subnetIds: [1] },
        { subnetIds: [null] },
        { subnetIds: Array(17).fill('subnet-1') },
        { securityGroupIds: [''] },
        { securityGroupIds: Array(6).fill('sg-1') },
      ],
    ],
    ['imageConfiguration', [{ imageUri: '' }, { imageUri: 'a b' }, { imageUri: 5 }]],
    [
      'runtimeConfiguration',
      [
        {},
        [{}],
        [null],
        [{ classification: '' }],
        [{ classification: 'c', properties: { a: 1 } }],
        [{ classification: 'c', properties: { ' ': 'x' } }],
        Array(101).fill({ classification: 'c' }),
      ],
    ],
    [
      'monitoringConfiguration',
      [
        { s3MonitoringConfiguration: { logUri: '' } },
        { s3MonitoringConfiguration: { logUri: 'a'.repeat(10_281) } },
        { s3MonitoringConfiguration: { encryptionKeyArn: 'arn:aws:kms:us-east-1:1:key/a' } },
        { prometheusMonitoringConfiguration: { remoteWriteUrl: 'x' } },
        { cloudWatchLoggingConfiguration: {} },
        { cloudWatchLoggingConfiguration: { enabled: true, logGroupName: 'a b' } },
        { cloudWatchLoggingConfiguration: { enabled: true, logTypes: {} } },
        { cloudWatchLoggingConfiguration: { enabled: true, logTypes: { DRIVER: [] } } },
      ],
    ],
    [
      'schedulerConfiguration',
      [{ maxConcurrentRuns: '1' }, { maxConcurrentRuns: 2 ** 31 }, { queueTimeoutMinutes: 0.5 }],
    ],
    ['interactiveConfiguration', [{ studioEnabled: 'yes' }, { livyEndpointEnabled: 0 }]],
  ],
  UpdateApplication: [
    ['clientToken', [null, '', 5, 'a/b']],
    ['releaseLabel', ['', 7, '!']],
    ['autoStopConfiguration', [[], { idleTimeoutMinutes: -1 }]],
  ],
  StartJobRun: [
    ['clientToken', [null, '', {}, 'ü']],
    [
      'executionRoleArn',
      [
        null,
        '',
        'job',
        5,
        'arn:aws:iam::1:role/job',
        'arn:aws:iam::123456789012:user/job',
        `${ROLE}!`,
        ROLE + 'a'.repeat(2048),
      ],
    ],
    [
      'executionIamPolicy',
      [
        [],
        { policy: '' },
        { policy: 'a'.repeat(2049) },
        { policyArns: ['x'] },
        { policyArns: Array(11).fill(ROLE) },
      ],
    ],
    [
      'jobDriver',
      [
        1,
        [],
        {},
        { other: {} },
        { sparkSubmit: null },
        { sparkSubmit: {} },
        { sparkSubmit: { entryPoint: '' } },
        { sparkSubmit: { entryPoint: ' ' } },
        { sparkSubmit: { entryPoint: 5 } },
        { sparkSubmit: { entryPoint: 'a', entryPointArguments: 'x' } },
        { sparkSubmit: { entryPoint: 'a', entryPointArguments: [1] } },
        { sparkSubmit: { entryPoint: 'a', entryPointArguments: [null] } },
        { sparkSubmit: { entryPoint: 'a', entryPointArguments: Array(1025).fill('x') } },
        { sparkSubmit: { entryPoint: 'a', sparkSubmitParameters: 'a'.repeat(102_401) } },
        { hive: {} },
        { hive: { query: '' } },
        { hive: { query: 'a' }, sparkSubmit: { entryPoint: 'a' } },
      ],
    ],
    [
      'configurationOverrides',
      [
        'x',
        { applicationConfiguration: {} },
        { applicationConfiguration: [{ properties: {} }] },
        { applicationConfiguration: [{ classification: 'a', configurations: [{}] }] },
      ],
    ],
    ['executionTimeoutMinutes', [-1, 1_000_001, '5', 1.5, true, Number.POSITIVE_INFINITY, 2 ** 53]],
    ['mode', ['batch', 'STREAM', 1]],
    ['retryPolicy', [1, { maxAttempts: 0 }, { maxAttempts: '2' }, { maxFailedAttemptsPerHour: 0 }]],
    ['name', ['', ' ', 'a'.repeat(257), 5]],
    ['tags', [[], { a: {} }]],
  ],
  StartSession: [
    ['idleTimeoutMinutes', ['x', 1.5, -1]],
    ['executionRoleArn', [null]],
  ],
  TagResource: [['tags', [null, 1, [], { '': 'a' }, { a: 1 }]]],
};

/** 1e400 is written as a number that JSON readers overflow on. */
const written = (value: unknown): string =>
  (
    JSON.stringify(value, (_, item: unknown) =>
      item === Number.POSITIVE_INFINITY ? '1e400!' : item,
    ) ?? ''
  ).replaceAll('"1e400!"', '1e400');

const malformedBodies: [string, string, Sent][] = [
  ...Object.keys(VALID).flatMap((operation) =>
    BAD_DOCUMENTS.map(([name, body]): [string, string, Sent] => [operation, name, { body }]),
  ),
  ...Object.entries(WRONG).flatMap(([operation, members]) =>
    members.flatMap(([member, values]) =>
      values.map((value): [string, string, Sent] => {
        const { [member]: _replaced, ...others } = VALID[operation] ?? {};
        const rest = JSON.stringify(others).slice(1, -1);
        const body = `{${JSON.stringify(member)}:${written(value)}${rest && ','}${rest}}`;
        return [operation, `${member} = ${body.slice(0, 60)}`, { body }];
      }),
    ),
  ),
];

const LISTS = ['ListApplications', 'ListJobRuns', 'ListSessions', 'ListJobRunAttempts'];
const malformedQueries: [string, string, Sent][] = [
  ...LISTS.flatMap((operation) =>
    [
      'maxResults=0',
      'maxResults=51',
      'maxResults=',
      'maxResults=1.5',
      'maxResults=x',
      'maxResults=1e1',
      'maxResults=99999999999999999999',
      'maxResults=1&maxResults=2',
      'nextToken=',
      'nextToken=a%20b',
      'nextToken=%zz',
      'nextToken=%00',
      '%ff=1',
      `nextToken=${'a'.repeat(1025)}`,
    ].map((rawQuery): [string, string, Sent] => [operation, rawQuery.slice(0, 40), { rawQuery }]),
  ),
  ...[
    'createdAtAfter=',
    'createdAtAfter=yesterday',
    'createdAtAfter=1700000000',
    'createdAtBefore=2024-13-01T00:00:00Z',
    'createdAtBefore=2024-01-01',
    'createdAtBefore=2024-01-01T00:00:00',
    'states=Running',
    'states=',
    'states=DONE&states=RUNNING',
    'mode=',
    'mode=batch',
    Array(9).fill('states=RUNNING').join('&'),
  ].map((rawQuery): [string, string, Sent] => ['ListJobRuns', rawQuery.slice(0, 40), { rawQuery }]),
  ...[
    ['GetJobRun', 'attempt=0'],
    ['GetJobRun', 'attempt=a'],
    ['GetJobRun', 'attempt=2147483648'],
    ['CancelJobRun', 'shutdownGracePeriodInSeconds=x'],
    ['GetDashboardForJobRun', 'accessSystemProfileLogs=yes'],
    ['GetResourceDashboard', ''],
    ['GetResourceDashboard', 'resourceId=a&resourceType=APP'],
    ['UntagResource', ''],
    ['UntagResource', 'tagKeys='],
    ['UntagResource', 'tagKeys=a%7Bb'],
  ].map(([operation = '', rawQuery = '']): [string, string, Sent] => [
    operation,
    rawQuery,
    { rawQuery },
  ]),
];

const malformedLabels: [string, string, Sent][] = Object.values(model.operations)
  .filter(({ http }) => http.requestUri.includes('{'))
  .flatMap(({ name }) =>
    ['', 'a'.repeat(65)].map((label): [string, string, Sent] => [
      name,
      `label of ${label.length}`,
      {
        labels: { applicationId: label, jobRunId: label, sessionId: label, resourceArn: label },
        body: JSON.stringify(VALID[name] ?? {}),
      },
    ]),
  );

const malformed = [...malformedBodies, ...malformedQueries, ...malformedLabels];

it('lists more than 200 malformed requests', () => {
  expect(malformed.length).toBeGreaterThan(300);
});

it.each(malformed)('answers %s with %s by a modelled 400', (operation, _name, sent) => {
  expect(outcome(operation, sent)).toMatch(/^400 (ValidationException|SerializationException)$/);
});

it('answers any JSON and any query by acceptance or a modelled 400', () => {
  const operations = fc.constantFrom(...Object.keys(model.operations));
  const members = fc.constantFrom(
    ...new Set(Object.values(WRONG).flatMap((list) => list.map(([name]) => name))),
  );
  fc.assert(
    fc.property(
      operations,
      fc.dictionary(members, fc.jsonValue()),
      fc.string(),
      (name, body, rawQuery) => {
        expect(outcome(name, { body: JSON.stringify(body), rawQuery })).toMatch(
          /^(accepted|400 \w+Exception)$/,
        );
      },
    ),
    { numRuns: 1000 },
  );
});

it("words violations as AWS does, without the values' text", () => {
  const body = JSON.stringify({ name: 'a'.repeat(65), releaseLabel: 'emr-7.13.0', type: 'SPARK' });
  expect(() => received('CreateApplication', { body })).toThrow(
    "2 validation errors detected: Value null at 'clientToken' failed to satisfy constraint: Member must not be null; Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 64",
  );
  const nested = {
    a: 1,
    configurationOverrides: { applicationConfiguration: [{ classification: ' ' }] },
  };
  const found = violations(model, 'StartJobRunRequest', {
    ...nested,
    ...LABELS,
    clientToken: 'a',
    executionRoleArn: ROLE,
  });
  expect(found).toEqual([
    "Value at 'configurationOverrides.applicationConfiguration.1.member.classification' failed to satisfy constraint: Member must satisfy regular expression pattern: .*\\S.*",
  ]);
  const many = { tags: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, '{'])) };
  expect(violations(model, 'TagResourceRequest', { ...many, resourceArn: ARN })).toHaveLength(20);
});

it('counts code points, ignores unknown and null members, and takes the last of duplicate keys', () => {
  const body = `{"name":"${'😀'.repeat(256)}","clientToken":"one","clientToken":"two","executionRoleArn":"${ROLE}","mode":null,"newMember":{"a":[1]},"__proto__":{"mode":"STREAMING"},"tags":{"constructor":"x"}}`;
  const input = received('StartJobRun', { body });
  expect(Object.keys(input).sort()).toEqual([
    'applicationId',
    'clientToken',
    'executionRoleArn',
    'name',
    'tags',
  ]);
  expect(input['clientToken']).toBe('two');
  expect(input['tags']).toEqual({ constructor: 'x' });
  expect(input['mode']).toBeUndefined();
});

it('reads lists, times and unknown parameters of a query', () => {
  const rawQuery =
    'states=RUNNING&states=FAILED&createdAtAfter=2022-05-30T21%3A07%3A25.326Z&createdAtBefore=2022-05-30T21:07:25.326000Z&maxResults=50&later=1&&mode=BATCH';
  expect(received('ListJobRuns', { rawQuery })).toEqual({
    applicationId: LABELS.applicationId,
    states: ['RUNNING', 'FAILED'],
    createdAtAfter: 1653944845.326,
    createdAtBefore: 1653944845.326,
    maxResults: 50,
    mode: 'BATCH',
  });
  expect(received('UntagResource', { rawQuery: 'tagKeys=a&tagKeys=b%20c+d' })['tagKeys']).toEqual([
    'a',
    'b c+d',
  ]);
});

it('ignores the body of an operation that has none', () => {
  expect(outcome('StartApplication', { body: 'not json' })).toBe('accepted');
});
