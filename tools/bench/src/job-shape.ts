/** The job that all three ways run: one driver and two executors of one core and 1 GB of heap each. */

/** Prints when its context was ready and when its first job was done, then stops. */
export const mainClass = 'io.firesteel.examples.Trivial';

/** The same Spark properties for every way that has executors. */
export const jobProperties: Readonly<Record<string, string>> = {
  'spark.driver.cores': '1',
  'spark.driver.memory': '1g',
  'spark.executor.cores': '1',
  'spark.executor.memory': '1g',
  'spark.executor.instances': '2',
  'spark.dynamicAllocation.enabled': 'false',
};

/** As spark-submit's options, in order. */
export const confOptions = (properties: Readonly<Record<string, string>>): string[] =>
  Object.entries(properties).flatMap(([name, value]) => ['--conf', `${name}=${value}`]);
