import { encodeBindLine } from './bind-line.ts';
import { localPath, type SparkPlace, sparkBinding } from './spark-binding.ts';
import { fakeRuntime } from './test/agent-under-test.ts';
import { driverAssignment, executorAssignment } from './test/assignments.ts';

const place: SparkPlace = {
  workerId: 'w1',
  folder: '/data/workers/w1',
  agentPort: 4590,
  runtime: fakeRuntime,
  examplesJar: '/opt/spark/examples/jars/spark-examples_2.12-3.5.6.jar',
  s3Endpoint: 'http://127.0.0.1:4581',
  region: 'us-east-1',
  driverPython: null,
};

/** What Spark would see: later `--conf` of the same name win. */
const confOf = (words: readonly string[]): { [name: string]: string } =>
  Object.fromEntries(
    words.flatMap((word, index) => {
      const [name, ...value] = word.split('=');
      return words[index - 1] === '--conf' ? [[name, value.join('=')]] : [];
    }),
  );

const driver = (words: string[], properties: { [name: string]: string } = {}) =>
  sparkBinding(driverAssignment(words, {}, properties), place);

it.each([
  ['/usr/lib/spark/examples/src/main/python/pi.py', '/opt/spark/examples/pi.py'],
  ['local:///usr/lib/spark/jars/a.jar', '/opt/spark/jars/a.jar'],
  ['file:///usr/lib/spark/jars/a.jar', '/opt/spark/jars/a.jar'],
  ['local:///usr/lib/spark/examples/jars/spark-examples.jar', place.examplesJar],
  ['/usr/lib/sparkling/a.jar', '/usr/lib/sparkling/a.jar'],
  ['s3://bucket/usr/lib/spark/a.jar', 's3://bucket/usr/lib/spark/a.jar'],
])('finds %s where Spark is installed here', (given, expected) => {
  expect(localPath(given, place)).toBe(expected);
});

it('calls SparkSubmit with our master, and the secret as a property only', () => {
  const binding = driver(['--class', 'a.Main', 's3://b/a.jar', '--master', 'mine']);
  expect(binding.mainClass).toBe('org.apache.spark.deploy.SparkSubmit');
  expect(binding.arguments.slice(0, 2)).toEqual([
    '--master',
    'spark-firesteel://127.0.0.1:4590/w1',
  ]);
  expect(binding.arguments.slice(-5)).toEqual([
    '--class',
    'a.Main',
    's3://b/a.jar',
    '--master',
    'mine',
  ]);
  expect(binding.properties).toEqual({
    'spark.authenticate': 'true',
    'spark.authenticate.secret': 's3cr3t',
  });
  expect(binding.arguments.join(' ')).not.toContain('s3cr3t');
});

it.each([
  ['spark.driver.host', '127.0.0.1'],
  ['spark.driver.bindAddress', '127.0.0.1'],
  ['spark.authenticate', 'true'],
  ['spark.submit.deployMode', 'client'],
  ['spark.firesteel.jobRunId', '00f1aabbccddeeff'],
])('keeps %s whatever the job says', (name, expected) => {
  const words = ['--conf', `${name}=other`, `--conf=${name}=other`, '/a.py'];
  expect(confOf(driver(words, { [name]: 'other' }).arguments)[name]).toBe(expected);
});

it.each([
  ['spark.ui.enabled', 'false', 'true'],
  ['spark.eventLog.enabled', 'true', 'false'],
  ['spark.eventLog.dir', 'file:///data/workers/w1/sparklogs', 's3://mine/'],
  ['spark.hadoop.fs.s3a.endpoint', 'http://127.0.0.1:4581', 'https://s3.amazonaws.com'],
  ['spark.hadoop.fs.s3a.connection.ssl.enabled', 'false', 'true'],
  ['spark.hadoop.fs.s3.impl', 'org.apache.hadoop.fs.s3a.S3AFileSystem', 'x'],
  ['spark.sql.adaptive.enabled', 'true', 'false'],
])('gives %s a default that the job may change', (name, byDefault, changed) => {
  expect(confOf(driver(['/a.py']).arguments)[name]).toBe(byDefault);
  expect(confOf(driver(['/a.py'], { [name]: changed }).arguments)[name]).toBe(changed);
  const words = ['--conf', `${name}=${changed}`, '/a.py'];
  expect(confOf(driver(words).arguments)[name]).toBe(changed);
});

it('drops what would undo the master, and only among the options', () => {
  const { arguments: words } = driver([
    '--deploy-mode',
    'cluster',
    '--verbose',
    '/a.py',
    '--deploy-mode',
    'x',
  ]);
  expect(words.slice(-4)).toEqual(['--verbose', '/a.py', '--deploy-mode', 'x']);
});

