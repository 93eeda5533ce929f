/** Everything that a seed plays with: processes that are started again when they die, brokers, zones, clocks. */
import { VersionConflict } from '@firesteel/event-store';
import { ServiceUnavailable } from '@firesteel/http/internal-client';
import { Fenced } from '@firesteel/ledger/sequencer';
import { Gap } from '@firesteel/messaging/batch';
import type { Router } from 'express';
import type { Limit } from './checks/history.ts';
import { never, Violation } from './checks/violation.ts';
import { SimulatedAgent } from './data-plane/agent.ts';
import { Switchboard } from './data-plane/switchboard.ts';
import type { SimulatedWorker } from './data-plane/worker.ts';
import { type ServiceName, type Surroundings, services } from './services/compose.ts';
import type { SimulatedDatabase } from './services/database.ts';
import type { Answering, HttpOptions } from './services/http.ts';
import { type Agenda, createAgenda } from './world/agenda.ts';
import { SimulatedKafka } from './world/kafka.ts';
import { type Fate, type Faults, Life } from './world/process.ts';
import { type Random, randomOf } from './world/random.ts';

/** How likely what is; all zero once the world is calm. */
type Climate = {
  readonly crash: number;
  readonly conflict: number;
  readonly slowDisk: number;
  readonly lostCall: number;
  readonly lostPoke: number;
  readonly duplicate: number;
  readonly delayMs: number;
  readonly launchFails: number;
  readonly dies: number;
  readonly fenceFails: number;
};

const fair: Climate = {
  crash: 0,
  conflict: 0,
  slowDisk: 0,
  lostCall: 0,
  lostPoke: 0,
  duplicate: 0,
  delayMs: 20,
  launchFails: 0,
  dies: 0,
  fenceFails: 0,
};

/** Some seeds are rough in one way, some in another. */
const roughOf = (random: Random): Climate => ({
  crash: random.pick([0, 0.002, 0.01, 0.03]),
  conflict: random.pick([0, 0.01, 0.05]),
  slowDisk: random.pick([0, 0.01, 0.05]),
  lostCall: random.pick([0, 0.02, 0.1]),
  lostPoke: random.pick([0, 0.1, 0.5]),
  duplicate: random.pick([0, 0.1, 0.4]),
  delayMs: random.pick([10, 100, 2_000]),
  launchFails: random.pick([0, 0.05]),
  dies: random.pick([0, 0.05, 0.15]),
  fenceFails: random.pick([0, 0.3]),
});

export type World = {
  readonly database: SimulatedDatabase;
  readonly agenda: Agenda;
  readonly random: Random;
  readonly kafka: SimulatedKafka;
  readonly agents: readonly SimulatedAgent[];
  readonly zoneLimits: ReadonlyMap<string, Limit>;
  readonly applicationLimits: Map<string, Limit>;
  readonly accountQuotaVcpu: number | null;
  readonly http: HttpOptions;
  readonly answering: (service: ServiceName) => Answering | undefined;
  readonly readyMsOf: (workerId: string) => number;
  readonly fencedBelow: (jobRunId: string) => number;
  readonly kill: (service: ServiceName) => void;
  readonly freeze: (service: ServiceName, forMs: number) => void;
  /** Another ledger begins although the first is only frozen. */
  readonly startSecondLedger: () => void;
  /** No more faults. */
  readonly calm: () => void;
  readonly crashes: () => number;
  /** Whether every event has reached everybody and no process of a worker lives. */
  readonly isQuiet: () => boolean;
  readonly unrest: () => string;
  /** @throws Violation what a service failed with, if that must not be */
  readonly throwDefect: () => void;
  readonly end: () => void;
};

export const serviceNames = Object.keys(services) as ServiceName[];

/** Failures that are the simulation's own doing. */
const isExpected = (error: unknown): boolean =>
  error instanceof VersionConflict ||
  error instanceof ServiceUnavailable ||
  error instanceof Fenced ||
  error instanceof Gap;

/** How long the ledger pauses by itself when no poke reaches it; the product looks more often. */
const idlePollMs = 2_000;

type Running = { readonly life: Life; routes: Router | undefined };

