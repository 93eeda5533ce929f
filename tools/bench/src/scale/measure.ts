/** One run of the job of three stages, and which seconds of executors it was billed. */
import { setTimeout as pause } from 'node:timers/promises';
import { StartJobRunCommand } from '@aws-sdk/client-emr-serverless';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { signedGet } from '@firesteel/aws-protocol/sigv4/signed-get';
import { z } from 'zod';
import { driverOutput, untilSuccess } from '../job-run.ts';
import { confOptions } from '../job-shape.ts';
import { benchName, type Target } from '../preparations.ts';
import {
  expectedSum,
  propertiesOf,
  type Scaling,
  type Stages,
  script,
  staffedSeconds,
} from './stages.ts';

const scriptKey = 'jobs/three-stages.py';
const pollMs = 250;
const billPatience = 40;

/** Every worker has one core and 1 GB of heap. */
const small = {
  'spark.driver.cores': '1',
  'spark.driver.memory': '1g',
  'spark.executor.cores': '1',
  'spark.executor.memory': '1g',
};

/** What one run used. `staffedSeconds` is what its own stages could use; `recomputed` is how many tasks of the first stage ran more than once. */
export type Use = {
  readonly executorSeconds: number;
  readonly staffedSeconds: number;
  readonly executors: number;
  readonly driverSeconds: number;
  readonly recomputed: number;
};

const billAnswer = z.object({
  workers: z.array(z.object({ workerType: z.string(), usedSeconds: z.number() })),
});
type Workers = z.infer<typeof billAnswer>['workers'];

/** Uploads the script. */
export async function prepareScript({ s3 }: Target): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: benchName, Key: scriptKey, Body: script }));
}

async function submit(target: Target, scaling: Scaling, stages: Stages): Promise<string> {
  const { tasks, wideSeconds, narrowSeconds } = stages;
  const { applicationId, roleArn } = target;
  const { jobRunId = '' } = await target.emr.send(
    new StartJobRunCommand({
      applicationId,
      executionRoleArn: roleArn,
      name: `bench-scale-${scaling}`,
      jobDriver: {
        sparkSubmit: {
          entryPoint: `s3://${benchName}/${scriptKey}`,
          entryPointArguments: [tasks, wideSeconds, narrowSeconds].map(String),
          sparkSubmitParameters: confOptions({ ...small, ...propertiesOf[scaling] }).join(' '),
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

/** The bill is complete when all its workers are in it: asked until it says the same twice. */
async function billedWorkers(target: Target, jobRunId: string): Promise<Workers> {
  const path = `/firesteel/v1/applications/${target.applicationId}/job-runs/${jobRunId}/bill`;
  let before = '';
  for (let look = 0; look < billPatience; look += 1) {
    await pause(500);
    const answer = await signedGet(target.access, path).catch(() => undefined);
    const now = JSON.stringify(answer);
    if (answer !== undefined && now === before) return billAnswer.parse(answer).workers;
    before = now;
  }
  throw new Error(`the bill of ${jobRunId} did not settle`);
}

const sumOf = (workers: Workers, workerType: string): number[] =>
  workers
    .filter((worker) => worker.workerType === workerType)
    .map(({ usedSeconds }) => usedSeconds);

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

/**
 * Runs it to its end.
 * @throws Error when it fails, or its result is not what it must be
 */
export async function measureUse(
  target: Target,
  scaling: Scaling,
  stages: Stages,
  signal: AbortSignal,
): Promise<Use> {
  const jobRunId = await submit(target, scaling, stages);
  const patienceMs = 120_000 + 4_000 * (stages.tasks * stages.wideSeconds + stages.narrowSeconds);
  await untilSuccess(target, jobRunId, { pollMs, patienceMs, signal });
  const output = await driverOutput(target, jobRunId);
  const [, sum, ran, took = ''] = /^SUM (\d+) RAN (\d+) TOOK ([\d. ]+)$/m.exec(output) ?? [];
  if (Number(sum) !== expectedSum(stages))
    throw new Error(`the run ${jobRunId} gave ${sum} instead of ${expectedSum(stages)}`);
  const workers = await billedWorkers(target, jobRunId);
  const executors = sumOf(workers, 'SPARK_EXECUTOR');
  return {
    executorSeconds: total(executors),
    staffedSeconds: staffedSeconds(took.split(' ').map(Number)),
    executors: executors.length,
    driverSeconds: total(sumOf(workers, 'SPARK_DRIVER')),
    recomputed: Number(ran) - stages.tasks,
  };
}
