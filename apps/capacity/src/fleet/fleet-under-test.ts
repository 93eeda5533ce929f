/** Capacity's tables on a real PostgreSQL, rounds, and an agent that does as it is told. For tests only. */
import type { AgentCommand, WorkerFact } from '@firesteel/contracts/agent-protocol';
import type { JsonObject, SequencedEvent } from '@firesteel/contracts/events';
import { type AllocationPlan, allocationIdOf } from '@firesteel/contracts/worker-size';
import { load, transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase } from '@firesteel/event-store/test-database';
import { react } from '@firesteel/messaging/reaction';
import { commandsForZone } from '../agents/dispatch.ts';
import { takeFact } from '../agents/facts.ts';
import { fleetMigrations } from '../migrations/fleet-migrations.ts';
import { onStarting, onStopping } from '../reactions/on-application.ts';
import { onCancelling, onRetried, onSubmitted } from '../reactions/on-job-run.ts';
import { type RoundResult, reconcile } from '../reconcile/reconcile.ts';
import { createTraces } from '../traces.ts';
import { planOf, poolOf } from './sample.ts';
import { allocations, fleetEntities, readFleet, workers } from './tables.ts';

/** A zone with room for six workers of 4 vCPU and 16 GB. */
export const zone = { zone: 'zone-a', vcpu: 24, memoryMb: 6 * 16_384 };
const context = { sparkSecretOf: () => 'secret', traceparentOf: () => null };

export const sequenced = (type: string, data: JsonObject): SequencedEvent => ({
  globalSeq: 1,
  stream: 'job-run-x',
  version: 1,
  eventId: '00000000-0000-4000-8000-000000000000',
  type,
  recordedAt: '2026-11-25T10:00:00.000Z',
  data,
  meta: {},
});

/** A clock that moves on by a second whenever it is read, so that no two things happen at once. */
const createClock = () => {
  let seconds = 0;
  return (): Date => {
    seconds += 1;
    return new Date(Date.parse('2026-11-25T10:00:00.000Z') + seconds * 1_000);
  };
};

export type FleetUnderTest = Awaited<ReturnType<typeof startFleetUnderTest>>;

