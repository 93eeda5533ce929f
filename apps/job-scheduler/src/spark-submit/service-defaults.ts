/** What a Spark run gets where its owner says nothing: the lowest in the order of precedence (reference emr-serverless §4.4). */
import { isAtLeast } from './release-label.ts';

export type Properties = Readonly<Record<string, string>>;

/** Spark's own largest number of executors; AWS documents it as infinity, a word that Spark does not read. */
export const unlimitedExecutors = '2147483647';

const awsDefaults: Properties = {
  'spark.driver.cores': '4',
  'spark.executor.cores': '4',
  'spark.executor.instances': '3',
  'spark.dynamicAllocation.enabled': 'true',
  'spark.dynamicAllocation.initialExecutors': '3',
  'spark.dynamicAllocation.minExecutors': '0',
  'spark.dynamicAllocation.executorIdleTimeout': '60s',
  'spark.emr-serverless.memoryOverheadFactor': '0.1',
  'spark.emr-serverless.driver.disk': '20G',
  'spark.emr-serverless.executor.disk': '20G',
};

/** An executor that leaves hands its blocks over first, so that the next stages need not wait for it or compute them again. */
const leaving: Properties = {
  'spark.decommission.enabled': 'true',
  'spark.storage.decommission.enabled': 'true',
  'spark.storage.decommission.rddBlocks.enabled': 'true',
  'spark.storage.decommission.shuffleBlocks.enabled': 'true',
  // Spark's 30 s is how late an executor would leave that had nothing left to hand over.
  'spark.storage.decommission.replicationReattemptInterval': '1s',
};

/** Spark and we read booleans alike: in any letter case. */
const is = (value: string | undefined, text: 'true' | 'false'): boolean =>
  value?.trim().toLowerCase() === text;

/** Whether Spark states how many executors it wants. */
export const isDynamic = (properties: Properties): boolean =>
  !is(properties['spark.dynamicAllocation.enabled'], 'false');

/** Whether Spark was asked to keep shuffle blocks in a service beside the executors. */
export const usesShuffleService = (properties: Properties): boolean =>
  is(properties['spark.shuffle.service.enabled'], 'true');

const handsShuffleOver = (properties: Properties): boolean =>
  [
    'spark.decommission.enabled',
    'spark.storage.decommission.enabled',
    'spark.storage.decommission.shuffleBlocks.enabled',
  ].every((name) => !is(properties[name], 'false'));

/**
 * Scale-in within a job. While Spark tracks shuffles, an idle executor that holds one stays; without
 * tracking it leaves, which is safe only when its shuffle is handed over: Spark itself refuses to
 * start without the one or the other (its ExecutorAllocationManager).
 */
const scaleIn = (given: Properties): Properties => ({
  ...leaving,
  'spark.dynamicAllocation.shuffleTracking.enabled': String(!handsShuffleOver(given)),
});

/** Memory of a worker that its owner gave no more than cores (§4.3): a 32 vCPU worker starts at 60 GB. */
const memoryOf = (cores: string | undefined): string => (Number(cores) > 16 ? '109G' : '14G');

/** The defaults of a run, given what its owner did say; each of them may be overridden alone. */
export const serviceDefaults = (releaseLabel: string, given: Properties): Properties => ({
  ...awsDefaults,
  'spark.driver.memory': memoryOf(given['spark.driver.cores']),
  'spark.executor.memory': memoryOf(given['spark.executor.cores']),
  'spark.dynamicAllocation.maxExecutors': isAtLeast(releaseLabel, 6, 10)
    ? unlimitedExecutors
    : '100',
  ...(isDynamic(given) ? scaleIn(given) : {}),
});
