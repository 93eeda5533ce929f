/**
 * What clients do: the gateway's own operations, sent again with the same token until there is an
 * answer. A journal of what was acknowledged is kept, and every entry must be found.
 */
import { Refused } from '@firesteel/decider/refused';
import { operations } from '@firesteel/gateway/operations';
import type { Allowed, Services } from '@firesteel/gateway/services';
import { ServiceUnavailable } from '@firesteel/http/internal-client';
import type { History } from './checks/history.ts';
import { never } from './checks/violation.ts';
import { simulatedClient } from './services/http.ts';
import type { Random } from './world/random.ts';
import type { World } from './world.ts';

type Input = Readonly<Record<string, unknown>>;

export type Clients = {
  /** From now on everything that is open is stopped. */
  readonly tidyUp: () => void;
  /** Whether every run has ended and every application is stopped. */
  readonly isDone: () => boolean;
  readonly unfinished: () => string;
};

const finalStates = ['SUCCESS', 'FAILED', 'CANCELLED'];
const stoppedStates = ['CREATED', 'STOPPED', 'TERMINATED'];
/** When the last run is sent. */
const lastRunMs = 6 * 60_000;
const releaseLabel = 'emr-7.13.0';
const role = 'arn:aws:iam::123456789012:role/job';

/** 4 vCPU and 16 GB with Spark's overhead, for drivers and executors. */
const sizes =
  '--conf spark.driver.cores=4 --conf spark.driver.memory=14g --conf spark.executor.cores=4 --conf spark.executor.memory=14g';

function applicationOf(random: Random): Input & { readonly vcpu: number } {
  const vcpu = random.pick([8, 12, 24]);
  const workers = (workerCount: number) => ({
    workerCount,
    workerConfiguration: { cpu: '4 vCPU', memory: '16 GB', disk: '20 GB' },
  });
  return {
    vcpu,
    type: 'Spark',
    releaseLabel,
    maximumCapacity: { cpu: `${vcpu} vCPU`, memory: `${vcpu * 4} GB` },
    ...(random.chance(0.5)
      ? {
          schedulerConfiguration: {
            maxConcurrentRuns: random.whole(1, 2),
            queueTimeoutMinutes: 360,
          },
        }
      : {}),
    ...(random.chance(0.4)
      ? { initialCapacity: { Driver: workers(1), Executor: workers(1) } }
      : {}),
    autoStopConfiguration: { enabled: true, idleTimeoutMinutes: random.pick([1, 3, 15]) },
  };
}

function runOf(random: Random): Input {
  const executors = random.chance(0.5)
    ? `--conf spark.dynamicAllocation.enabled=false --conf spark.executor.instances=${random.whole(1, 2)}`
    : '--conf spark.dynamicAllocation.maxExecutors=4';
  return {
    executionRoleArn: role,
    jobDriver: {
      sparkSubmit: {
        entryPoint: 's3://bucket/job.py',
        sparkSubmitParameters: `${sizes} ${executors}`,
      },
    },
    retryPolicy: { maxAttempts: random.whole(1, 3) },
    executionTimeoutMinutes: random.pick([0, 5, 60]),
  };
}

