/** Each built operation as calls of the services that own what it is about. */
import { setTimeout as pause } from 'node:timers/promises';
import { validationException } from '@firesteel/aws-protocol/aws-error';
import { Refused } from '@firesteel/decider/refused';
import { z } from 'zod';
import type { Allowed, Services } from '../edge/services.ts';
import {
  type ApplicationReading,
  applicationPath,
  readApplication,
} from './application-reading.ts';

type Input = Readonly<Record<string, unknown>>;
type Output = object;
export type OperationCall = (input: Input, allowed: Allowed, services: Services) => Promise<Output>;

const text = (input: Input, member: string): string => String(input[member]);

const wrapped = z.object({ application: z.record(z.string(), z.json()) });

/** Query text of the members that are given; epoch seconds become ISO-8601. */
function queryOf(input: Input, members: readonly string[]): string {
  const query = new URLSearchParams();
  for (const member of members) {
    const value = input[member];
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value])
      query.append(
        member,
        member.startsWith('createdAt') ? new Date(Number(item) * 1000).toISOString() : String(item),
      );
  }
  return query.size === 0 ? '' : `?${query}`;
}

const jobRunsPath = (input: Input): string =>
  `${applicationPath(text(input, 'applicationId'))}/jobruns`;
const jobRunPath = (input: Input): string =>
  `${jobRunsPath(input)}/${encodeURIComponent(text(input, 'jobRunId'))}`;

const createApplication: OperationCall = async (input, { caller }, { registry }) =>
  (await registry.call('POST', '/v1/applications', { caller, body: input })) as Output;

const getApplication: OperationCall = async (input, { caller }, { registry }) => ({
  application: wrapped.parse(
    await registry.call('GET', applicationPath(text(input, 'applicationId')), { caller }),
  ).application,
});

const listApplications: OperationCall = async (input, { caller }, { registry }) =>
  (await registry.call(
    'GET',
    `/v1/applications${queryOf(input, ['states', 'maxResults', 'nextToken'])}`,
    { caller },
  )) as Output;

const updateApplication: OperationCall = async (input, { caller }, { registry }) => {
  const { applicationId, ...body } = input;
  return (await registry.call('PATCH', applicationPath(String(applicationId)), {
    caller,
    body,
  })) as Output;
};

const deleteApplication: OperationCall = async (input, { caller }, { registry }) => {
  await registry.call('DELETE', applicationPath(text(input, 'applicationId')), { caller });
  return {};
};

/** The registry decides, then the gate opens: a run sent right after the answer must find it open. */
async function start(
  { applicationId, autoStopIdleMinutes }: ApplicationReading,
  { caller }: Allowed,
  { registry, scheduler }: Services,
): Promise<void> {
  await registry.call('POST', `${applicationPath(applicationId)}/start`, { caller });
  await scheduler.call('POST', `${applicationPath(applicationId)}/gate/open`, {
    caller,
    body: { autoStopIdleMinutes },
  });
}

const startApplication: OperationCall = async (input, allowed, services) => {
  await start(
    await readApplication(services, allowed, text(input, 'applicationId')),
    allowed,
    services,
  );
  return {};
};

/** The gate closes first, refused while runs are unfinished (architecture §3 "Across services"). */
const stopApplication: OperationCall = async (input, allowed, services) => {
  const { caller } = allowed;
  const { applicationId, version, state } = await readApplication(
    services,
    allowed,
    text(input, 'applicationId'),
  );
  if (state === 'STARTING' || state === 'STARTED')
    await services.scheduler.call('POST', `${applicationPath(applicationId)}/gate/close`, {
      caller,
      body: { applicationVersion: version },
    });
  await services.registry.call('POST', `${applicationPath(applicationId)}/stop`, { caller });
  return {};
};

/** A run may meet an application that is just stopping: with auto-start it is started again, once it has stopped. */
const stoppingRetries = 20;
const stoppingPauseMs = 250;

const isStopping = (error: unknown): boolean =>
  error instanceof Refused && error.kind === 'Invalid' && error.message.includes('is stopping');

