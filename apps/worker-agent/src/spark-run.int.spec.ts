import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AgentMessage } from '@firesteel/contracts/agent-protocol';
import { type Bed, makeBed } from './test/agent-under-test.ts';
import {
  driverAssignment,
  driverSpec,
  executorAssignment,
  executorSpec,
} from './test/assignments.ts';

// Needs what set-up installs; without it there is no Spark to run.
const installationFile = join(homedir(), '.cache/firesteel/installation.json');
const installed = existsSync(installationFile);
const label = installed
  ? Object.keys(JSON.parse(readFileSync(installationFile, 'utf8')).runtimes)[0]
  : undefined;
const logUri = 's3://logs/team/';
const at = '/logs/team/applications/00f1aabbccddee01/jobs/00f1aabbccddeeff';

let bed: Bed;
beforeEach(async () => {
  bed = await makeBed(installed ? installationFile : undefined);
  await bed.start();
  await bed.capacity.hear('hello', (m) => (m.type === 'hello' ? m : null));
});
afterEach(async () => {
  await bed.clear();
});

const launch = (workerId: string, spec: typeof driverSpec): void =>
  bed.capacity.say({
    type: 'launch',
    workerId,
    spec: { ...spec, releaseLabel: label ?? '', heapMb: 1_024 },
  });

const properties = {
  'spark.executor.instances': '1',
  'spark.dynamicAllocation.enabled': 'false',
  'spark.executor.cores': '1',
};

/** Binds a driver and, when it says where it is, one executor; resolves when both have ended. */
const run = async (words: string[], environment: { [name: string]: string } = {}) => {
  const assignment = driverAssignment(words, { logUri }, properties);
  const work = { ...assignment.work, environment };
  bed.capacity.say({ type: 'bind', workerId: 'd1', assignment: { ...assignment, work } as never });
  const registered = await bed.capacity.hear(
    'the driver',
    (m): Extract<AgentMessage, { type: 'driverRegistered' }> | null =>
      m.type === 'driverRegistered' ? m : null,
  );
  const executor = executorAssignment({ logUri });
  if (executor.work.kind !== 'executor') throw new Error('no executor');
  const bound = { ...executor.work, driverUrl: registered.driverUrl, cores: 1 };
  bed.capacity.say({ type: 'bind', workerId: 'e1', assignment: { ...executor, work: bound } });
  const driver = await bed.capacity.hearFact('d1', 'exited');
  const worker = await bed.capacity.hearFact('e1', 'exited');
  while (existsSync(bed.folderOf('d1')) || existsSync(bed.folderOf('e1'))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { driver: driver.fact, executor: worker.fact };
};

const shipped = (path: string): string => {
  const object = bed.cloud.objects.get(`${at}/${path}`);
  return object === undefined ? '' : gunzipSync(object).toString();
};

describe('a real Spark run', () => {
  it('counts pi on a warm driver and a warm executor', async () => {
    launch('d1', driverSpec);
    launch('e1', executorSpec);
    await bed.capacity.hearFact('d1', 'ready');
    await bed.capacity.hearFact('e1', 'ready');
    const words = ['--class', 'org.apache.spark.examples.SparkPi'];
    const jar = 'local:///usr/lib/spark/examples/jars/spark-examples.jar';
    const ends = await run([...words, jar, '4']);
    expect(ends.driver).toMatchObject({ exitCode: 0, lastExceptions: '' });
    expect(ends.executor).toMatchObject({ outOfMemory: false });
    expect(shipped('SPARK_DRIVER/stdout.gz')).toContain('Pi is roughly 3.1');
    expect(shipped('SPARK_EXECUTOR/7/stderr.gz')).toContain('Connecting to driver');
    const events = [...bed.cloud.objects.keys()].filter((key) => key.includes('/sparklogs/'));
    expect(events).toEqual([`${at}/sparklogs/00f1aabbccddeeff`]);
    const targets = await bed.capacity.hear('targets', (m) => (m.type === 'targets' ? m : null));
    expect(targets.targets).toMatchObject([{ executors: 1, cores: 1 }]);
    await bed.capacity.hear('first task', (m) =>
      m.type === 'milestone' && m.name === 'firstTask' ? m : null,
    );
    expect(bed.errors).toEqual([]);
  });

  it('runs Python cold, bound before it is ready', async () => {
    launch('d1', driverSpec);
    launch('e1', executorSpec);
    const ends = await run(['/usr/lib/spark/examples/src/main/python/pi.py', '2']);
    expect(ends.driver).toMatchObject({ exitCode: 0 });
    expect(shipped('SPARK_DRIVER/stdout.gz')).toContain('Pi is roughly 3.');
  });

  it('shows why a run failed', async () => {
    launch('d1', driverSpec);
    const assignment = driverAssignment(['--class', 'no.Such', '/usr/lib/spark/none.jar']);
    bed.capacity.say({ type: 'bind', workerId: 'd1', assignment });
    const exited = await bed.capacity.hearFact('d1', 'exited');
    expect(exited.fact).toMatchObject({ exitCode: expect.any(Number) });
    expect(exited.fact.kind === 'exited' && exited.fact.exitCode).not.toBe(0);
  });
});
