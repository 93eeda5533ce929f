import { agentsUrl, isSilent } from './capacity-link.ts';
import { parseConfig } from './config.ts';
import { installationReader, runtimeOf } from './installation.ts';
import { jvmOptions, launchCommand, launchEnvironment, scaledHeapMb } from './launch-command.ts';
import { containerLogAddress, parseLogUri, sparkLogAddress } from './log-layout.ts';
import { parseProcessStatus } from './process-table.ts';
import { fakeInstallation, fakeRuntime } from './test/agent-under-test.ts';
import { driverSpec, executorSpec } from './test/assignments.ts';
import { isWorkerId } from './worker-folder.ts';

it.each([
  [14_336, 1, 14_336],
  [14_336, 0.1, 1_434],
  [2_048, 0.1, 512],
])('scales a heap of %i MB by %d to %i MB', (heapMb, scale, expected) => {
  expect(scaledHeapMb(heapMb, scale)).toBe(expected);
});

it('gives drivers the quick compiler and the archive, and the user the last word', () => {
  const spec = { ...driverSpec, javaOptions: ['-Dmine=1'] };
  expect(jvmOptions(spec, fakeRuntime, 0.1, '/w')).toEqual([
    '-Xmx1434m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:SharedArchiveFile=/opt/driver.jsa',
    '-Xshare:auto',
    '--add-opens=java.base/java.lang=ALL-UNNAMED',
    '-Djava.io.tmpdir=/w/tmp',
    '-Dmine=1',
  ]);
  const executor = { ...executorSpec, javaOptions: ['-XX:+UseG1GC'] };
  const options = jvmOptions(executor, fakeRuntime, 1, '/w');
  expect(options).not.toContain('-XX:+UseSerialGC');
  expect(options).not.toContain('-XX:TieredStopAtLevel=1');
  expect(options.join(' ')).not.toContain('SharedArchiveFile');
});

it('lets C2 come late to executors, and never to drivers', () => {
  const late = '-XX:Tier4InvocationThreshold=50000';
  expect(jvmOptions(executorSpec, fakeRuntime, 1, '/w')).toContain(late);
  expect(jvmOptions({ ...executorSpec, waits: false }, fakeRuntime, 1, '/w')).toContain(late);
  expect(jvmOptions(driverSpec, fakeRuntime, 1, '/w')).not.toContain(late);
});

it('starts a JVM that is nicer than the control plane', () => {
  const command = launchCommand({
    spec: executorSpec,
    installation: fakeInstallation,
    runtime: fakeRuntime,
    workerScale: 1,
    folder: '/w',
    workIsThere: false,
  });
  expect(command.slice(0, 4)).toEqual(['nice', '-n', '5', fakeInstallation.javaBin]);
  expect(command.slice(-4)).toEqual([
    '-cp',
    '/opt/plugin.jar:/opt/spark/jars/a.jar',
    'io.firesteel.worker.WorkerMain',
    'warm:executor',
  ]);
});

it("gives a worker its credentials' address and nothing of the agent's environment", () => {
  const environment = launchEnvironment({
    workerId: 'w1',
    folder: '/w',
    token: 't',
    agentPort: 4590,
    installation: fakeInstallation,
    runtime: fakeRuntime,
    region: 'eu-west-1',
    s3Endpoint: 'http://127.0.0.1:4581',
    awsEndpoint: null,
    searchPath: '/bin',
    waitingPython: false,
  });
  expect(environment).not.toHaveProperty('FIRESTEEL_WAITING_PYTHON');
  expect(environment).toMatchObject({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:4590/workers/w1/credentials',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 't',
    FIRESTEEL_WORKER_TOKEN: 't',
    FIRESTEEL_WORKER_DIR: '/w',
    PYTHONPATH: '/opt/spark/python',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:4581',
  });
  expect(environment).not.toHaveProperty('FIRESTEEL_SECRETS_DIR');
});

it.each([
  ['emr-7.13.0', true],
  ['emr-7.13.0-latest', true],
  ['emr-7.13.0-20260101', true],
  ['emr-6.9.0', false],
])('knows whether %s has a runtime: %s', (label, known) => {
  expect(runtimeOf(fakeInstallation, label) !== null).toBe(known);
});