/** An application that takes runs, if auto-start can make it so: STARTED, or STARTING with its pre-initialised workers. */
async function readyApplication(
  applicationId: string,
  allowed: Allowed,
  services: Services,
): Promise<ApplicationReading> {
  const reading = await readApplication(services, allowed, applicationId);
  const startable = reading.state === 'CREATED' || reading.state === 'STOPPED';
  if (!startable || !reading.autoStart) return reading;
  await start(reading, allowed, services);
  return readApplication(services, allowed, applicationId);
}

async function submit(
  input: Input,
  reading: ApplicationReading,
  { caller, executionRoleAssumable }: Allowed,
  { scheduler }: Services,
): Promise<Output> {
  const { applicationId: _, clientToken, ...rest } = input;
  const { autoStart: __, autoStopIdleMinutes: ___, ...application } = reading;
  const body = { clientToken, application, executionRoleAssumable, input: rest };
  return (await scheduler.call('POST', jobRunsPath(input), { caller, body })) as Output;
}

const startJobRun: OperationCall = async (input, allowed, services) => {
  for (let attempt = 1; ; attempt++) {
    const reading = await readyApplication(text(input, 'applicationId'), allowed, services);
    const mayWait = reading.autoStart && attempt < stoppingRetries;
    // While pre-initialised workers are released, the scheduler need not be asked.
    if (!mayWait || reading.state !== 'STOPPING')
      try {
        return await submit(input, reading, allowed, services);
      } catch (error) {
        if (!mayWait || !isStopping(error)) throw error;
      }
    await (services.pause ?? pause)(stoppingPauseMs);
  }
};

const jobRunAnswer = z.object({ jobRun: z.record(z.string(), z.json()) });
const utilization = z.record(z.string(), z.json());

const getJobRun: OperationCall = async (input, { caller }, { scheduler, billing }) => {
  const { jobRun } = jobRunAnswer.parse(
    await scheduler.call('GET', `${jobRunPath(input)}${queryOf(input, ['attempt'])}`, { caller }),
  );
  // The run is answered without its usage rather than not at all while billing is away.
  // Usage is that of all attempts, whichever is asked for (behaviours row 22).
  const usage = await billing
    .call('GET', `/v1/usage/job-runs/${encodeURIComponent(text(input, 'jobRunId'))}`, { caller })
    .then((found) => utilization.parse(found))
    .catch(() => ({}));
  return { jobRun: { ...jobRun, ...usage } };
};

const listJobRunAttempts: OperationCall = async (input, { caller }, { scheduler }) =>
  (await scheduler.call(
    'GET',
    `${jobRunPath(input)}/attempts${queryOf(input, ['maxResults', 'nextToken'])}`,
    { caller },
  )) as Output;

const listJobRuns: OperationCall = async (input, allowed, services) => {
  await readApplication(services, allowed, text(input, 'applicationId'));
  const query = queryOf(input, [
    'states',
    'mode',
    'createdAtAfter',
    'createdAtBefore',
    'maxResults',
    'nextToken',
  ]);
  return (await services.scheduler.call('GET', `${jobRunsPath(input)}${query}`, {
    caller: allowed.caller,
  })) as Output;
};

/** 0 or 15..1800 seconds (reference emr-serverless §3.5). */
function graceSeconds(input: Input): number {
  const seconds = Number(input['shutdownGracePeriodInSeconds'] ?? 0);
  if (seconds !== 0 && (seconds < 15 || seconds > 1800))
    throw validationException('shutdownGracePeriodInSeconds must be 0 or between 15 and 1800.');
  return seconds;
}

const cancelJobRun: OperationCall = async (input, { caller }, { scheduler }) =>
  (await scheduler.call('DELETE', jobRunPath(input), {
    caller,
    body: { graceSeconds: graceSeconds(input) },
  })) as Output;

/** The operations this version offers; every other one of the model says that it is not offered yet. */
export const operations: Readonly<Record<string, OperationCall>> = {
  CreateApplication: createApplication,
  GetApplication: getApplication,
  ListApplications: listApplications,
  UpdateApplication: updateApplication,
  DeleteApplication: deleteApplication,
  StartApplication: startApplication,
  StopApplication: stopApplication,
  StartJobRun: startJobRun,
  GetJobRun: getJobRun,
  ListJobRuns: listJobRuns,
  ListJobRunAttempts: listJobRunAttempts,
  CancelJobRun: cancelJobRun,
};
