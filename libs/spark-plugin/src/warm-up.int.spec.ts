// What warming up does to a worker, and that it leaves nothing behind. Needs what set-up installs.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveObjects, propertyNames, threadNames } from './attach.ts';
import { installedSpark } from './config.ts';
import { type Result, runJob, startWorker, untilReady, type Worker } from './stand-in-agent.ts';

const spark = installedSpark('emr-7.13.0');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firesteel-warm-up-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Whatever holds a setting, a secret, a connection or a folder of a context. */
const traces = [
  'org.apache.spark.SparkConf',
  'org.apache.spark.SparkContext',
  'org.apache.spark.SparkEnv',
  'org.apache.spark.SecurityManager',
  'org.apache.spark.deploy.SparkHadoopUtil',
  'org.apache.spark.executor.Executor',
  'org.apache.spark.executor.ExecutorSource',
  'org.apache.spark.metrics.MetricsSystem',
  'org.apache.spark.network.server.TransportServer',
  'org.apache.spark.network.client.TransportClient',
  'org.apache.spark.resource.ResourceProfile',
  'org.apache.spark.rpc.netty.NettyRpcEnv',
  'org.apache.spark.scheduler.DAGScheduler',
  'org.apache.spark.scheduler.LiveListenerBus',
  'org.apache.spark.sql.SparkSession',
  'org.apache.spark.sql.internal.SharedState',
  'org.apache.spark.storage.BlockManager',
  'org.apache.spark.storage.DiskBlockManager',
  'org.apache.spark.util.MutableURLClassLoader',
  'org.apache.hadoop.fs.LocalFileSystem',
  'org.apache.hadoop.fs.RawLocalFileSystem',
  'org.apache.hadoop.security.Credentials',
  'org.apache.hadoop.security.UserGroupInformation',
];

/** Netty's threads end two seconds after the servers and clients that they served. */
const windsDown = /^((rpc|shuffle)-(boss|client|server)|globalEventExecutor)-/;
const patienceMs = 30_000;

/** Threads that the JVM, Hadoop's classes and the warming up itself may keep. */
const expectedThreads =
  /^(main|warm-up|Attach Listener|C[12] .*|Common-Cleaner|Finalizer|Monitor Deflation Thread|Notification Thread|Reference Handler|Service Thread|Signal Dispatcher|Sweeper thread|VM .*|GC .*|process reaper|org\.apache\.hadoop\.fs\.FileSystem\$Statistics\$StatisticsDataReferenceCleaner)$/;

describe.each(['driver', 'executor'] as const)('a warm %s', (workerType) => {
  let worker: Worker;
  let pid: number;
  beforeAll(async () => {
    worker = startWorker(spark, join(folder, workerType), workerType, true);
    pid = worker.process.pid ?? 0;
    await untilReady(worker);
    const until = Date.now() + patienceMs;
    while ((await threadNames(pid)).some((name) => windsDown.test(name)) && Date.now() < until) {
      await sleep(100);
    }
  });
  afterAll(async () => {
    worker.process.kill('SIGKILL');
    await worker.exited;
  });

  it('has run a job', async () => {
    const objects = await liveObjects(pid);
    expect(objects.has('io.firesteel.worker.FirstContext$')).toBe(true);
    expect(objects.has('org.apache.spark.scheduler.DAGScheduler$')).toBe(true);
  });

  it('keeps no object of it', async () => {
    const objects = await liveObjects(pid);
    expect(traces.filter((name) => objects.has(name))).toEqual([]);
    // Netty has one of its own.
    expect(objects.get('io.netty.buffer.PooledByteBufAllocator')).toBe(1);
  });

  it('keeps no setting of it', async () => {
    const names = await propertyNames(pid);
    expect(names).toContain('java.home');
    expect(names.filter((name) => /spark/i.test(name))).toEqual([]);
  });

  it('keeps no thread of it', async () => {
    const names = await threadNames(pid);
    expect(names).toContain('main');
    expect(names.filter((name) => !expectedThreads.test(name))).toEqual([]);
  });

  it('keeps no file of it, and has said nothing', async () => {
    expect(await readdir(join(worker.folder, 'local'))).toEqual([]);
    const natives = /^(liblz4-java-|libnetty|snappy-|zstd-).*|^libzstd.*/;
    const left = await readdir(join(worker.folder, 'tmp'));
    expect(left.filter((name) => !natives.test(name))).toEqual([]);
    expect(worker.output()).toEqual({ stdout: '', stderr: '' });
  });
});

const script = async (name: string, lines: readonly string[]): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
};

/** What a job can see of numbers that are given out one after the other, and of the process it is in. */
const numbers = [
  'from pyspark.resource import ExecutorResourceRequests, ResourceProfileBuilder',
  'from pyspark.sql import SparkSession',
  'spark = SparkSession.builder.getOrCreate()',
  'sc, jvm = spark.sparkContext, spark._jvm',
  'cores = ExecutorResourceRequests().cores(1)',
  'profile = ResourceProfileBuilder().require(cores).build',
  'rdd = sc.parallelize(range(4), 2).withResources(profile)',
  'print("profile", profile.id, "rdd", rdd.id())',
  'print("sum", sc.parallelize(range(10), 2).map(lambda n: (n % 2, n)).reduceByKey(lambda a, b: a + b).count())',
  'print("accumulator", jvm.org.apache.spark.util.AccumulatorContext.newId())',
  'print("shuffle", sc._jsc.sc().newShuffleId(), "rdd", sc._jsc.sc().newRddId())',
  'spark.range(0, 5, 1, 2).selectExpr("id * 2 as twice").filter("twice > 2").explain()',
  'spark.stop()',
];

it('a warm worker gives its job the numbers that a cold one gives', async () => {
  const application = [await script('counted.py', numbers)];
  const conf = { 'spark.dynamicAllocation.enabled': 'true', 'spark.executor.cores': '1' };
  const said = async (warm: boolean): Promise<string> => {
    const result = await runJob(spark, join(folder, 'run'), { application, conf }, { warm });
    expect(result).toMatchObject({ status: 0, stdout: expect.stringContaining('shuffle') });
    return result.stdout;
  };
  const cold = await said(false);
  expect(cold).toMatch(/profile \d+ rdd \d+/);
  expect(await said(true)).toBe(cold);
});

it('a worker that is bound while it warms up stops warming up and runs its job', async () => {
  const application = [...['--class', 'org.apache.spark.examples.SparkPi', spark.examplesJar, '2']];
  let objects: Promise<ReadonlyMap<string, number>> | null = null;
  const result: Result = await runJob(
    spark,
    join(folder, 'run'),
    { application },
    {
      warm: true,
      bindsAtOnce: true,
      onHeard: ({ operation }, agent) => {
        if (operation === 'driver') objects = liveObjects(agent.driverPid());
      },
    },
  );
  expect(result.status).toBe(0);
  expect(result.stdout).toContain('Pi is roughly');
  expect(result.marks.ready).toBeLessThanOrEqual(result.marks.bound);
  const seen = (await objects) as ReadonlyMap<string, number> | null;
  expect(seen?.get('org.apache.spark.SparkContext')).toBe(1);
  expect(seen?.has('io.firesteel.worker.FirstContext$')).toBe(false);
});
