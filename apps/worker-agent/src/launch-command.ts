/** How a worker's JVM is started, before it belongs to a run: a function of its spec and this machine. */
import { fileURLToPath } from 'node:url';
import type { WorkerSpec } from '@firesteel/contracts/agent-protocol';
import type { Installation, Runtime } from './installation.ts';

const leastHeapMb = 512;
/** Beyond the agent's own: below the control plane's weight, so that a busy job cannot starve what must answer in milliseconds. */
const niceness = 5;

const waitingPythonScript = fileURLToPath(new URL('./python/start_waiting.py', import.meta.url));
/** What Spark starts as the driver's Python where one waits. */
export const driverPythonProgram = fileURLToPath(
  new URL('./python/driver-python.sh', import.meta.url),
);

/** Whether a Python that has imported PySpark waits beside a worker. */
export const hasWaitingPython = (spec: WorkerSpec): boolean =>
  spec.waits === true && spec.workerType === 'SPARK_DRIVER';

/** The JVM heap in MB: what Spark asked for times the scale, never below 512. */
export const scaledHeapMb = (heapMb: number, workerScale: number): number =>
  Math.max(leastHeapMb, Math.round(heapMb * workerScale));

const choosesCollector = (options: readonly string[]): boolean =>
  options.some((option) => /^-XX:\+Use\w+GC$/.test(option));

const archiveOptions = (archive: string | null | undefined): string[] =>
  archive ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto'] : [];

/**
 * C2's thresholds times ten. Starting and warming up call much often enough for C2, which would take as much of a
 * processor again for code that a task runs in microseconds; what is worth it gets there all the same.
 */
const lateC2 = [
  '-XX:Tier4InvocationThreshold=50000',
  '-XX:Tier4MinInvocationThreshold=6000',
  '-XX:Tier4CompileThreshold=150000',
  '-XX:Tier4BackEdgeThreshold=400000',
];

/** Drivers stop at C1: it halves the CPU of a start. */
const compilerOptions = ({ workerType }: WorkerSpec): readonly string[] =>
  workerType === 'SPARK_DRIVER' ? ['-XX:TieredStopAtLevel=1'] : lateC2;

/**
 * JVM options in order, the user's last so that they win. Two collectors would keep the JVM from
 * starting, so ours is left out when the user names one.
 */
export const jvmOptions = (
  spec: WorkerSpec,
  runtime: Runtime,
  workerScale: number,
  folder: string,
): string[] => {
  const driver = spec.workerType === 'SPARK_DRIVER';
  return [
    `-Xmx${scaledHeapMb(spec.heapMb, workerScale)}m`,
    ...(choosesCollector(spec.javaOptions) ? [] : ['-XX:+UseSerialGC']),
    ...compilerOptions(spec),
    ...archiveOptions(driver ? runtime.driverArchive : runtime.executorArchive),
    ...runtime.jvmOptions,
    `-Djava.io.tmpdir=${folder}/tmp`,
    ...spec.javaOptions,
  ];
};

/**
 * The whole command line. A worker that waits for work warms up meanwhile; one whose work is there
 * already must not, since it would only wait for what it may never need.
 */
export const launchCommand = (input: {
  readonly spec: WorkerSpec;
  readonly installation: Installation;
  readonly runtime: Runtime;
  readonly workerScale: number;
  readonly folder: string;
  readonly workIsThere: boolean;
}): string[] => {
  const { spec, installation, runtime, workerScale, folder } = input;
  const warmth = spec.workerType === 'SPARK_DRIVER' ? 'warm:driver' : 'warm:executor';
  return [
    'nice',
    '-n',
    String(niceness),
    installation.javaBin,
    ...jvmOptions(spec, runtime, workerScale, folder),
    '-cp',
    runtime.classPath.join(':'),
    'io.firesteel.worker.WorkerMain',
    input.workIsThere ? 'none' : warmth,
  ];
};

/**
 * The environment of a worker from its start: nothing of the agent's own, the same for every run.
 * The token opens the worker's credentials only once it is bound.
 */
export const launchEnvironment = (input: {
  readonly workerId: string;
  readonly folder: string;
  readonly token: string;
  readonly agentPort: number;
  readonly installation: Installation;
  readonly runtime: Runtime;
  readonly region: string;
  readonly s3Endpoint: string;
  readonly awsEndpoint: string | null;
  readonly searchPath: string;
  readonly waitingPython: boolean;
}): { [name: string]: string } => {
  const { folder, token, installation, runtime } = input;
  return {
    PATH: input.searchPath,
    LANG: 'C.UTF-8',
    HOME: `${folder}/work`,
    TMPDIR: `${folder}/tmp`,
    JAVA_HOME: installation.javaHome,
    SPARK_HOME: runtime.sparkHome,
    SPARK_LOCAL_DIRS: `${folder}/local`,
    // Everything of a run is on loopback; without it Spark looks its host up by name first.
    SPARK_LOCAL_IP: '127.0.0.1',
    PYTHONPATH: runtime.pythonPath.join(':'),
    PYSPARK_PYTHON: installation.python,
    AWS_REGION: input.region,
    AWS_DEFAULT_REGION: input.region,
    AWS_ENDPOINT_URL_S3: input.s3Endpoint,
    ...(input.awsEndpoint === null ? {} : { AWS_ENDPOINT_URL: input.awsEndpoint }),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${input.agentPort}/workers/${input.workerId}/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    FIRESTEEL_WORKER_DIR: folder,
    FIRESTEEL_WORKER_TOKEN: token,
    ...(input.waitingPython ? { FIRESTEEL_WAITING_PYTHON: waitingPythonScript } : {}),
  };
};