/** Starts a PostgreSQL with capacity's tables; `stop` it at the end, `clear` it between tests. */
export async function startFleetUnderTest() {
  const database = await startTestDatabase();
  const orm = await openDatabase({
    url: database.urlOf('capacity'),
    entities: fleetEntities,
    migrations: fleetMigrations,
  });
  const now = createClock();
  const at = (): string => now().toISOString();
  const noMeta = () => ({});

  const submitted = (jobRunId: string, plan: Partial<AllocationPlan>, change: JsonObject = {}) =>
    sequenced('JobRunSubmitted', {
      jobRunId,
      applicationId: 'app',
      accountId: '123456789012',
      releaseLabel: 'emr-7.13.0',
      executionRoleAssumable: true,
      queued: false,
      plan: planOf(plan),
      ...change,
    });
  const submit = (jobRunId: string, plan: Partial<AllocationPlan> = {}, change: JsonObject = {}) =>
    transact(orm.em, (tx) =>
      react(onSubmitted(createTraces(), now), submitted(jobRunId, plan, change), tx),
    );
  const retry = (jobRunId: string, attempt: number) =>
    transact(orm.em, (tx) =>
      react(onRetried(createTraces(), now), submitted(jobRunId, {}, { attempt }), tx),
    );
  const cancel = (jobRunId: string, graceSeconds = 0) =>
    transact(orm.em, (tx) =>
      react(onCancelling(now), sequenced('JobRunCancelling', { jobRunId, graceSeconds }), tx),
    );
  const { applicationId, accountId, releaseLabel, maximumCapacity, subnetIds } = poolOf(1);
  const startApplication = (executors: number, change: JsonObject = {}) => {
    const { pools } = poolOf(executors);
    const ours = { applicationId, accountId, releaseLabel, maximumCapacity, subnetIds, pools };
    const starting = sequenced('ApplicationStarting', { ...ours, at: at(), ...change });
    return transact(orm.em, (tx) => react(onStarting(now), starting, tx));
  };
  const stopApplication = () => {
    const stopping = sequenced('ApplicationStopping', { applicationId, reason: 'stop', at: at() });
    return transact(orm.em, (tx) => react(onStopping(now), stopping, tx));
  };
  const round = (zones = [zone]): Promise<RoundResult> =>
    reconcile(orm.em, {
      ...{ zones, zoneSubnets: {}, accountQuotaVcpu: null, at: at(), metaOf: noMeta },
    });
  const fleet = () => readFleet(orm.em.fork());
  const told = async (where = 'zone-a'): Promise<readonly AgentCommand[]> =>
    commandsForZone(await fleet(), where, context);
  const say = (workerId: string, fact: WorkerFact): Promise<void> =>
    transact(orm.em, (tx) =>
      takeFact(tx, { type: 'fact', factId: 'f', workerId, at: '', fact }, at(), noMeta, null),
    );
  const exit = (workerId: string, exitCode: number, readyMs = 1_000): Promise<void> =>
    say(workerId, {
      kind: 'exited',
      exitCode,
      reason: `exit ${exitCode}`,
      outOfMemory: false,
      lastExceptions: '',
      readyMs,
      boundAfterMs: null,
    });
  const carryOut = async (command: AgentCommand): Promise<void> => {
    switch (command.type) {
      case 'launch':
        await say(command.workerId, { kind: 'launched', pid: 7 });
        return say(command.workerId, { kind: 'ready', bootMs: 100 });
      case 'bind':
        return say(command.workerId, { kind: 'bound' });
      case 'stop':
        return exit(command.workerId, 143);
      default:
    }
  };
  /** What obedient agents report of every command, then a round. */
  const obey = async (where = [zone]): Promise<void> => {
    for (const { zone: name } of where)
      for (const command of await told(name)) await carryOut(command);
    await round(where);
  };
  const drive = async (
    jobRunId: string,
    executors: number,
    sequence = 1,
    attempt = 1,
  ): Promise<void> => {
    const id = allocationIdOf(jobRunId, attempt);
    const driverUrl = `spark://${jobRunId}`;
    await handle(orm.em, allocations, id, { type: 'RegisterDriver', driverUrl, at: at() });
    const profile = { resourceProfileId: 0, cores: 4, memoryMb: 14_336, memoryOverheadMb: 1_434 };
    const targets = [{ ...profile, executors }];
    const command = { type: 'SetTargets', sequence, targets, at: at() } as const;
    await handle(orm.em, allocations, id, command);
  };
  const statuses = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await fleet()).workers.map(({ workerId, status }) => [workerId, status] as const).sort(),
    );
  const endOf = async (jobRunId: string, attempt = 1) => {
    const { state } = await load(orm.em.fork(), allocations, allocationIdOf(jobRunId, attempt));
    return state.status === 'ABSENT' ? state.status : [state.status, state.outcome];
  };
  const workerOf = async (workerId: string) => (await load(orm.em.fork(), workers, workerId)).state;
  return {
    ...{ orm, now, at, submitted, submit, retry, cancel, startApplication, stopApplication },
    ...{ round, fleet, told, say, exit, obey, drive, statuses, endOf, workerOf },
    /** Every test begins with an empty fleet; the log keeps what was, so rows keep their versions. */
    clear: () =>
      orm.em.fork().execute(`update allocation set live = false; update worker set live = false;
        update pool set live = false, state = jsonb_set(state, '{status}', '"RELEASED"');
        update zone set state = jsonb_set(state, '{impairedBy}', 'null')`),
    stop: async (): Promise<void> => {
      await orm.close();
      await database.stop();
    },
  };
}
