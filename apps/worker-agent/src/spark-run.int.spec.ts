import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
  await untilRemoved('d1', 'e1');
  return { driver: driver.fact, executor: worker.fact };
};

const shipped = (path: string): string => {
  const object = bed.cloud.objects.get(`${at}/${path}`);
  return object === undefined ? '' : gunzipSync(object).toString();
};

const scratch = '/firesteel-scratch/00f1aabbccddeeff/1/';

/** A shuffle whose map side counts its runs, a wait until every executor has left, then its reduce side. */
const leavingScript = `
import time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
ran = sc.accumulator(0)
def first(part):
    ran.add(1)
    return ((i % 4, i) for i in range(1000))
shuffled = sc.parallelize(range(4), 4).mapPartitions(first).partitionBy(4)
print("FIRST", shuffled.count())
while not sc._jsc.sc().getExecutorIds().isEmpty():
    time.sleep(0.1)
print("TOTAL", shuffled.map(lambda pair: pair[1]).sum(), "RAN", ran.value)
spark.stop()
`;
const leavingProperties = {
  'spark.dynamicAllocation.enabled': 'true',
  'spark.dynamicAllocation.initialExecutors': '1',
  'spark.dynamicAllocation.maxExecutors': '1',
  'spark.dynamicAllocation.executorIdleTimeout': '2s',
  'spark.dynamicAllocation.shuffleTracking.enabled': 'false',
  'spark.decommission.enabled': 'true',
  'spark.executor.instances': '1',
  'spark.executor.cores': '1',
};
const waitedScript = `
import sys
from pyspark.sql import SparkSession
sc = SparkSession.builder.getOrCreate().sparkContext
print("SUM", sc.parallelize(range(10), 2).sum(), "WAITED", "waiting_python" in sys.modules)
sys.exit(3)
`;
const minutes = (count: number): number => count * 60_000;

/** Binds an executor once the driver wants one, as it says after so many messages. */
const bindExecutor = async (workerId: string, executorId: string, from: number): Promise<void> => {
  await bed.capacity.hear(
    'a wish for executors',
    (m) => (m.type === 'targets' && m.targets.some(({ executors }) => executors > 0) ? m : null),
    from,
  );
  const registered = await bed.capacity.hear(
    'the driver',
    (m): Extract<AgentMessage, { type: 'driverRegistered' }> | null =>
      m.type === 'driverRegistered' ? m : null,
  );
  const executor = executorAssignment({ logUri });
  if (executor.work.kind !== 'executor') throw new Error('no executor');
  const { driverUrl } = registered;
  const work = { ...executor.work, driverUrl, executorId, cores: 1 };
  bed.capacity.say({ type: 'bind', workerId, assignment: { ...executor, work } });
};

const untilRemoved = async (...workerIds: readonly string[]): Promise<void> => {
  while (workerIds.some((workerId) => existsSync(bed.folderOf(workerId)))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
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

  it('runs Python on a warm driver, in the interpreter that waited', async () => {
    const script = join(bed.config.dataDir, 'waited.py');
    writeFileSync(script, waitedScript);
    launch('d1', driverSpec);
    launch('e1', executorSpec);
    await bed.capacity.hearFact('d1', 'ready');
    await bed.capacity.hearFact('e1', 'ready');
    const ends = await run([script]);
    expect(ends.driver).toMatchObject({ exitCode: 3 });
    expect(shipped('SPARK_DRIVER/stdout.gz')).toContain('SUM 45 WAITED True');
    expect(bed.errors).toEqual([]);
  });

  it('runs Python cold, bound before it is ready', async () => {
    launch('d1', driverSpec);
    launch('e1', executorSpec);
    const ends = await run(['/usr/lib/spark/examples/src/main/python/pi.py', '2']);
    expect(ends.driver).toMatchObject({ exitCode: 0 });
    expect(shipped('SPARK_DRIVER/stdout.gz')).toContain('Pi is roughly 3.');
  });

  it(
    'reads the blocks of its last executor back from the scratch bucket, and computes nothing twice',
    async () => {
      const script = join(bed.config.dataDir, 'leaving.py');
      writeFileSync(script, leavingScript);
      launch('d1', driverSpec);
      launch('e1', executorSpec);
      launch('e2', executorSpec);
      const assignment = driverAssignment([script], { logUri }, leavingProperties);
      bed.capacity.say({ type: 'bind', workerId: 'd1', assignment });
      await bindExecutor('e1', '1', 0);
      const left = await bed.capacity.hearFact('e1', 'exited');
      expect(left.fact).toMatchObject({ exitCode: 0, outOfMemory: false });
      await bed.capacity.hear('who leaves', (m) =>
        m.type === 'executorsLeaving' && m.how === 'decommission' ? m : null,
      );
      const kept = [...bed.cloud.objects.keys()].filter((key) => key.startsWith(scratch));
      expect(kept.length).toBeGreaterThan(0);
      await bindExecutor('e2', '2', bed.capacity.messages.length);
      const driver = await bed.capacity.hearFact('d1', 'exited');
      expect(driver.fact).toMatchObject({ exitCode: 0 });
      await untilRemoved('d1');
      expect(shipped('SPARK_DRIVER/stdout.gz')).toContain('TOTAL 1998000 RAN 4');
      const reads = bed.cloud.calls.filter(
        ({ method, path }) =>
          method === 'GET' && path.startsWith(scratch) && path.includes('.data'),
      );
      expect(reads.length).toBeGreaterThan(0);
      const after = [...bed.cloud.objects.keys()].filter((key) => key.startsWith(scratch));
      expect(after).toEqual([]);
    },
    minutes(5),
  );

  it('shows why a run failed', async () => {
    launch('d1', driverSpec);
    const assignment = driverAssignment(['--class', 'no.Such', '/usr/lib/spark/none.jar']);
    bed.capacity.say({ type: 'bind', workerId: 'd1', assignment });
    const exited = await bed.capacity.hearFact('d1', 'exited');
    expect(exited.fact).toMatchObject({ exitCode: expect.any(Number) });
    expect(exited.fact.kind === 'exited' && exited.fact.exitCode).not.toBe(0);
  });
});
