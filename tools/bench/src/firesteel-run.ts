/** One run through Firesteel, from the call to SUCCESS, on the application it is given: with a pool or without. */
import { StartJobRunCommand } from '@aws-sdk/client-emr-serverless';
import { signedGet } from '@firesteel/aws-protocol/sigv4/signed-get';
import { driverOutput, untilSuccess } from './job-run.ts';
import { confOptions, jobProperties, mainClass } from './job-shape.ts';
import { type Phases, phasesOf, type Sample } from './moments.ts';
import { benchName, type Target } from './preparations.ts';

/** Where Amazon EMR has its examples' jar; Firesteel has its own there, which is the one the baselines read. */
const localJar = '/usr/lib/spark/examples/jars/spark-examples.jar';
const patienceMs = 120_000;

/** How Firesteel's runs are made. */
export type RunOptions = {
  readonly target: Target;
  readonly jar: 'local' | 's3';
  readonly pollMs: number;
  readonly coldConf: readonly string[];
  readonly signal: AbortSignal;
};

async function submit({ target, jar, coldConf }: RunOptions): Promise<string> {
  const { applicationId, roleArn } = target;
  const { jobRunId = '' } = await target.emr.send(
    new StartJobRunCommand({
      applicationId,
      executionRoleArn: roleArn,
      name: 'bench-start',
      jobDriver: {
        sparkSubmit: {
          entryPoint: jar === 's3' ? target.jarUri : localJar,
          sparkSubmitParameters: [
            '--class',
            mainClass,
            ...confOptions(jobProperties),
            ...coldConf.flatMap((property) => ['--conf', property]),
          ].join(' '),
        },
      },
      configurationOverrides: {
        monitoringConfiguration: {
          s3MonitoringConfiguration: { logUri: `s3://${benchName}/logs/` },
        },
      },
    }),
  );
  return jobRunId;
}

/**
 * Submits, watches, and then asks for the moments in between. A run that cannot be watched to its end
 * is cancelled.
 * @throws Error with the run's own reason when it ends otherwise than with SUCCESS
 */
export async function measureRun(
  options: RunOptions,
): Promise<{ readonly sample: Sample; readonly phases: Phases }> {
  const { target } = options;
  const calledAtMs = Date.now();
  const jobRunId = await submit(options);
  const acceptedAtMs = Date.now();
  const { pollMs, signal } = options;
  await untilSuccess(target, jobRunId, { pollMs, patienceMs, signal });
  const successSeenAtMs = Date.now();
  const path = `/firesteel/v1/applications/${target.applicationId}/job-runs/${jobRunId}`;
  const phases = phasesOf({
    calledAtMs,
    acceptedAtMs,
    successSeenAtMs,
    milestones: await signedGet(target.access, `${path}/milestones`),
    visits: await signedGet(target.access, `${path}/visits`),
    driverOutput: await driverOutput(target, jobRunId),
  });
  if (phases.contextReadyMs === undefined)
    throw new Error(`the run ${jobRunId} did not say when its context was ready`);
  const sample = {
    contextReadyMs: phases.contextReadyMs,
    successMs: successSeenAtMs - calledAtMs,
  };
  return { sample, phases };
}
