// One run of a real driver and a real executor that have warmed up as those of a pool do, so that the JVMs
// can note which classes they load.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Runtime } from './installation.ts';
import type { Java } from './java.ts';
import { SetUpProblem } from './problem.ts';

/** The two kinds of worker. */
export type WorkerType = 'driver' | 'executor';

/** What to rehearse with; `folder` is empty and takes logs and data. */
export type Rehearsal = {
  readonly java: Java;
  readonly python: string;
  readonly runtime: Runtime;
  readonly folder: string;
  /** JVM options in addition to the runtime's own. */
  readonly options: (workerType: WorkerType) => readonly string[];
};

const script = fileURLToPath(new URL('rehearsal.py', import.meta.url));
const SECRET = 'rehearsal';
const LIMIT_MS = 1_800_000;
const POLL_MS = 20;
/** What a driver takes to end after its executor, at most. */
const LAST_STEPS_MS = 60_000;
const EMPTY_BUCKET =
  '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
  '<Name>rehearsal</Name><Prefix/><KeyCount>0</KeyCount><MaxKeys>2</MaxKeys>' +
  '<IsTruncated>false</IsTruncated></ListBucketResult>';

/** The line that tells a waiting worker what to run; see `WorkerMain`. */
export const bindingLine = (
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

const readyFile = (rehearsal: Rehearsal, workerType: WorkerType): string =>
  join(rehearsal.folder, workerType, 'ready');

/** A worker under way; `ended` gives its exit status, null when a signal ended it or it never ran. */
type Worker = { readonly child: ChildProcess; readonly ended: Promise<number | null> };

const asWorker = (child: ChildProcess): Worker => ({
  child,
  ended: new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', () => resolve(null));
  }),
});

/** Work that came earlier would end the warming up. False when the worker ends before it is warm. */
const warmedUp = async (file: string, { ended }: Worker): Promise<boolean> => {
  let alive = true;
  void ended.then(() => {
    alive = false;
  });
  while (alive && !existsSync(file)) await sleep(POLL_MS);
  return alive;
};

const startWorker = async (
  rehearsal: Rehearsal,
  workerType: WorkerType,
  environment: Readonly<Record<string, string>>,
): Promise<Worker> => {
  const { java, runtime, folder, python } = rehearsal;
  const own = join(folder, workerType);
  await mkdir(own, { recursive: true });
  const args = [
    ...runtime.jvmOptions,
    ...rehearsal.options(workerType),
    '-Xmx1g',
    '-cp',
    runtime.classPath.join(':'),
    'io.firesteel.worker.WorkerMain',
    `warm:${workerType}`,
  ];
  const log = openSync(join(own, 'log'), 'w');
  const child = spawn(java.bin, args, {
    cwd: own,
    stdio: ['pipe', log, log],
    env: {
      ...process.env,
      FIRESTEEL_WORKER_DIR: own,
      FIRESTEEL_WORKER_TOKEN: SECRET,
      SPARK_HOME: runtime.sparkHome,
      SPARK_LOCAL_DIRS: own,
      PYTHONPATH: runtime.pythonPath.join(':'),
      PYSPARK_PYTHON: python,
      _SPARK_AUTH_SECRET: SECRET,
      ...environment,
    },
  });
  closeSync(log);
  // It may have ended; its exit status says so.
  child.stdin?.on('error', () => undefined);
  return asWorker(child);
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
};

const credentials = (): string => {
  const Expiration = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, '');
  const keys = { AccessKeyId: 'AKIAREHEARSAL', SecretAccessKey: SECRET, Token: SECRET };
  return JSON.stringify({ ...keys, Expiration });
};

/** A store of sizes: an object that was written is there, as zeros. */
const createStore = (): ((request: IncomingMessage, response: ServerResponse) => Promise<void>) => {
  const sizes = new Map<string, number>();
  return async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const { 'x-amz-decoded-content-length': decoded, range } = request.headers;
    const body = await bodyOf(request);
    if (request.method === 'PUT') {
      sizes.set(path, Number(decoded ?? body.length));
      response.writeHead(200, { etag: '"0"' }).end();
    } else if (sizes.has(path)) sendZeros(request.method, sizes.get(path) ?? 0, range, response);
    else if (request.method === 'GET')
      response.writeHead(200, { 'content-type': 'application/xml' }).end(EMPTY_BUCKET);
    else response.writeHead(404).end();
  };
};

const sendZeros = (
  method: string | undefined,
  size: number,
  range: string | undefined,
  response: ServerResponse,
): void => {
  const [, from = 0, to = size - 1] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const length = Math.min(Number(to) + 1, size) - Number(from);
  response.writeHead(range === undefined ? 200 : 206, {
    'content-length': length,
    'content-range': `bytes ${from}-${Number(from) + length - 1}/${size}`,
    etag: '"0"',
    'last-modified': new Date().toUTCString(),
  });
  response.end(method === 'GET' ? Buffer.alloc(length) : undefined);
};

