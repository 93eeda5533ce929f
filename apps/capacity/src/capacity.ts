/** capacity at work: agents' messages and other services' facts in, rounds of reconciling, commands out. */
import { createHmac } from 'node:crypto';
import type { AgentMessage } from '@firesteel/contracts/agent-protocol';
import type { AppendMeta } from '@firesteel/event-store';
import { handle, transact } from '@firesteel/event-store/aggregate';
import type { Logger } from '@firesteel/telemetry/logger';
import { continueTrace, inSpan } from '@firesteel/telemetry/spans';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Agent, type Agents, createAgents } from './agents/agents.ts';
import { commandsForZone } from './agents/dispatch.ts';
import { lostFact, takeFact } from './agents/facts.ts';
import { allocations, readFleet, workers } from './fleet/tables.ts';
import { createMilestones, type Milestones } from './milestones.ts';
import { type Refusal, reconcile } from './reconcile/reconcile.ts';
import { createRounds } from './reconcile/rounds.ts';
import { createTraces, type Traces } from './traces.ts';
import { reached } from './worker/worker.ts';

export type CapacityOptions = {
  readonly em: EntityManager;
  readonly serviceKey: Buffer;
  readonly wakeLedger: () => void;
  readonly log: Logger;
  readonly now: () => Date;
};

export type Capacity = {
  readonly agents: Agents;
  readonly milestones: Milestones;
  readonly traces: Traces;
  /** Asks for a round of reconciling; bursts share one. */
  readonly settle: () => void;
  /** Closes the agents' connections and waits for the round in hand. */
  readonly stop: () => Promise<void>;
};

type Hello = Extract<AgentMessage, { type: 'hello' }>;

/** The secret of a run's Spark RPC: derived, so that it is in no event and the same after a restart. */
const sparkSecretOf =
  (key: Buffer) =>
  (jobRunId: string): string =>
    createHmac('sha256', key).update(`spark-secret\n${jobRunId}`).digest('hex');

/** Refused executors are asked for again after this long, should nothing else happen before. */
const retryMs = 2_000;

/** Builds capacity; `attach` its agents to the HTTP server to begin. */
export function createCapacity(options: CapacityOptions): Capacity {
  const { em, serviceKey, wakeLedger, log, now } = options;
  const at = (): string => now().toISOString();
  const traces = createTraces();
  const milestones = createMilestones();
  const metaOf = (jobRunId: string): AppendMeta => {
    const traceparent = traces.of(jobRunId);
    return traceparent === null ? {} : { traceparent };
  };
  const context = { sparkSecretOf: sparkSecretOf(serviceKey), traceparentOf: traces.of };

  const tellDrivers = (refusals: readonly Refusal[]): void => {
    for (const { jobRunId, message } of refusals)
      for (const agent of agents.connected())
        agent.send([{ type: 'refusals', workerId: `${jobRunId}-0`, messages: [message] }]);
  };

  const round = async (): Promise<void> => {
    const zones = agents.connected().map(({ zone }) => zone);
    const refusals = await inSpan('reconcile', {}, () =>
      reconcile(em, { zones, at: at(), metaOf }),
    );
    wakeLedger();
    tellDrivers(refusals);
    const fleet = await readFleet(em.fork());
    for (const agent of agents.connected())
      agent.send(commandsForZone(fleet, agent.zone.zone, context));
    if (refusals.length > 0) setTimeout(rounds.request, retryMs).unref();
  };
  const rounds = createRounds(round, (error) => log.error({ err: error }, 'a round failed'));

  const hello = async (agent: Agent, message: Hello): Promise<void> => {
    log.info({ agentId: agent.agentId, zone: agent.zone }, 'agent connected');
    const held = new Set(message.workers.map(({ workerId }) => workerId));
    const fleet = await readFleet(em.fork());
    for (const worker of fleet.workers)
      if (
        worker.zone === agent.zone.zone &&
        reached(worker, 'LAUNCHED') &&
        !held.has(worker.workerId)
      )
        await transact(em, (tx) => takeFact(tx, lostFact(worker.workerId), at(), metaOf));
    rounds.request();
  };

  const leaving = async ({
    executorIds,
    how,
    jobRunId,
  }: Extract<AgentMessage, { type: 'executorsLeaving' }>): Promise<void> => {
    // Decommissioned executors end by themselves once their blocks have moved.
    if (how !== 'kill') return;
    for (const executorId of executorIds)
      await handle(
        em,
        workers,
        `${jobRunId}-${executorId}`,
        { type: 'StopWorker', reason: 'the driver let it go', at: at() },
        metaOf(jobRunId),
      );
  };

  const take = async (agent: Agent, message: AgentMessage): Promise<void> => {
    switch (message.type) {
      case 'hello':
        return hello(agent, message);
      case 'fact':
        await transact(em, (tx) => takeFact(tx, message, at(), metaOf));
        agent.send([{ type: 'acknowledge', factIds: [message.factId] }]);
        break;
      case 'driverRegistered': {
        const { jobRunId, driverUrl } = message;
        await handle(
          em,
          allocations,
          jobRunId,
          { type: 'RegisterDriver', driverUrl, at: at() },
          metaOf(jobRunId),
        );
        break;
      }
      case 'targets': {
        const { jobRunId, sequence, targets } = message;
        await handle(
          em,
          allocations,
          jobRunId,
          { type: 'SetTargets', sequence, targets, at: at() },
          metaOf(jobRunId),
        );
        break;
      }
      case 'executorsLeaving':
        await leaving(message);
        break;
      case 'milestone':
        milestones.note(message.jobRunId, message.name, message.epochMs);
        return;
    }
    wakeLedger();
    rounds.request();
  };

  const received = (agent: Agent, message: AgentMessage): Promise<void> => {
    const traceparent = 'jobRunId' in message ? traces.of(message.jobRunId) : null;
    return continueTrace(traceparent ?? undefined, () =>
      inSpan(`agent ${message.type}`, {}, () => take(agent, message)),
    );
  };

  const agents = createAgents({
    serviceKey,
    received,
    disconnected: rounds.request,
    failed: (error) => log.warn({ err: error }, 'an agent’s message was not taken'),
  });
  const stop = (): Promise<void> => {
    agents.stop();
    return rounds.stop();
  };
  return { agents, milestones, traces, settle: rounds.request, stop };
}