export function createClients(world: World, history: History): Clients {
  const random = world.random.named('clients');
  const { agenda, http } = world;
  const client = (service: Parameters<World['answering']>[0]) =>
    simulatedClient(service, () => world.answering(service), http);
  const services: Services = {
    registry: client('application-registry'),
    scheduler: client('job-scheduler'),
    capacity: client('capacity'),
    billing: client('billing'),
    authorizer: client('capacity'),
    pause: (delayMs) => agenda.pause(delayMs),
  };
  const principal = 'arn:aws:iam::123456789012:root';
  const allowed = (): Allowed => ({
    caller: { accountId: '123456789012', principal, requestId: `request-${random.whole(1, 1e9)}` },
    executionRoleAssumable: !random.chance(0.05),
  });
  let open = 0;

  /** Asks until somebody answers; null: it was refused. */
  const ask = async (operation: string, input: Input): Promise<Input | null> => {
    const call = operations[operation];
    if (!call) throw new Error(`the gateway has no ${operation}`);
    const who = allowed();
    open += 1;
    for (;;) {
      try {
        const answer = (await call(input, who, services)) as Input;
        open -= 1;
        return answer;
      } catch (error) {
        if (error instanceof Refused) {
          open -= 1;
          return null;
        }
        if (!(error instanceof ServiceUnavailable)) throw error;
      }
      await agenda.pause(random.whole(500, 5_000));
    }
  };
  /** Has something done at that time; what it throws is the world's to see. */
  const at = (delayMs: number, work: () => Promise<void>): void => {
    agenda.after(delayMs, () => {
      work().catch(http.defect);
    });
  };
  const found = (stream: string, states: readonly string[] | null): void => {
    const state = history.states.of(stream);
    const isThere = state !== 'none' && (states === null || states.includes(state));
    never(!isThere, () => `${stream} was acknowledged and is ${state}`);
  };

  const cancel = async (applicationId: string, jobRunId: string): Promise<void> => {
    const answer = await ask('CancelJobRun', { applicationId, jobRunId });
    if (answer) found(`job-run-${jobRunId}`, ['CANCELLING', 'CANCELLED']);
  };

  const submit = async (
    applicationId: string,
    clientToken: string,
    input: Input,
  ): Promise<void> => {
    const answer = await ask('StartJobRun', { applicationId, clientToken, ...input });
    if (!answer) return;
    const jobRunId = String(answer['jobRunId']);
    found(`job-run-${jobRunId}`, null);
    if (random.chance(0.2)) at(random.whole(0, 200_000), () => cancel(applicationId, jobRunId));
  };

  const stop = async (applicationId: string): Promise<void> => {
    await ask('StopApplication', { applicationId });
  };

  const begin = async (token: string, count: number): Promise<void> => {
    const { vcpu, ...input } = applicationOf(random);
    const created = await ask('CreateApplication', { clientToken: token, name: token, ...input });
    never(created === null, () => 'an application is refused');
    const applicationId = String(created?.['applicationId']);
    found(`application-${applicationId}`, null);
    world.applicationLimits.set(applicationId, { vcpu, memoryMb: vcpu * 4_096 });
    for (let run = 1; run <= count; run += 1)
      at(random.whole(0, lastRunMs), () => submit(applicationId, `${token}-${run}`, runOf(random)));
    if (random.chance(0.3)) at(random.whole(0, lastRunMs), () => stop(applicationId));
    if (random.chance(0.3))
      at(random.whole(0, lastRunMs), async () => {
        await ask('StartApplication', { applicationId });
      });
  };
  const applications = random.whole(1, 2);
  for (let number = 1; number <= applications; number += 1)
    at(random.whole(1_000, 5_000), () => begin(`application-${number}`, random.whole(1, 3)));

  const left = (): string[] => [
    ...history
      .idsOf('job-run')
      .map((id) => `job-run-${id}`)
      .filter((stream) => !finalStates.includes(history.states.of(stream))),
    ...history
      .idsOf('application')
      .map((id) => `application-${id}`)
      .filter((stream) => !stoppedStates.includes(history.states.of(stream))),
  ];
  /** As a person does who wants everything to be off. */
  const stopAll = (): void => {
    for (const applicationId of history.idsOf('application'))
      if (!stoppedStates.includes(history.states.of(`application-${applicationId}`)))
        at(0, () => stop(applicationId));
    agenda.after(60_000, stopAll);
  };
  return {
    tidyUp: stopAll,
    isDone: () => open === 0 && left().length === 0,
    unfinished: () =>
      `${open} requests; ${left()
        .map((stream) => `${stream} ${history.states.of(stream)}`)
        .join(', ')}`,
  };
}
