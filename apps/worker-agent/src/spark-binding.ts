/** From an assignment to what the JVM is told: Spark's properties, arguments and environment. */
import type { Assignment } from '@firesteel/contracts/agent-protocol';
import { scratchBucket, scratchPrefix } from '@firesteel/contracts/scratch';
import type { JvmBinding } from './bind-line.ts';
import type { Runtime } from './installation.ts';
import { usesScratch } from './scratch-cleaning.ts';
import {
  formatSubmitArguments,
  parseSubmitArguments,
  type SubmitOption,
} from './spark-submit-arguments.ts';

type Properties = { readonly [name: string]: string };

/** What of this machine a Spark configuration needs to know. */
export type SparkPlace = {
  readonly workerId: string;
  readonly folder: string;
  readonly agentPort: number;
  readonly runtime: Runtime;
  /** The jar that AWS calls /usr/lib/spark/examples/jars/spark-examples.jar. */
  readonly examplesJar: string | null;
  readonly s3Endpoint: string;
  readonly region: string;
  /** The program that hands a script over to the Python that waits beside the driver; null: none does. */
  readonly driverPython: string | null;
};

/** Where Spark is installed on Amazon EMR, and so in people's job parameters. */
const emrSparkHome = /^(?:local:\/\/|file:\/\/)?\/usr\/lib\/spark(?=\/|$)/;
const emrExamplesJar = '/examples/jars/spark-examples.jar';
/** PyPI's Spark, which set-up installs, keeps the Python examples right in its folder `examples`. */
const emrPythonExamples = /^\/examples\/src\/main\/python(?=\/)/;

/** One path or URL of a job, with AWS' Spark folder replaced by ours. */
export const localPath = (path: string, place: SparkPlace): string => {
  if (!emrSparkHome.test(path)) return path;
  const within = path.replace(emrSparkHome, '');
  if (within === emrExamplesJar && place.examplesJar !== null) return place.examplesJar;
  return `${place.runtime.sparkHome}${within.replace(emrPythonExamples, '/examples')}`;
};

const localPaths = (list: string, separator: string, place: SparkPlace): string =>
  list
    .split(separator)
    .map((path) => localPath(path, place))
    .join(separator);

const pathOptions = new Set(['--jars', '--py-files', '--files', '--archives']);
const pathProperties = new Map([
  ['spark.jars', ','],
  ['spark.files', ','],
  ['spark.archives', ','],
  ['spark.submit.pyFiles', ','],
  ['spark.driver.extraClassPath', ':'],
  ['spark.executor.extraClassPath', ':'],
]);

const localProperties = (properties: Properties, place: SparkPlace): Properties =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      const separator = pathProperties.get(name);
      return [name, separator === undefined ? value : localPaths(value, separator, place)];
    }),
  );

/** Defaults of the place, which a job may override. */
export const defaultProperties = (place: SparkPlace): Properties => ({
  'spark.eventLog.enabled': 'true',
  'spark.eventLog.dir': `file://${place.folder}/sparklogs`,
  'spark.ui.enabled': 'false',
  'spark.local.dir': `${place.folder}/local`,
  'spark.hadoop.fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
  'spark.hadoop.fs.AbstractFileSystem.s3.impl': 'org.apache.hadoop.fs.s3a.S3A',
  'spark.hadoop.fs.s3a.endpoint': place.s3Endpoint,
  'spark.hadoop.fs.s3a.endpoint.region': place.region,
  'spark.hadoop.fs.s3a.path.style.access': 'true',
  'spark.hadoop.fs.s3a.connection.ssl.enabled': String(place.s3Endpoint.startsWith('https:')),
});

/**
 * Where executors that leave in mid-job put the blocks that no peer takes: without it Spark drops the
 * last holder's and silently runs its stage again. The slash at the end is compulsory.
 */
const fallbackStorage = (
  { jobRunId, attempt }: Assignment,
  properties: Properties,
  { s3Endpoint }: SparkPlace,
): Properties =>
  usesScratch(properties)
    ? {
        'spark.storage.decommission.fallbackStorage.path': `s3a://${scratchBucket}/${scratchPrefix(jobRunId, attempt)}`,
        'spark.storage.decommission.fallbackStorage.cleanUp': 'true',
        [`spark.hadoop.fs.s3a.bucket.${scratchBucket}.endpoint`]: s3Endpoint,
        // The markers above its prefix are not the attempt's to tidy up.
        [`spark.hadoop.fs.s3a.bucket.${scratchBucket}.directory.marker.retention`]: 'keep',
      }
    : {};

/** What cannot be otherwise: a driver that listened elsewhere could not be met by its executors. */
export const necessaryProperties = (jobRunId: string): Properties => ({
  'spark.submit.deployMode': 'client',
  'spark.driver.host': '127.0.0.1',
  'spark.driver.bindAddress': '127.0.0.1',
  'spark.authenticate': 'true',
  'spark.firesteel.jobRunId': jobRunId,
});

const ours = new Set(['--master', '--deploy-mode']);
/** The run's secret comes from the control plane; a job's own would lock its executors out. */
const secretProperty = 'spark.authenticate.secret';

