/** What capacity needs to know of an application that starts: its pools, its limit, its subnets. */
import type { ApplicationSettings, Json } from '@firesteel/contracts/events';
import { shellWords } from '@firesteel/contracts/shell-words';
import type { PoolPlan, WorkerType } from '@firesteel/contracts/worker-size';
import { Refused } from '@firesteel/decider/refused';
import type { Application } from './application.ts';
import { initialWorkersOf } from './initial-capacity.ts';
import { partsOf } from './settings.ts';

const smallestOverheadMb = 384;

/**
 * The largest heap that leaves room in a worker for Spark's overhead of max(384 MB, 10 % of the heap).
 * With whole MB, `heap + ceil(heap / 10) ≤ memory` is the same as `heap ≤ memory * 10 / 11`.
 */
export const largestHeapMb = (memoryMb: number): number =>
  Math.min(memoryMb - smallestOverheadMb, Math.floor((memoryMb * 10) / 11));

const optionsProperty: Readonly<Record<WorkerType, string>> = {
  SPARK_DRIVER: 'spark.driver.extraJavaOptions',
  SPARK_EXECUTOR: 'spark.executor.extraJavaOptions',
};

/** The application's own `spark-defaults`; later entries of the classification win. */
const sparkDefaults = (settings: ApplicationSettings): Readonly<Record<string, Json>> =>
  Object.assign(
    {},
    ...[settings['runtimeConfiguration'] ?? []]
      .flat()
      .map(partsOf)
      .filter(({ classification }) => classification === 'spark-defaults')
      .map(({ properties }) => partsOf(properties)),
  );

/** A pool's JVMs start before any run is known, so they have the options of the application alone. */
function javaOptionsOf(workerType: WorkerType, settings: ApplicationSettings): readonly string[] {
  const property = optionsProperty[workerType];
  const options = String(sparkDefaults(settings)[property] ?? '');
  try {
    return shellWords(options, property);
  } catch (error) {
    throw new Refused('Invalid', error instanceof Error ? error.message : String(error));
  }
}

/**
 * The pools of an application's `initialCapacity`; none when it has no pre-initialised workers.
 * @throws Refused when they cannot be served: Hive's, sizes that AWS does not offer, and JVM options
 *   with an unbalanced quote
 */
export const poolsOf = ({ applicationId, engine, settings }: Application): readonly PoolPlan[] =>
  initialWorkersOf(engine, settings).map(({ workerType, count, size }) => {
    if (workerType !== 'SPARK_DRIVER' && workerType !== 'SPARK_EXECUTOR')
      throw new Refused(
        'Invalid',
        `Application ${applicationId} cannot be started: this installation has no pre-initialised workers of type ${workerType}. Update the application with an empty initialCapacity.`,
      );
    return {
      workerType,
      count,
      size,
      heapMb: largestHeapMb(size.memoryMb),
      javaOptions: javaOptionsOf(workerType, settings),
    };
  });

/** The subnets of `networkConfiguration`, which say in which zones the application may run. */
export const subnetIdsOf = (settings: ApplicationSettings): readonly string[] =>
  [partsOf(settings['networkConfiguration'])['subnetIds'] ?? []].flat().map(String);
