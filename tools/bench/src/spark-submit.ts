/** The baselines: Spark's own spark-submit, with Spark's own defaults, from the same folder and on the same Java. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Installation } from './installation.ts';
import { confOptions, jobProperties, mainClass } from './job-shape.ts';
import { printedMoment, type Sample } from './moments.ts';
import {
  endProcessGroup,
  lastLines,
  type ProcessGroup,
  startProcessGroup,
  waitForLine,
} from './process-group.ts';

const patienceMs = 120_000;

/** How Spark's own programs are started. Every started one is passed to `started`, to be ended at the end. */
export type SparkPlace = {
  readonly installation: Installation;
  readonly searchPath: string;
  /** A temporary folder of the bench's. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly started: (group: ProcessGroup) => void;
};

function startSpark(place: SparkPlace, program: string, args: readonly string[]): ProcessGroup {
  const { installation, folder } = place;
  const env = {
    PATH: place.searchPath,
    LANG: 'C.UTF-8',
    HOME: folder,
    JAVA_HOME: installation.javaHome,
    SPARK_HOME: installation.sparkHome,
    SPARK_LOCAL_IP: '127.0.0.1',
    SPARK_LOCAL_DIRS: join(folder, 'local'),
  };
  const group = startProcessGroup(join(installation.sparkHome, 'bin', program), args, env, folder);
  place.started(group);
  return group;
}

async function endOf(place: SparkPlace, group: ProcessGroup): Promise<number | string> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, place.signal]);
  const tooLate = pause(patienceMs, 'did not end', { signal });
  try {
    return await Promise.race([group.ended, tooLate]);
  } finally {
    stop.abort();
    await tooLate.catch(() => undefined);
    await endProcessGroup(group);
  }
}

async function submit(place: SparkPlace, options: readonly string[]): Promise<Sample> {
  const startedAtMs = Date.now();
  const group = startSpark(place, 'spark-submit', [
    '--class',
    mainClass,
    ...options,
    place.installation.examplesJar,
  ]);
  const end = await endOf(place, group);
  const endedAtMs = Date.now();
  if (end !== 0) throw new Error(`spark-submit ended with ${end}: ${lastLines(group.stderr(), 5)}`);
  const contextReady = printedMoment(group.stdout(), 'CONTEXT_READY');
  if (contextReady === undefined) throw new Error('the job did not say when its context was ready');
  return { contextReadyMs: contextReady - startedAtMs, successMs: endedAtMs - startedAtMs };
}

/** `spark-submit --master local[2]`: one JVM that is driver and executors at once. */
export const measureLocal = (place: SparkPlace, more: readonly string[]): Promise<Sample> =>
  submit(place, ['--master', 'local[2]', ...confOptions(jobProperties), ...conf(more)]);

/** `spark-submit` to the stand-alone cluster at `master`. */
export const measureStandalone = (
  place: SparkPlace,
  master: string,
  more: readonly string[],
): Promise<Sample> =>
  submit(place, [
    '--master',
    master,
    ...confOptions({ ...jobProperties, 'spark.cores.max': '2' }),
    ...conf(more),
  ]);

const conf = (properties: readonly string[]): string[] =>
  properties.flatMap((property) => ['--conf', property]);

/**
 * Starts a stand-alone Master and one Worker of two cores on loopback, on ports that the system chooses.
 * @returns the master's URL
 */
export async function startCluster(place: SparkPlace): Promise<string> {
  const host = ['--host', '127.0.0.1', '--webui-port', '0'];
  const deploy = 'org.apache.spark.deploy';
  const master = startSpark(place, 'spark-class', [
    `${deploy}.master.Master`,
    ...host,
    '--port',
    '0',
  ]);
  const [, url = ''] = await waitForLine(master, /(spark:\/\/127\.0\.0\.1:\d+)/, place.signal);
  const size = ['--cores', '2', '--memory', '3g', '--work-dir', join(place.folder, 'worker')];
  const worker = startSpark(place, 'spark-class', [
    `${deploy}.worker.Worker`,
    ...host,
    ...size,
    url,
  ]);
  await waitForLine(worker, /Successfully registered with master/, place.signal);
  return url;
}
