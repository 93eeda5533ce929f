/** The services' own parts put together as their `main.ts` does, over the simulated world. */
import { createPrivateKey } from 'node:crypto';
import { reactions as registryReactions } from '@firesteel/application-registry/reactions';
import { applicationRoutes } from '@firesteel/application-registry/routes';
import { streamOfPriceList } from '@firesteel/billing/price-list';
import { priceLists } from '@firesteel/billing/price-lists';
import { publishedPriceLists } from '@firesteel/billing/published-prices';
import { reactionsOf as billingReactions } from '@firesteel/billing/reactions';
import type { Agents, AgentsOptions } from '@firesteel/capacity/agents';
import { createCapacity } from '@firesteel/capacity/capacity';
import { reactionsOf as capacityReactions } from '@firesteel/capacity/reactions';
import { handle } from '@firesteel/event-store/commands';
import { reactionsOf as schedulerReactions } from '@firesteel/job-scheduler/reactions';
import { jobRunRoutes } from '@firesteel/job-scheduler/routes';
import { SteadyClock } from '@firesteel/job-scheduler/steady-clock';
import { expireDue } from '@firesteel/job-scheduler/timeouts';
import { startLedger } from '@firesteel/ledger/ledger';
import { type ConsumerOptions, startConsumer } from '@firesteel/messaging/consumer';
import { readTopicEnd, startPublisher } from '@firesteel/messaging/producer';
import { createLogger } from '@firesteel/telemetry/logger';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Router } from 'express';
import type { SimulatedKafka } from '../world/kafka.ts';
import type { Life } from '../world/process.ts';
import type { Role, SimulatedDatabase } from './database.ts';

/** What the world gives every service. */
export type Surroundings = {
  readonly database: SimulatedDatabase;
  readonly kafka: SimulatedKafka;
  /** Pokes the ledger; the poke may be lost. */
  readonly wakeLedger: () => void;
  /** Waits until the ledger is poked, or for as long as it pauses by itself. */
  readonly waitForPoke: () => Promise<void>;
  /** The clock that nobody sets. */
  readonly monotonicMs: () => number;
  readonly createAgents: (options: AgentsOptions) => Agents;
  readonly fence: (jobRunId: string, belowAttempt: number) => Promise<void>;
  readonly accountQuotaVcpu: number | null;
  /** Something failed; whether it may is the simulation's to judge. */
  readonly failed: (error: unknown) => void;
};

export type ServiceName =
  | 'application-registry'
  | 'job-scheduler'
  | 'capacity'
  | 'billing'
  | 'ledger';

/** Starts a service in the life that calls it; answers its routes. */
export type Start = (life: Life, surroundings: Surroundings) => Promise<Router>;

const region = 'us-east-1';
/** One key, so that ids of a seed are the same in every run of it. */
const serviceKey = Buffer.alloc(32, 7);
/** PKCS #8 of an Ed25519 key whose seed is that, too. */
const signingKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), serviceKey]),
  format: 'der',
  type: 'pkcs8',
});
/** Time-outs are counted in minutes, and a look costs; the service looks more often. */
const timeoutCheckMs = 60_000;
const zoneSilenceMs = 30_000;
/** Often, so that most lives are metered in parts. */
const meterEveryMs = 10_000;

/** One for every life: what a dead process had begun holds nobody up. */
const emOf = ({ database }: Surroundings, role: Role): EntityManager =>
  database.orms[role].em.fork();

const consume = (
  name: string,
  em: EntityManager,
  { later }: Life,
  { kafka, wakeLedger, failed }: Surroundings,
  reactions: ConsumerOptions['reactions'],
  committed: () => void = () => {},
): Promise<unknown> =>
  startConsumer({
    kafka: kafka.client(),
    em,
    name: `${name}.reactions`,
    reactions,
    committed: () => {
      wakeLedger();
      committed();
    },
    failed,
    deaf: failed,
    later,
  });

const startRegistry: Start = async (life, surroundings) => {
  const { now } = life;
  const em = emOf(surroundings, 'application_registry');
  const { wakeLedger } = surroundings;
  await consume('application-registry', em, life, surroundings, registryReactions);
  return applicationRoutes({ em, idKey: serviceKey, region, wakeLedger, now });
};

const startScheduler: Start = async (life, surroundings) => {
  const { now, later } = life;
  const em = emOf(surroundings, 'job_scheduler');
  const { wakeLedger, failed, monotonicMs } = surroundings;
  const clock = new SteadyClock(now, monotonicMs);
  const look = (): void => {
    expireDue(em, clock)
      .then((changed) => changed > 0 && wakeLedger())
      .catch(failed)
      .finally(() => later(look, timeoutCheckMs));
  };
  later(look, timeoutCheckMs);
  await consume('job-scheduler', em, life, surroundings, schedulerReactions(now));
  return jobRunRoutes({ em, idKey: serviceKey, region, wakeLedger, now });
};

const startCapacity: Start = async (life, surroundings) => {
  const { now, later } = life;
  const em = emOf(surroundings, 'capacity');
  const { wakeLedger, failed, createAgents, fence, accountQuotaVcpu, monotonicMs } = surroundings;
  const log = createLogger('capacity', 'silent');
  const said = (fields: { readonly err?: unknown }): void => {
    if (fields.err !== undefined) failed(fields.err);
  };
  const capacity = createCapacity({
    ...{ em, serviceKey, wakeLedger, now, later, createAgents, fence, accountQuotaVcpu },
    monotonicMs,
    zoneSubnets: {},
    meterEveryMs,
    zoneSilenceMs,
    log: Object.assign(log, { error: said, warn: said }),
  });
  const { settle, traces } = capacity;
  await consume('capacity', em, life, surroundings, capacityReactions(traces, now), settle);
  return Router();
};

const startBilling: Start = async (life, surroundings) => {
  const em = emOf(surroundings, 'billing');
  const at = life.now().toISOString();
  for (const list of publishedPriceLists(region)) {
    const id = streamOfPriceList(list.priceListId);
    await handle(em, priceLists, id, { type: 'PublishPriceList', list, at });
  }
  surroundings.wakeLedger();
  await consume('billing', em, life, surroundings, billingReactions(region));
  return Router();
};

const startTheLedger: Start = async (life, surroundings) => {
  const kafka = surroundings.kafka.client();
  const publisher = await startPublisher(kafka);
  // More than the ledger tells at once in a world as small as this; each delivery takes its time.
  const topicEnd = await readTopicEnd(kafka, 100);
  const em = emOf(surroundings, 'ledger');
  const wait = surroundings.waitForPoke;
  const checkpoints = {
    ...{ privateKey: signingKey, everyEvents: 50, everyMs: 60_000, places: [] },
    ...{ now: life.now, failed: surroundings.failed },
  };
  const ledger = await startLedger({ em, publisher, topicEnd, wait, checkpoints });
  ledger.done.catch((error: unknown) => {
    surroundings.failed(error);
    life.die();
  });
  return Router();
};

export const services: Readonly<Record<ServiceName, Start>> = {
  'application-registry': startRegistry,
  'job-scheduler': startScheduler,
  capacity: startCapacity,
  billing: startBilling,
  ledger: startTheLedger,
};
