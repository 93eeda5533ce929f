/** What an agent has to be told, worked out from the fleet alone: the same again until its facts agree. */
import type { AgentCommand, Assignment, WorkerSpec } from '@firesteel/contracts/agent-protocol';
import type { ExecutorTarget } from '@firesteel/contracts/worker-size';
import type { Allocation } from '../allocation/allocation.ts';
import { idOfAllocation } from '../allocation/allocation-id.ts';
import type { Fleet } from '../fleet/tables.ts';
import { allocationOfWorker, reached, type Worker } from '../worker/worker.ts';

/** What only the moment of sending knows; none of it is stored. */
export type SendingContext = {
  readonly sparkSecretOf: (jobRunId: string) => string;
  readonly traceparentOf: (jobRunId: string) => string | null;
};

/** A worker's end may take this long before it is forced, unless the run was given a grace of its own. */
const stopGraceMs = 3_000;

const targetOf = (allocation: Allocation, worker: Worker): ExecutorTarget | undefined =>
  allocation.targets?.find((target) => target.resourceProfileId === worker.resourceProfileId);

const specOf = (worker: Worker): WorkerSpec => {
  const { workerType, releaseLabel, size, heapMb, javaOptions, pooled } = worker;
  const waits = pooled ? { waits: true } : {};
  return { workerType, releaseLabel, size, heapMb, javaOptions: [...javaOptions], ...waits };
};

/** Properties an executor needs before it has met its driver, and the environment Spark gives executors. */
function executorWork(
  allocation: Allocation,
  worker: Worker,
  driverUrl: string,
): Assignment['work'] {
  const properties = Object.entries(allocation.plan.sparkProperties);
  const startup = /^spark\.(auth|ssl|rpc|network|port)/;
  const environment = /^spark\.executorEnv\./;
  const cores =
    targetOf(allocation, worker)?.cores ??
    Number(allocation.plan.sparkProperties['spark.executor.cores'] ?? worker.size.vcpu);
  return {
    kind: 'executor',
    executorId: worker.executorId ?? '',
    driverUrl,
    cores,
    resourceProfileId: worker.resourceProfileId,
    sparkProperties: Object.fromEntries(properties.filter(([name]) => startup.test(name))),
    environment: Object.fromEntries(
      properties
        .filter(([name]) => environment.test(name))
        .map(([name, value]) => [name.replace(environment, ''), value]),
    ),
  };
}

/** The work of a worker that can be handed over now; an executor waits for its driver's address. */
function workOf(allocation: Allocation, worker: Worker): Assignment['work'] | null {
  const { sparkSubmitArguments, sparkProperties, environment } = allocation.plan;
  if (worker.workerType === 'SPARK_DRIVER')
    return {
      kind: 'driver',
      sparkSubmitArguments: [...sparkSubmitArguments],
      sparkProperties,
      environment,
    };
  return allocation.driverUrl === null
    ? null
    : executorWork(allocation, worker, allocation.driverUrl);
}

function bindOf(allocation: Allocation, worker: Worker, context: SendingContext): AgentCommand[] {
  const work = reached(worker, 'BOUND') ? null : workOf(allocation, worker);
  if (work === null) return [];
  const { accountId, applicationId, jobRunId, attempt, plan } = allocation;
  const { executionRoleArn, executionIamPolicy, logUri, logsByAttempt } = plan;
  return [
    {
      type: 'bind',
      workerId: worker.workerId,
      assignment: {
        accountId,
        applicationId,
        jobRunId,
        attempt,
        executionRoleArn,
        executionIamPolicy,
        logUri,
        // The logs of one that was run again for a lost zone would overwrite those of the first.
        logsByAttempt: logsByAttempt || attempt > 1,
        sparkSecret: context.sparkSecretOf(jobRunId),
        traceparent: context.traceparentOf(jobRunId),
        work,
      },
    },
  ];
}

function commandsFor(
  worker: Worker,
  allocation: Allocation | undefined,
  context: SendingContext,
): AgentCommand[] {
  const { workerId, stopReason } = worker;
  if (stopReason !== null) {
    const graceMs = Math.max(stopGraceMs, (allocation?.graceSeconds ?? 0) * 1_000);
    return [{ type: 'stop', workerId, reason: stopReason, graceMs }];
  }
  const launch: AgentCommand[] = reached(worker, 'LAUNCHED')
    ? []
    : [{ type: 'launch', workerId, spec: specOf(worker) }];
  return allocation ? [...launch, ...bindOf(allocation, worker, context)] : launch;
}

/** Every command that a zone's agent still has to carry out, in the order in which workers were asked for. */
export function commandsForZone(
  fleet: Pick<Fleet, 'allocations' | 'workers'>,
  zone: string,
  context: SendingContext,
): readonly AgentCommand[] {
  const byId = new Map(
    fleet.allocations.map((allocation) => [idOfAllocation(allocation), allocation]),
  );
  return fleet.workers
    .filter((worker) => worker.zone === zone)
    .sort(
      (a, b) =>
        a.requestedAt.localeCompare(b.requestedAt) ||
        a.workerId.localeCompare(b.workerId, 'en', { numeric: true }),
    )
    .flatMap((worker) => {
      const id = allocationOfWorker(worker);
      const allocation = id === null ? undefined : byId.get(id);
      // A run's worker whose allocation is not in the snapshot is left to the next round.
      return id === null || allocation ? commandsFor(worker, allocation, context) : [];
    });
}
