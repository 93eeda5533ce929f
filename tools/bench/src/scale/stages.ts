/** A job whose need for executors changes: wide, narrow, wide. Its tasks sleep, so that it needs no processor. */

/** Seconds of a task of the wide stages and of the one task between them; each wide stage has `tasks`. */
export type Stages = {
  readonly tasks: number;
  readonly wideSeconds: number;
  readonly narrowSeconds: number;
};

/** Executors of one core that the wide stages may have. */
export const mostExecutors = 4;

/** The seconds of executors that the job cannot do without: what its tasks take. */
export const idealSeconds = ({ tasks, wideSeconds, narrowSeconds }: Stages): number =>
  2 * tasks * wideSeconds + narrowSeconds;

/**
 * The seconds of as many executors as each stage can use for as long as it took: what remains between
 * this and the bill is executors that were there without a use.
 */
export const staffedSeconds = ([wide = 0, narrow = 0, wideAgain = 0]: readonly number[]): number =>
  mostExecutors * (wide + wideAgain) + narrow;

/** How the executors come and go. */
export const scalings = ['scaleIn', 'awsDefaults', 'static'] as const;
export type Scaling = (typeof scalings)[number];

const dynamic = {
  'spark.dynamicAllocation.enabled': 'true',
  'spark.dynamicAllocation.initialExecutors': String(mostExecutors),
  'spark.dynamicAllocation.maxExecutors': String(mostExecutors),
};

/** What is set for each, beside one core and 1 GB for all. */
export const propertiesOf: Readonly<Record<Scaling, Readonly<Record<string, string>>>> = {
  // Executors leave soon, and their blocks with them.
  scaleIn: { ...dynamic, 'spark.dynamicAllocation.executorIdleTimeout': '5s' },
  // Reference emr-serverless §4.4: a minute of patience; an executor that holds shuffle data stays.
  awsDefaults: {
    ...dynamic,
    'spark.dynamicAllocation.executorIdleTimeout': '60s',
    'spark.dynamicAllocation.shuffleTracking.enabled': 'true',
    'spark.decommission.enabled': 'false',
    'spark.storage.decommission.enabled': 'false',
  },
  // Spark's own default.
  static: {
    'spark.dynamicAllocation.enabled': 'false',
    'spark.executor.instances': String(mostExecutors),
  },
};

/** Prints `SUM <sum> RAN <tasks of the first stage that ran> TOOK <seconds of each stage>`. Arguments: tasks, wide and narrow seconds. */
export const script = `import sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
tasks, wide, narrow = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
ran = sc.accumulator(0)
took = []
def timed(action):
    began = time.monotonic()
    result = action()
    took.append(f"{time.monotonic() - began:.1f}")
    return result
def first(part):
    ran.add(1)
    time.sleep(wide)
    return ((i % tasks, i) for i in range(1000))
def last(part):
    time.sleep(wide)
    return [sum(value for _, value in part)]
shuffled = sc.parallelize(range(tasks), tasks).mapPartitions(first).partitionBy(tasks)
print("ROWS", timed(shuffled.count))
timed(sc.parallelize([0], 1).map(lambda _: time.sleep(narrow)).collect)
print("SUM", timed(shuffled.mapPartitions(last).sum), "RAN", ran.value, "TOOK", *took)
spark.stop()
`;

/** The sum that the script must print. */
export const expectedSum = ({ tasks }: Stages): number => tasks * 499_500;
