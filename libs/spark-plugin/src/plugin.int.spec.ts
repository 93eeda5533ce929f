// Real drivers and executors against a stand-in agent. Needs what set-up installs.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedSpark } from './config.ts';
import { type Behaviour, type Result, runJob, type Submission } from './stand-in-agent.ts';

const spark = installedSpark('emr-7.13.0');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firesteel-plugin-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const run = (submission: Submission, behaviour?: Behaviour): Promise<Result> =>
  runJob(spark, join(folder, 'run'), submission, behaviour);

const script = async (name: string, lines: readonly string[]): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
};

const PI: Submission = {
  application: ['--class', 'org.apache.spark.examples.SparkPi', spark.examplesJar, '4'],
};

/** Where a second executor would show nothing more. */
const single = { conf: { 'spark.executor.instances': '1' } };

const operations = (result: Result, operation: string) =>
  result.heard.filter((heard) => heard.operation === operation).map(({ body }) => body);

describe('a Scala job', () => {
  it('runs on two executors, authenticated, and tells its agent what it needs', async () => {
    const result = await run(PI);

    expect(result.stderr).toContain('INFO SparkContext');
    expect(result.stdout).toMatch(/Pi is roughly 3\.1\d+/);
    expect(result.status).toBe(0);
    expect(result.executors).toEqual([0, 0]);
    expect(operations(result, 'driver')[0]?.['url']).toMatch(
      /^spark:\/\/CoarseGrainedScheduler@127\.0\.0\.1:\d+$/,
    );
    expect(operations(result, 'targets')[0]).toEqual({
      sequence: 1,
      targets: [
        { resourceProfileId: 0, executors: 2, cores: 1, memoryMb: 512, memoryOverheadMb: 384 },
      ],
    });
    // Said before its executors end, which would be replaced otherwise.
    expect(operations(result, 'targets').at(-1)).toMatchObject({ targets: [] });
    expect(operations(result, 'milestone').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['contextReady', 'firstExecutor', 'firstTask']),
    );
    expect(result.marks.bound).toBeGreaterThanOrEqual(result.marks.ready);
  });

  it('runs on workers that have warmed up', async () => {
    const result = await run(PI, { warm: true });

    expect(result.stderr).not.toContain('This worker starts slowly');
    expect(result.stdout).toContain('Pi is roughly');
    expect(result.status).toBe(0);
    // 1: its driver was gone before its word to stop had come.
    expect(result.executors.filter((code) => code !== 0 && code !== 1)).toEqual([]);
  });

  it('does not notice that its agent is restarted', async () => {
    let absences = 0;
    const result = await run(
      { ...PI, ...single },
      {
        onHeard: ({ operation }, agent) => {
          if (operation === 'driver' && absences === 0) {
            absences += 1;
            void agent.absentMs(1500);
          }
        },
      },
    );

    expect(result.status).toBe(0);
    expect(result.stdout).toContain('Pi is roughly');
  });

  it('ends with 143 when another attempt has taken its place', async () => {
    const result = await run(PI, {
      answer: ({ operation }) => ({ status: operation === 'targets' ? 409 : 200, body: '{}' }),
    });

    expect(result.status).toBe(143);
  });

  it('logs what the limits of its application refuse', async () => {
    const messages = [
      'ApplicationMaxCapacityExceededException: Worker could not be allocated as the application has ' +
        'exceeded maximumCapacity settings: [cpu: 4 vCPU, memory: 16 GB]',
      'Worker could not be allocated as the zone has no room left: [cpu: 4 vCPU]',
    ];
    const body = JSON.stringify({ refusals: messages.map((message) => ({ message })) });
    const result = await run({ ...PI, ...single }, { answer: () => ({ status: 200, body }) });

    for (const message of messages) {
      expect(result.stderr).toContain(` WARN ExecutorContainerAllocator: ${message}\n`);
    }
    expect(result.status).toBe(0);
  });

  it('starts with fewer executors than the default when its maximum is lower', async () => {
    const result = await run({
      ...PI,
      conf: {
        'spark.dynamicAllocation.enabled': 'true',
        'spark.dynamicAllocation.maxExecutors': '1',
        'spark.executor.instances': '3',
      },
    });

    expect(result.status).toBe(0);
    expect(result.executors).toHaveLength(1);
  });
});

describe('a PySpark job', () => {
  const pi = [
    'import os, random',
    'from pyspark.sql import SparkSession',
    'spark = SparkSession.builder.getOrCreate()',
    'hit = lambda _: 1 if random.random() ** 2 + random.random() ** 2 <= 1 else 0',
    'n = 100000',
    'hits = spark.sparkContext.parallelize(range(n), 4).map(hit).sum()',
    'print("Pi is roughly", 4.0 * hits / n, os.environ.get("GREETING"))',
  ];

  it('runs on two executors and sees its own environment', async () => {
    const path = await script('pi.py', [...pi, 'spark.stop()']);
    const result = await run({ application: [path], environment: { GREETING: 'hello' } });

    expect(result.stdout).toMatch(/Pi is roughly 3\.\d+ hello/);
    expect(result.status).toBe(0);
    expect(result.executors).toEqual([0, 0]);
  });

  it('ends with the code of its own sys.exit', async () => {
    const path = await script('exit.py', [...pi, 'import sys', 'sys.exit(3)']);
    const result = await run({ application: [path], ...single });

    expect(result.status).toBe(3);
  });

  it('ends with 1 when it throws', async () => {
    const path = await script('throw.py', ['raise ValueError("no such table")']);
    const result = await run({ application: [path] });

    expect(result.stderr + result.stdout).toContain('ValueError: no such table');
    expect(result.status).toBe(1);
  });

  it('runs a task again on another executor when one is lost', async () => {
    const path = await script('slow.py', [
      'import time',
      'from pyspark.sql import SparkSession',
      'spark = SparkSession.builder.getOrCreate()',
      'slow = lambda i: time.sleep(1) or i',
      'print("sum", spark.sparkContext.parallelize(range(6), 6).map(slow).sum())',
      'spark.stop()',
    ]);
    const conf = { 'spark.task.maxFailures': '1' };
    const result = await run(
      { application: [path], conf },
      {
        onHeard: ({ operation, body }, agent) => {
          if (operation === 'milestone' && body['name'] === 'firstTask') agent.killExecutor(0);
        },
      },
    );

    expect(result.stdout).toContain('sum 15');
    expect(result.status).toBe(0);
  });
});

describe('a job that fails', () => {
  it('ends with 1 and prints the stack trace as spark-submit does', async () => {
    const application = ['--class', 'io.firesteel.examples.ShippingPriority', spark.examplesJar];
    const result = await run({
      application: [...application, '/no/such/input', '/no/such/output'],
      ...single,
    });

    expect(result.stderr).toMatch(
      /Exception in thread "main" org\.apache\.spark\.sql\.AnalysisExc/,
    );
    expect(result.status).toBe(1);
  });

  it('ends with the code of its own System.exit', async () => {
    const application = ['--class', 'io.firesteel.examples.ShippingPriority', spark.examplesJar];
    const result = await run({ application });

    expect(result.status).toBe(2);
  });
});