export function createWorld(
  database: SimulatedDatabase,
  seed: number,
  applicationLimits: Map<string, Limit>,
): World {
  const random = randomOf(`seed ${seed}`);
  const agenda = createAgenda();
  let climate = roughOf(random.named('climate'));
  const chances = random.named('chances');
  let crashes = 0;
  let defect: unknown;
  const fences = new Map<string, number>();
  const processes = new Map<string, SimulatedWorker[]>();
  const running = new Map<ServiceName, Running>();
  let ended = false;

  const fateOf = (): Fate => {
    const dies = chances.chance(climate.crash) ? chances.pick(['before', 'after'] as const) : null;
    const slow = chances.chance(climate.slowDisk);
    return { dies, acknowledgedAfterMs: slow ? chances.whole(100, 5_000) : chances.whole(0, 3) };
  };
  const faults: Faults = { fateOf, conflicts: () => chances.chance(climate.conflict) };
  const failed = (error: unknown): void => {
    if (!isExpected(error)) defect ??= error;
  };
  const travelMs = (): number => chances.whole(0, climate.delayMs);

  const kafka = new SimulatedKafka(agenda, random.named('kafka'), {
    delayMs: () => climate.delayMs,
    duplicateChance: () => climate.duplicate,
  });
  const switchboard = new Switchboard(agenda, travelMs);
  let wake = (): void => {};
  const surroundings: Surroundings = {
    database,
    kafka,
    failed,
    createAgents: switchboard.createAgents,
    monotonicMs: () => agenda.nowMs(),
    accountQuotaVcpu: random.named('quota').pick([null, 40]),
    wakeLedger: () => {
      if (!chances.chance(climate.lostPoke)) agenda.after(chances.whole(0, 2), () => wake());
    },
    waitForPoke: () =>
      new Promise((resolve) => {
        const cancel = agenda.after(idlePollMs, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      }),
    fence: async (jobRunId, belowAttempt) => {
      await agenda.pause(chances.whole(0, climate.delayMs));
      if (chances.chance(climate.fenceFails)) throw new ServiceUnavailable('iam-authorizer');
      fences.set(jobRunId, Math.max(belowAttempt, fences.get(jobRunId) ?? 0));
    },
  };

  /** Clocks of services differ, all the time by as much. */
  const skews = new Map(
    serviceNames.map((name) => [name, random.named(`clock ${name}`).whole(-2_000, 2_000)]),
  );

  const start = (name: ServiceName): void => {
    if (ended) return;
    const life = new Life(name, agenda, faults, skews.get(name) ?? 0);
    const process: Running = { life, routes: undefined };
    running.set(name, process);
    life.onDeath(() => {
      crashes += 1;
      if (running.get(name) === process) agenda.after(chances.whole(200, 3_000), () => start(name));
    });
    life.run(() => {
      services[name](life, surroundings)
        .then((routes) => {
          process.routes = routes;
        })
        .catch((error: unknown) => {
          failed(error);
          life.die();
        });
    });
  };

  const zones = ['zone-a', 'zone-b'].map((zone) => ({
    zone,
    vcpu: random.named(zone).pick([16, 24, 32]),
  }));
  const agents = zones.map(
    ({ zone, vcpu }) =>
      new SimulatedAgent({
        ...{ zone, vcpu, memoryMb: vcpu * 4_096, agenda, switchboard },
        random: random.named(`agent ${zone}`),
        isFenced: (jobRunId, attempt) => (fences.get(jobRunId) ?? 0) > attempt,
        perils: () => climate,
        started: (worker) =>
          processes.set(worker.workerId, [...(processes.get(worker.workerId) ?? []), worker]),
      }),
  );
  for (const name of serviceNames) start(name);

  const readyMs = ({ readyAtMs, endedAtMs }: SimulatedWorker): number =>
    readyAtMs === undefined ? 0 : (endedAtMs ?? agenda.nowMs()) - readyAtMs;
  const alive = (): string[] =>
    [...processes.values()]
      .flat()
      .flatMap(({ state, workerId }) => (state === 'exited' ? [] : workerId));
  const behind = (): string[] => {
    const { postgres } = database;
    postgres.assume('postgres');
    const head = `(select coalesce(max(global_seq), 0) from log.sequenced)`;
    const cursors = ['application_registry', 'job_scheduler', 'capacity', 'billing']
      .map((schema) => `select name, global_seq from ${schema}.cursor`)
      .join(' union all ');
    return postgres
      .execute(
        `select name from (${cursors}) c where global_seq < ${head}
         union all select 'the ledger' where exists (select from log.unsequenced)`,
      )
      .rows.map(({ name }) => String(name));
  };

  return {
    ...{ database, agenda, random, kafka, agents, applicationLimits },
    zoneLimits: new Map(agents.map(({ zone, vcpu, memoryMb }) => [zone, { vcpu, memoryMb }])),
    accountQuotaVcpu: surroundings.accountQuotaVcpu,
    http: {
      agenda,
      travelMs: () => (chances.chance(climate.lostCall) ? null : travelMs()),
      defect: failed,
    },
    answering: (service) => {
      const { life, routes } = running.get(service) ?? {};
      return life && routes && !life.isOver ? { life, routes } : undefined;
    },
    readyMsOf: (workerId) =>
      (processes.get(workerId) ?? []).reduce((sum, worker) => sum + readyMs(worker), 0),
    fencedBelow: (jobRunId) => fences.get(jobRunId) ?? 0,
    kill: (service) => running.get(service)?.life.die(),
    freeze: (service, forMs) => running.get(service)?.life.freeze(forMs),
    startSecondLedger: () => start('ledger'),
    calm: () => {
      climate = fair;
    },
    crashes: () => crashes,
    isQuiet: () => alive().length === 0 && behind().length === 0,
    unrest: () => `alive: ${alive().join(', ')}; behind: ${behind().join(', ')}`,
    throwDefect: () => {
      if (defect instanceof Violation) throw defect;
      never(
        defect !== undefined,
        () => `a service failed: ${defect instanceof Error ? defect.stack : defect}`,
      );
    },
    end: () => {
      ended = true;
      for (const { life } of running.values()) life.die();
    },
  };
}
