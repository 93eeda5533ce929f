/** capacity at work: agents' messages and other services' facts in, rounds of reconciling, commands out. */
import { createHmac } from 'node:crypto';
import type { AgentMessage } from '@firesteel/contracts/agent-protocol';
import type { AppendMeta } from '@firesteel/event-store';
import { transact } from '@firesteel/event-store/aggregate';
import type { Logger } from '@firesteel/telemetry/logger';
import { continueTrace, inSpan } from '@firesteel/telemetry/spans';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Agent, type Agents, type AgentsOptions, createAgents } from './agents/agents.ts';
import { commandsForZone } from './agents/dispatch.ts';
import { takeFact } from './agents/facts.ts';
import { createObservedLives } from './agents/observed-lives.ts';
import {
  type MessageOf,
  takeDriverRegistered,
  takeHello,
  takeLeaving,
  takeTargets,
} from './agents/take-message.ts';
import { type Fleet, readFleet } from './fleet/tables.ts';
import { healthyZones, type SeenZone, type ZoneSubnets } from './fleet/zones.ts';
import { readMeters } from './metering/meter-readings.ts';
import { createMilestones, type Milestones } from './milestones.ts';
import { type Refusal, reconcile } from './reconcile/reconcile.ts';
import { createRounds, type Later, timer } from './reconcile/rounds.ts';
import { createRefusalPace } from './refusal-pace.ts';
import { createTraces, type Traces } from './traces.ts';
import { loseZones, nextSilenceMs, noticeSilence, type ZoneWatch } from './zone/zone-loss.ts';

