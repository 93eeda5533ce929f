/** `firesteel demo`: from nothing to two finished Spark jobs and their bill, through the public API. */
import { join } from 'node:path';
import type { JobRun } from '@aws-sdk/client-emr-serverless';
import type { CommandContext } from '../commands/context.ts';
import { ensureSetUp } from '../commands/setup.ts';
import { ensureUp } from '../commands/up.ts';
import { readFoundations } from '../supervisor/plan.ts';
import { bytesText, durationText } from '../terminal/units.ts';
import { type Clients, openClients } from './access.ts';
import { billLines, readBill } from './bill.ts';
import { type DemoJob, driverLines, driverLogKey, startJob, watchJob } from './job.ts';
import {
  bucket,
  ensureApplication,
  ensureBucket,
  ensureRole,
  releaseLabel,
} from './preparations.ts';
import {
  ensureTables,
  scaleFactor,
  tableUploads,
  totalBytes,
  upload,
  uploadMissing,
} from './tpch-data.ts';

const tablePrefix = `tpch/sf${scaleFactor}`;
const scriptKey = 'jobs/tpch_pricing_summary.py';
const jarKey = 'jobs/firesteel-examples.jar';
const at = (key: string): string => `s3://${bucket}/${key}`;

const jobs: readonly DemoJob[] = [
  {
    name: 'pricing-summary (PySpark)',
    entryPoint: at(scriptKey),
    entryPointArguments: [at(`${tablePrefix}/lineitem.parquet`), at('results/pricing-summary')],
    mainClass: undefined,
  },
  {
    name: 'shipping-priority (Scala)',
    entryPoint: at(jarKey),
    entryPointArguments: [at(tablePrefix), at('results/shipping-priority')],
    mainClass: 'io.firesteel.examples.ShippingPriority',
  },
];

async function bringData(context: CommandContext, clients: Clients): Promise<void> {
  const { config, say, repoDir } = context;
  const installation = await ensureSetUp(context);
  const dir = await ensureTables(config.cacheDir, installation.tpchgen, say);
  await ensureBucket(clients.s3);
  const tables = tableUploads(dir, tablePrefix);
  const put = await uploadMissing(clients.s3, bucket, tables);
  const script = join(repoDir, 'infra', 'examples', 'tpch_pricing_summary.py');
  await upload(clients.s3, bucket, { file: script, key: scriptKey });
  await upload(clients.s3, bucket, { file: installation.examplesJar, key: jarKey });
  const what = put.length === 0 ? 'were there already' : `uploaded: ${put.join(', ')}`;
  say(`Data         ${at(tablePrefix)}/ (${bytesText(totalBytes(tables))} of Parquet; ${what})`);
}

/** What a run used, as GetJobRun says. */
export function utilizationText(run: Pick<JobRun, 'billedResourceUtilization'>): string {
  const used = run.billedResourceUtilization;
  if (used === undefined) return 'not known yet';
  return `${used.vCPUHour ?? 0} vCPU-hours, ${used.memoryGBHour ?? 0} GB-hours of memory, ${used.storageGBHour ?? 0} GB-hours of storage`;
}

async function showOutcome(
  { say, paint }: CommandContext,
  clients: Clients,
  applicationId: string,
  jobRunId: string,
  run: JobRun,
): Promise<boolean> {
  const succeeded = run.state === 'SUCCESS';
  const key = driverLogKey(applicationId, jobRunId, succeeded ? 'stdout' : 'stderr');
  if (!succeeded) say(paint.red(`  ${run.stateDetails ?? 'no reason was given'}`));
  const lines = await driverLines(clients.s3, key);
  for (const line of succeeded ? lines : lines.slice(-20)) say(`    ${line}`);
  say(`  Logs       ${at(key)}`);
  say(`  Billed     ${utilizationText(run)}`);
  const bill = await readBill(clients.access, applicationId, jobRunId);
  for (const line of bill === undefined ? ['the bill is not written yet'] : billLines(bill)) {
    say(`    ${line}`);
  }
  return succeeded;
}

async function runJob(
  context: CommandContext,
  clients: Clients,
  applicationId: string,
  roleArn: string,
  job: DemoJob,
): Promise<boolean> {
  const { say, paint } = context;
  say('');
  say(paint.bold(job.name));
  const jobRunId = await startJob(clients.emr, applicationId, roleArn, job);
  say(`  Run        ${jobRunId}`);
  const run = await watchJob(clients.emr, applicationId, jobRunId, (state, sinceMs) =>
    say(`  ${state.padEnd(10)} ${paint.dim(`after ${durationText(sinceMs)}`)}`),
  );
  return showOutcome(context, clients, applicationId, jobRunId, run);
}

function sayHowToGoOn({ say, layout, paint }: CommandContext, applicationId: string): void {
  say('');
  say(paint.bold('Go on'));
  say(`  source ${layout.awsEnvFile}`);
  say('  aws emr-serverless list-applications');
  say(`  aws emr-serverless list-job-runs --application-id ${applicationId}`);
  say(`  aws s3 ls --recursive s3://${bucket}/results/`);
  say('  npm run status');
  say('  npm run down');
}

/** @returns the exit code: 0 when both jobs succeeded */
export async function demoCommand(context: CommandContext): Promise<number> {
  const { config, layout, repoDir, say } = context;
  say('Starting Firesteel …');
  const { status } = await ensureUp(context);
  say(`Endpoint     ${status.endpoint}`);
  const { secrets } = readFoundations(config, layout, repoDir);
  const access = { endpointUrl: status.endpoint, region: config.region, ...secrets.rootKey };
  const clients = openClients(access, config.s3Endpoint);
  await bringData(context, clients);
  const roleArn = await ensureRole(clients.iam);
  say(`Role         ${roleArn}`);
  const { applicationId, isNew } = await ensureApplication(clients.emr);
  say(`Application  ${applicationId} (${releaseLabel}, ${isNew ? 'new' : 'reused'}), started`);
  let succeeded = true;
  for (const job of jobs) {
    succeeded = (await runJob(context, clients, applicationId, roleArn, job)) && succeeded;
  }
  sayHowToGoOn(context, applicationId);
  return succeeded ? 0 : 1;
}