it('rewrites lists of paths in options and properties', () => {
  const { arguments: words } = driver(
    [
      '--jars',
      '/usr/lib/spark/a.jar,s3://b/c.jar',
      '--py-files=local:///usr/lib/spark/d.zip',
      '/a.py',
    ],
    { 'spark.files': '/usr/lib/spark/e,f' },
  );
  expect(words).toContain('/opt/spark/a.jar,s3://b/c.jar');
  expect(words).toContain('/opt/spark/d.zip');
  expect(confOf(words)['spark.files']).toBe('/opt/spark/e,f');
});

it("never lets a job's own secret or master through", () => {
  const words = driver(
    ['--conf', 'spark.authenticate.secret=mine', '--conf', 'spark.master=local', '/a.py'],
    { 'spark.authenticate.secret': 'mine', 'spark.master': 'local' },
  ).arguments;
  expect(words.join(' ')).not.toContain('mine');
  expect(words.join(' ')).not.toContain('spark.master');
});

it('makes an executor that knows its driver and its secret', () => {
  const binding = sparkBinding(executorAssignment(), place);
  expect(binding.mainClass).toBe('org.apache.spark.executor.CoarseGrainedExecutorBackend');
  expect(binding.arguments.join(' ')).toBe(
    '--driver-url spark://CoarseGrainedScheduler@127.0.0.1:4040 --executor-id 7 --hostname 127.0.0.1 ' +
      '--cores 2 --app-id 00f1aabbccddeeff --resourceProfileId 0',
  );
  expect(binding.environment).toEqual({ USER_VARIABLE: 'yes', _SPARK_AUTH_SECRET: 's3cr3t' });
  expect(binding.properties).toMatchObject({
    'spark.authenticate': 'true',
    'spark.network.crypto.enabled': 'true',
  });
});

it("keeps pyspark beside a job's own PYTHONPATH", () => {
  const assignment = driverAssignment(['/a.py']);
  const work = { ...assignment.work, environment: { PYTHONPATH: './mine', A: 'b' } };
  expect(sparkBinding({ ...assignment, work }, place).environment).toEqual({
    PYTHONPATH: './mine:/opt/spark/python',
    A: 'b',
  });
});

it.each<[string, string, { [name: string]: string }, string | undefined]>([
  ['a script', '/a.py', {}, '/opt/driver-python.sh'],
  ['a jar', 's3://b/a.jar', {}, undefined],
  [
    'a script with a Python of its own',
    '/a.py',
    { PYSPARK_PYTHON: './venv/bin/python' },
    undefined,
  ],
  ['a script with a driver’s Python', '/a.py', { PYSPARK_DRIVER_PYTHON: 'mine' }, 'mine'],
])('hands %s to the Python that waits unless it may not', (_what, primary, environment, python) => {
  const assignment = driverAssignment([primary]);
  const work = { ...assignment.work, environment };
  const waiting = { ...place, driverPython: '/opt/driver-python.sh' };
  const bound = sparkBinding({ ...assignment, work }, waiting).environment;
  expect(bound['PYSPARK_DRIVER_PYTHON']).toBe(python);
  expect(bound['PYSPARK_PYTHON']).toBe(environment['PYSPARK_PYTHON']);
});

it('writes a bind line as WorkerMain reads it', () => {
  const line = encodeBindLine({
    properties: { a: '1', b: 'x=y' },
    environment: { C: 'ü' },
    mainClass: 'M',
    arguments: ['one', '', 'two words'],
  });
  expect(line.endsWith('\n')).toBe(true);
  expect(Buffer.from(line, 'base64').toString()).toBe(
    'a=1\u0001b=x=y\u0002C=ü\u0002M\u0002one\u0001\u0001two words',
  );
  const bad = { properties: {}, environment: {}, mainClass: 'M', arguments: ['a\u0001b'] };
  expect(() => encodeBindLine(bad)).toThrow('control character');
});

const leaving = { 'spark.decommission.enabled': 'true', 'spark.dynamicAllocation.enabled': 'true' };
it.each<[string, { [name: string]: string }, string | undefined]>([
  ['may leave', leaving, 's3a://firesteel-scratch/00f1aabbccddeeff/1/'],
  ['may not leave', { ...leaving, 'spark.decommission.enabled': 'false' }, undefined],
  ['are static', { ...leaving, 'spark.dynamicAllocation.enabled': 'false' }, undefined],
  [
    'leave elsewhere as the job says',
    { ...leaving, 'spark.storage.decommission.fallbackStorage.path': 's3a://mine/' },
    's3a://mine/',
  ],
])('gives a run whose executors %s its place for blocks', (_name, properties, path) => {
  const conf = confOf(driver(['/a.py'], properties).arguments);
  expect(conf['spark.storage.decommission.fallbackStorage.path']).toBe(path);
});