export type CapacityOptions = {
  readonly em: EntityManager;
  readonly serviceKey: Buffer;
  readonly wakeLedger: () => void;
  readonly log: Logger;
  readonly now: () => Date;
  /** A clock that nobody sets; the process's own unless another is given. */
  readonly monotonicMs?: () => number;
  readonly zoneSubnets: ZoneSubnets;
  readonly zoneSilenceMs: number;
  /** Concurrent vCPUs an account may have; null: no limit. */
  readonly accountQuotaVcpu: number | null;
  /** How often the meter of a worker that lives on is read. */
  readonly meterEveryMs: number;
  readonly fence: ZoneWatch['fence'];
  /** How agents are talked to, WebSockets unless said otherwise, and how time is waited for. */
  readonly createAgents?: (options: AgentsOptions) => Agents;
  readonly later?: Later;
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

/** The secret of a run's Spark RPC: derived, so that it is in no event and the same after a restart. */
const sparkSecretOf =
  (key: Buffer) =>
  (jobRunId: string): string =>
    createHmac('sha256', key).update(`spark-secret\n${jobRunId}`).digest('hex');

const soonest = (...delays: readonly (number | null)[]): number | null => {
  const known = delays.filter((delay) => delay !== null);
  return known.length === 0 ? null : Math.min(...known);
};

/** The latest that the log knows of a zone's workers. */
const lastRecordedOf = ({ workers }: Fleet, zone: string): string =>
  workers
    .filter((worker) => worker.zone === zone)
    .map(({ readyAt, requestedAt }) => readyAt ?? requestedAt)
    .reduce((latest, at) => (at > latest ? at : latest), '');

/**
 * Zones with workers whose agent this process has not heard. Their silence counts from when it could have
 * heard them; that something was recorded of one worker proves nothing of the others.
 */
const unheard = (fleet: Fleet, seen: readonly SeenZone[], silentMs: number): SeenZone[] =>
  [...new Set(fleet.workers.map(({ zone }) => zone))]
    .filter((zone) => !seen.some((known) => known.zone === zone))
    .map((zone) => ({
      ...{ zone, vcpu: 0, memoryMb: 0, connected: false, silentMs },
      lastSeenAt: lastRecordedOf(fleet, zone),
      proof: null,
    }));

/** Builds capacity; `attach` its agents to the HTTP server to begin. */
export function createCapacity(options: CapacityOptions): Capacity {
  const { em, serviceKey, wakeLedger, log, now } = options;
  const { zoneSubnets, zoneSilenceMs: silenceMs, accountQuotaVcpu, fence, later = timer } = options;
  const { meterEveryMs } = options;
  const { monotonicMs = () => performance.now() } = options;
  const at = (): string => now().toISOString();
  const beganMs = monotonicMs();
  const traces = createTraces();
  const milestones = createMilestones();
  const pace = createRefusalPace();
  const lives = createObservedLives(monotonicMs);
  const metaOf = (jobRunId: string): AppendMeta => {
    const traceparent = traces.of(jobRunId);
    return traceparent === null ? {} : { traceparent };
  };
  const context = { sparkSecretOf: sparkSecretOf(serviceKey), traceparentOf: traces.of };
  const taking = { em, at, metaOf };
  let cancelAlarm = (): void => {};

  const tellDrivers = ({ workers }: Fleet, refusals: readonly Refusal[]): void => {
    for (const { jobRunId, message } of refusals)
      for (const { workerId, zone } of workers.filter(
        (worker) => worker.jobRunId === jobRunId && worker.workerType === 'SPARK_DRIVER',
      ))
        agents
          .connected()
          .find((agent) => agent.zone.zone === zone)
          ?.send([{ type: 'refusals', workerId, messages: [message] }]);
  };

  /** Answers which zones take work, and after how many milliseconds to look at them, or at meters, again. */
  const watchZones = async () => {
    let fleet = await readFleet(em.fork());
    const heard = agents.seen();
    const seen = [...heard, ...unheard(fleet, heard, monotonicMs() - beganMs)];
    const observedMs = lives.readyMs;
    const watch = { seen, zoneSubnets, silenceMs, fence, at: at(), metaOf, observedMs };
    if (await noticeSilence(em, fleet, watch)) fleet = await readFleet(em.fork());
    await loseZones(em, fleet, watch);
    const silenceInMs = nextSilenceMs(watch, fleet);
    // Those that were just closed are refused by their own aggregate.
    const meters = { seen: heard, everyMs: meterEveryMs, atLeastMs: lives.atLeastMs };
    const readInMs = await readMeters(em, fleet.workers, { ...meters, at: at(), metaOf });
    return {
      zones: healthyZones(heard, fleet.zones),
      wakeInMs: soonest(silenceInMs, readInMs),
    };
  };

  const round = async (): Promise<void> => {
    cancelAlarm();
    const { zones, wakeInMs } = await watchZones();
    const { refusals, againMs } = await inSpan('reconcile', {}, () =>
      reconcile(em, { zones, zoneSubnets, accountQuotaVcpu, at: at(), metaOf }),
    );
    wakeLedger();
    const fleet = await readFleet(em.fork());
    for (const agent of agents.connected())
      agent.send(commandsForZone(fleet, agent.zone.zone, context));
    tellDrivers(fleet, pace.due(refusals, monotonicMs()));
    const delayMs = soonest(againMs, wakeInMs, pace.nextMs(monotonicMs()));
    if (delayMs !== null) cancelAlarm = later(rounds.request, delayMs);
  };
  const rounds = createRounds(round, (error) => log.error({ err: error }, 'a round failed'), later);

  const takeWorkerFact = async (message: MessageOf<'fact'>): Promise<void> => {
    const { workerId, fact } = message;
    if (fact.kind === 'ready') lives.ready(workerId);
    const observedMs = lives.readyMs(workerId);
    await transact(em, (tx) => takeFact(tx, message, at(), metaOf, observedMs));
    if (fact.kind === 'exited') lives.forget(workerId);
  };

  const take = async (agent: Agent, message: AgentMessage): Promise<void> => {
    switch (message.type) {
      case 'hello':
        log.info({ agentId: agent.agentId, zone: agent.zone }, 'agent connected');
        await takeHello(taking, agent, message);
        break;
      case 'fact':
        await takeWorkerFact(message);
        agent.send([{ type: 'acknowledge', factIds: [message.factId] }]);
        break;
      case 'driverRegistered':
        await takeDriverRegistered(taking, message);
        break;
      case 'targets':
        await takeTargets(taking, message);
        break;
      case 'executorsLeaving':
        await takeLeaving(taking, message);
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

  const agents = (options.createAgents ?? createAgents)({
    serviceKey,
    now,
    monotonicMs,
    received,
    disconnected: rounds.request,
    failed: (error) => log.warn({ err: error }, 'an agent’s message was not taken'),
  });
  const stop = (): Promise<void> => {
    cancelAlarm();
    agents.stop();
    return rounds.stop();
  };
  return { agents, milestones, traces, settle: rounds.request, stop };
}
