// An agent for tests: starts real worker JVMs, binds them, answers the plug-in, remembers what it heard.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type InstalledSpark, inheritedEnvironment } from './config.ts';

const TOKEN = 'worker-token';
const SECRET = 'run-secret';

/** One request of the plug-in. */
export type Heard = { readonly operation: string; readonly body: Record<string, unknown> };

/** A worker JVM; `output` is what it wrote so far. */
export type Worker = {
  readonly folder: string;
  readonly process: ChildProcess;
  readonly output: () => { stdout: string; stderr: string };
  readonly exited: Promise<number | null>;
};

/** What `spark-submit` would be told. */
export type Submission = {
  readonly conf?: Readonly<Record<string, string>>;
  /** Application and its arguments, preceded by options such as `--class`. */
  readonly application: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

/** How a run ended. `marks` are uptimes in seconds. */
export type Result = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly heard: readonly Heard[];
  readonly marks: { readonly ready: number; readonly bound: number };
  /** From the driver's last word of its own to the end of its process. */
  readonly executors: readonly (number | null)[];
};

/** Status and body with which a request is answered. */
export type Answer = { readonly status: number; readonly body: string };

/** How the agent behaves. */
export type Behaviour = {
  /** Whether the workers have warmed up. */
  readonly warm?: boolean;
  /** Whether the driver is bound before it is ready. */
  readonly bindsAtOnce?: boolean;
  readonly answer?: (heard: Heard) => Answer;
  /** Called for each request; may stop and start the agent. */
  readonly onHeard?: (heard: Heard, agent: Agent) => void;
};

/** The stand-in and its switch. */
export type Agent = {
  readonly absentMs: (durationMs: number) => Promise<void>;
  readonly killExecutor: (at: number) => void;
  readonly driverPid: () => number;
};

const FINE: Answer = { status: 200, body: '{}' };

const binding = (
  properties: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
  mainClass: string,
  args: readonly string[],
): string => {
  const pairs = (record: Readonly<Record<string, string>>): string =>
    Object.entries(record)
      .map(([name, value]) => `${name}=${value}`)
      .join('\u0001');
  const parts = [pairs(properties), pairs(environment), mainClass, args.join('\u0001')];
  return `${Buffer.from(parts.join('\u0002')).toString('base64')}\n`;
};

/** Starts a worker JVM that waits for its binding. */
export const startWorker = (
  spark: InstalledSpark,
  folder: string,
  workerType: 'driver' | 'executor',
  warm: boolean,
): Worker => {
  const { runtime } = spark;
  for (const name of ['tmp', 'local']) mkdirSync(join(folder, name), { recursive: true });
  const archive = workerType === 'driver' ? runtime.driverArchive : runtime.executorArchive;
  const args = [
    ...runtime.jvmOptions,
    ...['-Xmx768m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'],
    ...(archive ? [`-XX:SharedArchiveFile=${archive}`] : []),
    ...[`-Djava.io.tmpdir=${folder}/tmp`, '-cp', runtime.classPath.join(':')],
    ...['io.firesteel.worker.WorkerMain', warm ? `warm:${workerType}` : 'none'],
  ];
  const child = spawn(spark.javaBin, args, {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...inheritedEnvironment(),
      FIRESTEEL_WORKER_DIR: folder,
      FIRESTEEL_WORKER_TOKEN: TOKEN,
      SPARK_HOME: runtime.sparkHome,
      SPARK_LOCAL_DIRS: join(folder, 'local'),
      SPARK_LOCAL_IP: '127.0.0.1',
      PYTHONPATH: runtime.pythonPath.join(':'),
      PYSPARK_PYTHON: spark.python,
    },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { folder, process: child, output: () => output, exited };
};

/** Waits until a worker has written its file `ready`. */
export const untilReady = async (worker: Worker): Promise<void> => {
  while (!existsSync(join(worker.folder, 'ready'))) {
    if (worker.process.exitCode !== null) throw new Error(worker.output().stderr);
    await sleep(5);
  }
};

const bodyOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return JSON.parse(body) as Record<string, unknown>;
};