it('says when there is no installation', () => {
  expect(installationReader('/nowhere/installation.json')).toThrow('ENOENT');
});

const run = {
  accountId: '1',
  applicationId: 'app',
  jobRunId: 'run',
  attempt: 1,
  logsByAttempt: false,
  hasScratch: false,
  executionRoleArn: 'r',
  executionIamPolicy: null,
  logUri: 's3://bucket/a/b/',
  traceparent: null,
  executorId: null,
};

it('lays logs out as AWS does (reference emr-serverless §7.2)', () => {
  const at = (key: string) => ({ bucket: 'bucket', key: `a/b/applications/app/jobs/run/${key}` });
  expect(containerLogAddress(run, 'stdout')).toEqual(at('SPARK_DRIVER/stdout.gz'));
  expect(containerLogAddress({ ...run, executorId: '12' }, 'stderr')).toEqual(
    at('SPARK_EXECUTOR/12/stderr.gz'),
  );
  expect(sparkLogAddress(run, 'run')).toEqual(at('sparklogs/run'));
  expect(containerLogAddress({ ...run, logUri: null }, 'stdout')).toBeNull();
  const second = { ...run, attempt: 2, logsByAttempt: true };
  expect(containerLogAddress(second, 'stdout')).toEqual(at('attempts/2/SPARK_DRIVER/stdout.gz'));
  expect(containerLogAddress({ ...second, executorId: '12' }, 'stderr')).toEqual(
    at('attempts/2/SPARK_EXECUTOR/12/stderr.gz'),
  );
  expect(sparkLogAddress(second, 'run')).toEqual(at('attempts/2/sparklogs/run'));
});

it.each([
  ['s3://bucket', { bucket: 'bucket', key: '' }],
  ['s3a://bucket//x/', { bucket: 'bucket', key: 'x' }],
  ['file:///x', null],
])('reads the logUri %s', (logUri, expected) => {
  expect(parseLogUri(logUri)).toEqual(expected);
});

it.each([
  ['http://127.0.0.1:4583', 'ws://127.0.0.1:4583/agents'],
  ['https://capacity.example/', 'wss://capacity.example/agents'],
])('connects to %s at %s', (given, expected) => {
  expect(agentsUrl(given)).toBe(expected);
});

it.each([
  ['heard lately', 20_000, 15_000, 15_000, false],
  ['silent', 20_000, 4_000, 15_000, true],
  ['not listened to by an agent that was stopped', 60_000, 4_000, 5_000, false],
  ['silent after the agent was stopped', 80_000, 4_000, 75_000, true],
])('takes a connection that is %s for what it is', (_what, now, heardAt, awakeAt, silent) => {
  expect(isSilent(now, heardAt, awakeAt)).toBe(silent);
});

it('reads a process whose name tries to mislead', () => {
  const stat = `7 (a) b (c) S 1 7 6 ${Array.from({ length: 15 }, () => '0').join(' ')} 99 1`;
  expect(parseProcessStatus(stat)).toEqual({ state: 'S', session: 6, startTicks: '99' });
});

it.each([
  ['00f1abc-d.1', true],
  ['..', false],
  ['a/b', false],
  ['', false],
])('takes %s for a worker id: %s', (text, expected) => {
  expect(isWorkerId(text)).toBe(expected);
});

it('names what is missing in the environment', () => {
  expect(() => parseConfig({ PORT: '1' })).toThrow('CAPACITY_URL');
  const config = parseConfig({
    PORT: '4590',
    CAPACITY_URL: 'http://127.0.0.1:1',
    IAM_AUTHORIZER_URL: 'http://127.0.0.1:2',
    S3_ENDPOINT: 'http://127.0.0.1:3',
    FIRESTEEL_DATA_DIR: '/d',
    FIRESTEEL_INSTALLATION: '/i',
    FIRESTEEL_SECRETS_DIR: '/s',
    WORKER_SCALE: '0.5',
    WORKER_VCPU: '8',
  });
  expect(config).toMatchObject({ zone: 'zone-a', workerScale: 0.5, capacity: { vcpu: 8 } });
});