/** Plays the agent, the credentials endpoint and an object store, all on one port. */
const serve = (onPut: (operation: string, body: string) => void): Promise<Server> =>
  new Promise((resolve) => {
    const store = createStore();
    const server = createServer(async (request, response) => {
      const url = request.url ?? '';
      if (url === '/credentials') response.end(credentials());
      else if (url.startsWith('/workers/')) {
        onPut(url.split('/').at(-1) ?? '', await bodyOf(request));
        response.end('{}');
      } else await store(request, response);
    }).listen(0, '127.0.0.1', () => resolve(server));
  });

const driverBinding = (rehearsal: Rehearsal, port: number): string => {
  const { runtime, folder } = rehearsal;
  const conf: Record<string, string> = {
    ...runtime.conf,
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.memory': '1g',
    'spark.executor.memory': '1g',
    'spark.executor.cores': '2',
    'spark.dynamicAllocation.initialExecutors': '1',
    'spark.dynamicAllocation.maxExecutors': '1',
    // On a busy machine the driver may plan for a minute, and this executor has no successor.
    'spark.dynamicAllocation.executorIdleTimeout': '3600s',
    'spark.authenticate.secret': SECRET,
    'spark.ui.port': '0',
    'spark.eventLog.enabled': 'true',
    'spark.eventLog.dir': folder,
    'spark.sql.shuffle.partitions': '2',
    'spark.sql.warehouse.dir': join(folder, 'warehouse'),
    'spark.hadoop.fs.s3a.endpoint': `http://127.0.0.1:${port}`,
    'spark.hadoop.fs.s3a.endpoint.region': 'us-east-1',
    'spark.hadoop.fs.s3a.attempts.maximum': '1',
  };
  const args = [
    ...['--master', `spark-firesteel://127.0.0.1:${port}/rehearsal`],
    ...Object.entries(conf).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
    ...[script, join(folder, 'data'), 'rehearsal'],
  ];
  return bindingLine({}, {}, 'org.apache.spark.deploy.SparkSubmit', args);
};

const executorBinding = (driverUrl: string): string =>
  bindingLine(
    { 'spark.authenticate': 'true' },
    {},
    'org.apache.spark.executor.CoarseGrainedExecutorBackend',
    [
      ...['--driver-url', driverUrl, '--executor-id', '1', '--hostname', '127.0.0.1'],
      ...['--cores', '2', '--app-id', 'rehearsal', '--resourceProfileId', '0'],
    ],
  );

const causeIn = async (file: string): Promise<string | undefined> => {
  const log = await readFile(file, 'utf8').catch(() => '');
  return log.split('\n').findLast((line) => /^Caused by: |Error: |Exception: /.test(line));
};

const explain = async (folder: string): Promise<string> => {
  const logs = (['driver', 'executor'] as const).map((type) => join(folder, type, 'log'));
  const causes = await Promise.all(logs.map(causeIn));
  return causes.find((cause) => cause !== undefined) ?? 'no message';
};

/** The driver's exit status; null, too, when a worker ends before its time. */
const perform = async (
  rehearsal: Rehearsal,
  driver: Worker,
  executor: Worker,
  port: number,
): Promise<number | null> => {
  if (!(await warmedUp(readyFile(rehearsal, 'driver'), driver))) return null;
  if (!(await warmedUp(readyFile(rehearsal, 'executor'), executor))) return null;
  driver.child.stdin?.write(driverBinding(rehearsal, port));
  // A driver whose only executor has gone would wait for another for good.
  const abandoned = executor.ended.then(() => sleep(LAST_STEPS_MS, null, { ref: false }));
  const status = await Promise.race([driver.ended, abandoned]);
  // The executor writes its archive once its driver has gone.
  if (status === 0) await executor.ended;
  return status;
};

/**
 * Runs the rehearsal to its end, and leaves no process behind.
 * @throws SetUpProblem when a worker fails or all takes longer than half an hour.
 */
export const rehearse = async (rehearsal: Rehearsal): Promise<void> => {
  let driverUrl = '';
  let executor: Worker | undefined;
  const server = await serve((operation, body) => {
    if (operation === 'driver') driverUrl = (JSON.parse(body) as { url: string }).url;
    if (operation === 'targets') executor?.child.stdin?.write(executorBinding(driverUrl));
  });
  const { port } = server.address() as AddressInfo;
  const environment = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: SECRET,
  };
  const driver = await startWorker(rehearsal, 'driver', environment);
  executor = await startWorker(rehearsal, 'executor', environment);
  const workers = [driver, executor];
  const endBoth = (): void => {
    for (const { child } of workers) child.kill('SIGKILL');
  };
  const timer = setTimeout(endBoth, LIMIT_MS);
  const status = await perform(rehearsal, driver, executor, port);
  clearTimeout(timer);
  endBoth();
  await Promise.all(workers.map(({ ended }) => ended));
  server.close();
  if (status !== 0) {
    throw new SetUpProblem(
      `The rehearsal run of Spark failed (${await explain(rehearsal.folder)}): ` +
        'check that this machine has 3 GB of free memory and an idle processor, then run set-up again.',
    );
  }
};