const listen = (port: number, onHeard: (heard: Heard) => Answer): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer(async (request, response) => {
      const operation = request.url?.split('/').at(-1) ?? '';
      const known = request.headers.authorization === TOKEN && request.method === 'PUT';
      const body = await bodyOf(request);
      const { status, body: text } = known
        ? onHeard({ operation, body })
        : { status: 401, body: '' };
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const driverConf = (spark: InstalledSpark, submission: Submission): Record<string, string> => ({
  ...spark.runtime.conf,
  'spark.driver.host': '127.0.0.1',
  'spark.driver.bindAddress': '127.0.0.1',
  'spark.driver.memory': '512m',
  'spark.executor.memory': '512m',
  'spark.executor.cores': '1',
  'spark.executor.instances': '2',
  'spark.dynamicAllocation.enabled': 'false',
  'spark.authenticate.secret': SECRET,
  'spark.ui.enabled': 'false',
  'spark.firesteel.jobRunId': 'run-1',
  ...submission.conf,
});

const executorArguments = (url: string, id: number): string[] => [
  ...['--driver-url', url, '--executor-id', String(id), '--hostname', '127.0.0.1'],
  ...['--cores', '1', '--app-id', 'run-1', '--resourceProfileId', '0'],
];

const markIn = async (folder: string, name: string): Promise<number> =>
  Number(await readFile(join(folder, name), 'utf8').catch(() => 'NaN'));

type Target = { readonly executors: number };

const wantedOf = (heard: Heard): number =>
  (heard.body['targets'] as Target[]).reduce((sum, { executors }) => sum + executors, 0);

/** Keeps the number of executors at what the plug-in last asked for, up to two workers at a time. */
const executorPool = (spark: InstalledSpark, folder: string, warm: boolean) => {
  const executors: Worker[] = [];
  const grow = async (wanted: number, url: string): Promise<void> => {
    while (executors.length < wanted) {
      const id = executors.length + 1;
      const executor = startWorker(spark, join(folder, `executor-${id}`), 'executor', warm);
      executors.push(executor);
      await untilReady(executor);
      const properties = { 'spark.authenticate': 'true' };
      const mainClass = 'org.apache.spark.executor.CoarseGrainedExecutorBackend';
      const environment = { _SPARK_AUTH_SECRET: SECRET };
      executor.process.stdin?.write(
        binding(properties, environment, mainClass, executorArguments(url, id)),
      );
    }
  };
  return { executors, grow };
};

/** Runs one job with a driver and as many executors as it asks for, to its end. */
export const runJob = async (
  spark: InstalledSpark,
  folder: string,
  submission: Submission,
  behaviour: Behaviour = {},
): Promise<Result> => {
  const warm = behaviour.warm ?? false;
  const heard: Heard[] = [];
  const pool = executorPool(spark, folder, warm);
  let url = '';
  const hear = (request: Heard): Answer => {
    heard.push(request);
    if (request.operation === 'driver') url = String(request.body['url']);
    const answer = behaviour.answer?.(request) ?? FINE;
    if (request.operation === 'targets') void pool.grow(wantedOf(request), url);
    behaviour.onHeard?.(request, agent);
    return answer;
  };
  let server = await listen(0, hear);
  const { port } = server.address() as AddressInfo;
  const agent: Agent = {
    absentMs: async (durationMs) => {
      await close(server);
      await sleep(durationMs);
      server = await listen(port, hear);
    },
    killExecutor: (at) => pool.executors[at]?.process.kill('SIGKILL'),
    driverPid: () => driver.process.pid ?? 0,
  };
  const driver = startWorker(spark, join(folder, 'driver'), 'driver', warm);
  if (behaviour.bindsAtOnce !== true) await untilReady(driver);
  const args = [
    ...['--master', `spark-firesteel://127.0.0.1:${port}/worker-1`],
    ...Object.entries(driverConf(spark, submission)).flatMap(([k, v]) => ['--conf', `${k}=${v}`]),
    ...submission.application,
  ];
  driver.process.stdin?.write(
    binding({}, submission.environment ?? {}, 'org.apache.spark.deploy.SparkSubmit', args),
  );
  const status = await driver.exited;
  const timer = setTimeout(() => {
    for (const executor of pool.executors) executor.process.kill('SIGKILL');
  }, 10_000);
  const executors = await Promise.all(pool.executors.map(({ exited }) => exited));
  clearTimeout(timer);
  await close(server);
  const marks = {
    ready: await markIn(driver.folder, 'ready'),
    bound: await markIn(driver.folder, 'bound'),
  };
  await rm(folder, { recursive: true, force: true });
  return { status, ...driver.output(), heard, marks, executors };
};