const withoutOurs = (properties: Properties): Properties =>
  Object.fromEntries(
    Object.entries(properties).filter(
      ([name]) => name !== secretProperty && name !== 'spark.master',
    ),
  );

const isOurs = (name: string, necessary: Properties): boolean =>
  name in necessary || name === secretProperty || name === 'spark.master';

const confName = (value: string | null): string => (value ?? '').split('=', 1)[0] ?? '';

/** The user's options without those that would undo what is necessary, and with our paths. */
const userOptions = (
  options: readonly SubmitOption[],
  necessary: Properties,
  place: SparkPlace,
): SubmitOption[] =>
  options
    .filter(({ name }) => !ours.has(name))
    .filter(({ name, value }) => name !== '--conf' || !isOurs(confName(value), necessary))
    .map(({ name, value }) =>
      value !== null && pathOptions.has(name)
        ? { name, value: localPaths(value, ',', place) }
        : { name, value },
    );

/** A job's own PYTHONPATH comes before pyspark's, which it would otherwise push out. */
const withPySpark = (environment: Properties, { pythonPath }: Runtime): Properties => {
  const { PYTHONPATH: given } = environment;
  return given === undefined
    ? environment
    : { ...environment, PYTHONPATH: [given, ...pythonPath].join(':') };
};

const pythonVariables = ['PYSPARK_DRIVER_PYTHON', 'PYSPARK_PYTHON'];

/**
 * Names the Python that waits as the driver's, for a script whose owner has not chosen another. A choice
 * among Spark's properties comes before these variables by Spark's own rules.
 */
const withDriverPython = (
  environment: Properties,
  primary: string | undefined,
  { driverPython }: SparkPlace,
): Properties => {
  const isChosen = pythonVariables.some((name) => name in environment);
  return driverPython === null || isChosen || primary?.endsWith('.py') !== true
    ? environment
    : { ...environment, PYSPARK_DRIVER_PYTHON: driverPython };
};

type DriverAssignment = Assignment & { readonly work: { readonly kind: 'driver' } };
type ExecutorAssignment = Assignment & { readonly work: { readonly kind: 'executor' } };

const driverBinding = (assignment: DriverAssignment, place: SparkPlace): JvmBinding => {
  const { work, jobRunId } = assignment;
  const necessary = necessaryProperties(jobRunId);
  const ofRun = withoutOurs(localProperties(work.sparkProperties, place));
  const properties = {
    ...place.runtime.conf,
    ...defaultProperties(place),
    ...fallbackStorage(assignment, ofRun, place),
    ...ofRun,
    ...necessary,
  };
  const given = parseSubmitArguments(work.sparkSubmitArguments);
  const [primary, ...words] = given.rest;
  const options: SubmitOption[] = [
    { name: '--master', value: `spark-firesteel://127.0.0.1:${place.agentPort}/${place.workerId}` },
    ...Object.entries(properties).map(([name, value]) => ({
      name: '--conf',
      value: `${name}=${value}`,
    })),
    ...userOptions(given.options, necessary, place),
  ];
  return {
    properties: { 'spark.authenticate': 'true', [secretProperty]: assignment.sparkSecret },
    environment: withDriverPython(withPySpark(work.environment, place.runtime), primary, place),
    mainClass: 'org.apache.spark.deploy.SparkSubmit',
    arguments: formatSubmitArguments({
      options,
      rest: primary === undefined ? [] : [localPath(primary, place), ...words],
    }),
  };
};

const executorBinding = (assignment: ExecutorAssignment, place: SparkPlace): JvmBinding => {
  const { work, jobRunId } = assignment;
  return {
    properties: {
      ...withoutOurs(work.sparkProperties),
      'spark.authenticate': 'true',
      'spark.local.dir': `${place.folder}/local`,
    },
    environment: {
      ...withPySpark(work.environment, place.runtime),
      _SPARK_AUTH_SECRET: assignment.sparkSecret,
    },
    mainClass: 'org.apache.spark.executor.CoarseGrainedExecutorBackend',
    arguments: [
      ['--driver-url', work.driverUrl],
      ['--executor-id', work.executorId],
      ['--hostname', '127.0.0.1'],
      ['--cores', String(work.cores)],
      ['--app-id', jobRunId],
      ['--resourceProfileId', String(work.resourceProfileId)],
    ].flat(),
  };
};

const isDriver = (assignment: Assignment): assignment is DriverAssignment =>
  assignment.work.kind === 'driver';
const isExecutor = (assignment: Assignment): assignment is ExecutorAssignment =>
  assignment.work.kind === 'executor';

/**
 * What a worker's JVM is told when it is bound. Precedence for drivers, low to high: the runtime's
 * defaults, this place's defaults, the run's properties, `--conf` of its arguments; the necessary
 * properties stand above all. The secret travels as a property or variable, never as an argument.
 */
export const sparkBinding = (assignment: Assignment, place: SparkPlace): JvmBinding => {
  if (isDriver(assignment)) return driverBinding(assignment, place);
  if (isExecutor(assignment)) return executorBinding(assignment, place);
  throw new Error(`Unknown work ${assignment.work.kind}`);
};
