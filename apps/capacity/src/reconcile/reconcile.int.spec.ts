/** Rounds of reconciling on a real PostgreSQL, with an agent that does as it is told. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AgentCommand, AgentMessage, WorkerFact } from '@firesteel/contracts/agent-protocol';
import type { JsonObject, SequencedEvent } from '@firesteel/contracts/events';
import type { AllocationPlan } from '@firesteel/contracts/worker-size';
import { readStream } from '@firesteel/event-store';
import { handle, load, transact } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import { createLogger } from '@firesteel/telemetry/logger';
import type { MikroORM } from '@mikro-orm/postgresql';
import { WebSocket } from 'ws';
import { commandsForZone } from '../agents/dispatch.ts';
import { lostFact, takeFact } from '../agents/facts.ts';
import { createCapacity } from '../capacity.ts';
import { planOf } from '../fleet/sample.ts';
import { AllocationRow, allocations, readFleet, WorkerRow, workers } from '../fleet/tables.ts';
import { CreateFleet } from '../migrations/2026-11-25-create-fleet.ts';
import { onCancelling, onDequeued, onSubmitted } from '../reactions/on-job-run.ts';
import { capacityRoutes } from '../routes.ts';
import { createTraces } from '../traces.ts';
import { reconcile } from './reconcile.ts';

const serviceKey = Buffer.alloc(32, 7);
const zone = { zone: 'zone-a', vcpu: 24, memoryMb: 6 * 16_384 };
const noMeta = () => ({});
const context = { sparkSecretOf: () => 'secret', traceparentOf: () => null };

/** A clock that moves on by a second whenever it is read, so that no two things happen at once. */
let seconds = 0;
const now = (): Date => {
  seconds += 1;
  return new Date(Date.parse('2026-11-25T10:00:00.000Z') + seconds * 1_000);
};
const at = (): string => now().toISOString();

const sequenced = (type: string, data: JsonObject): SequencedEvent => ({
  globalSeq: 1,
  stream: 'job-run-x',
  version: 1,
  eventId: '00000000-0000-4000-8000-000000000000',
  type,
  recordedAt: '2026-11-25T10:00:00.000Z',
  data,
  meta: {},
});

describe('capacity on PostgreSQL', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('capacity'),
      entities: [AllocationRow, WorkerRow],
      migrations: [{ name: 'create-fleet', class: CreateFleet }],
    });
  });
  // Every test begins with an empty fleet; the log keeps what was.
  afterEach(() => orm.em.fork().execute('delete from allocation; delete from worker'));
  afterAll(async () => {
    await orm.close();
    await database.stop();
  });

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
      onSubmitted(createTraces(), now)(submitted(jobRunId, plan, change), tx),
    );
  const cancel = (jobRunId: string, graceSeconds = 0) =>
    transact(orm.em, (tx) =>
      onCancelling(now)(sequenced('JobRunCancelling', { jobRunId, graceSeconds }), tx),
    );
  const round = (zones = [zone]) => reconcile(orm.em, { zones, at: at(), metaOf: noMeta });
  const fleet = () => readFleet(orm.em.fork());
  const told = async (): Promise<readonly AgentCommand[]> =>
    commandsForZone(await fleet(), 'zone-a', context);
  const say = (workerId: string, fact: WorkerFact): Promise<void> =>
    transact(orm.em, (tx) =>
      takeFact(tx, { type: 'fact', factId: 'f', workerId, at: '', fact }, at(), noMeta),
    );
  const exit = (workerId: string, exitCode: number, readyMs = 1_000): Promise<void> =>
    say(workerId, {
      kind: 'exited',
      exitCode,
      reason: `exit ${exitCode}`,
      outOfMemory: false,
      lastExceptions: '',
      readyMs,
    });
  /** What an obedient agent reports of every command, then a round, until all is quiet. */
  const obey = async (): Promise<void> => {
    for (const command of await told()) {
      if (command.type === 'launch') {
        await say(command.workerId, { kind: 'launched', pid: 7 });
        await say(command.workerId, { kind: 'ready', bootMs: 100 });
      }
      if (command.type === 'bind') await say(command.workerId, { kind: 'bound' });
      if (command.type === 'stop') await exit(command.workerId, 143);
    }
    await round();
  };
  const drive = async (jobRunId: string, executors: number, sequence = 1): Promise<void> => {
    const driverUrl = `spark://${jobRunId}`;
    await handle(orm.em, allocations, jobRunId, { type: 'RegisterDriver', driverUrl, at: at() });
    const profile = { resourceProfileId: 0, cores: 4, memoryMb: 14_336, memoryOverheadMb: 1_434 };
    const targets = [{ ...profile, executors }];
    await handle(orm.em, allocations, jobRunId, {
      type: 'SetTargets',
      sequence,
      targets,
      at: at(),
    });
  };
  const statuses = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await fleet()).workers.map(({ workerId, status }) => [workerId, status] as const).sort(),
    );
  const endOf = async (jobRunId: string) => {
    const { state } = await load(orm.em.fork(), allocations, jobRunId);
    return state.status === 'ABSENT' ? state.status : [state.status, state.outcome];
  };

  it('admits a run, starts its gang, follows its targets and ends it with its driver (rows 24, 25)', async () => {
    await submit('run1');
    await round();
    expect(await statuses()).toEqual({ 'run1-0': 'REQUESTED', 'run1-1': 'REQUESTED' });
    await obey();
    expect(await statuses()).toEqual({ 'run1-0': 'BOUND', 'run1-1': 'READY' });
    await drive('run1', 3);
    await round();
    await obey();
    expect(await statuses()).toEqual({
      'run1-0': 'BOUND',
      'run1-1': 'BOUND',
      'run1-2': 'BOUND',
      'run1-3': 'BOUND',
    });
    expect(await told()).toEqual([]);
    await exit('run1-0', 0);
    expect(await endOf('run1')).toMatchObject(['ENDED', { kind: 'driverExited', exitCode: 0 }]);
    await round();
    expect((await told()).map(({ type }) => type)).toEqual(['stop', 'stop', 'stop']);
    await obey();
    expect(await fleet()).toEqual({ allocations: [], workers: [] });
    const events = await readStream(orm.em, 'worker-run1-1');
    expect(events.map(({ type }) => type)).toEqual([
      'WorkerRequested',
      'WorkerLaunched',
      'WorkerReady',
      'WorkerBound',
      'WorkerStopRequested',
      'WorkerExited',
    ]);
  });

  it('changes nothing in a round that finds everything in order', async () => {
    await submit('quiet');
    await round();
    const before = await fleet();
    await round();
    expect(await fleet()).toEqual(before);
  });

  it.each([
    ['row 18: waits in its queue', { queued: true }],
    ['row 30: has no role it may assume', { executionRoleAssumable: false }],
    ['cannot be planned', { plan: null }],
  ])('starts no worker for a run that %s', async (_name, change) => {
    await submit('nothing', {}, change);
    await round();
    expect(await fleet()).toEqual({ allocations: [], workers: [] });
  });

  it('starts a run that was taken out of its queue (row 18)', async () => {
    const { data } = submitted('dequeued', {});
    await transact(orm.em, (tx) =>
      onDequeued(createTraces(), now)(sequenced('JobRunDequeued', data), tx),
    );
    await round();
    expect(Object.keys(await statuses())).toEqual(['dequeued-0', 'dequeued-1']);
  });

  it('says why a run waits, and grants it once an agent is there', async () => {
    await submit('waits');
    await round([]);
    expect((await fleet()).allocations[0]).toMatchObject({
      status: 'WAITING',
      reason: 'No worker-agent is connected.',
    });
    await round();
    expect((await fleet()).allocations[0]).toMatchObject({ status: 'GRANTED', zone: 'zone-a' });
  });

  it('ends a run that could never fit', async () => {
    await submit('giant', { gangExecutors: 9 });
    await round();
    expect(await endOf('giant')).toMatchObject(['ENDED', { kind: 'cannotFit' }]);
  });

  it('refuses executors that do not fit, in AWS’ words, every round', async () => {
    const maximumCapacity = { vcpu: 12, memoryMb: 3 * 16_384, diskGb: null };
    await submit('limited', { maximumCapacity });
    await round();
    await drive('limited', 5);
    const message =
      'ApplicationMaxCapacityExceededException: Worker could not be allocated as the application has exceeded maximumCapacity settings: [cpu: 4 vCPU, memory: 16 GB]';
    const refusals = [{ jobRunId: 'limited', message }];
    expect(await round()).toEqual(refusals);
    expect(await round()).toEqual(refusals);
    expect(Object.keys(await statuses())).toEqual(['limited-0', 'limited-1', 'limited-2']);
    const events = await readStream(orm.em, 'allocation-limited');
    expect(events.filter(({ type }) => type === 'ExecutorsRefused')).toHaveLength(1);
  });

  it('gives a gang what it was admitted with before an older run’s wishes (row 25)', async () => {
    await submit('older');
    await round();
    await obey();
    await drive('older', 3);
    await round();
    await obey();
    await drive('older', 9, 2);
    await submit('newer');
    await round();
    expect(Object.keys(await statuses())).toEqual([
      'newer-0',
      'newer-1',
      'older-0',
      'older-1',
      'older-2',
      'older-3',
    ]);
  });

  it('takes executors back that have not begun', async () => {
    await submit('shrinks');
    await round();
    await drive('shrinks', 4);
    await round();
    await drive('shrinks', 2, 2);
    await round();
    const stopping = (await fleet()).workers.filter(({ stopReason }) => stopReason !== null);
    expect(stopping.map(({ workerId }) => workerId)).toEqual(['shrinks-3', 'shrinks-4']);
  });

  it('ends a run whose executors die young again and again, after four rounds', async () => {
    await submit('doomed');
    await round();
    await obey();
    await drive('doomed', 2);
    await round();
    for (const [first, second] of [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]) {
      await obey();
      await exit(`doomed-${first}`, 1);
      await exit(`doomed-${second}`, 1);
      await round();
    }
    const { state } = await load(orm.em.fork(), allocations, 'doomed');
    expect(state).toMatchObject({ status: 'ENDING', failureRounds: 4 });
    await obey();
    expect(await endOf('doomed')).toEqual([
      'ENDED',
      {
        kind: 'executorsFailed',
        reason: '4 executors in a row ended soon after their start; the last one: exit 1',
      },
    ]);
  });

  it.each([
    ['was asked to stop', 1, 'yes', 0],
    ['ended by itself with 0', 0, 'no', 0],
    ['failed', 1, 'no', 1],
  ])('counts an executor that %s', async (_name, exitCode, stopped, failureRounds) => {
    const id = `counted-${exitCode}-${stopped}`;
    await submit(id);
    await round();
    await obey();
    await drive(id, stopped === 'yes' ? 0 : 1);
    await round();
    await exit(`${id}-1`, exitCode);
    expect((await load(orm.em.fork(), allocations, id)).state).toMatchObject({ failureRounds });
  });

  it('cancels: every worker is stopped, the last exit ends it, whatever the driver says (row 17)', async () => {
    await submit('cancelled');
    await round();
    await obey();
    await cancel('cancelled', 30);
    await round();
    expect(await told()).toMatchObject([
      { type: 'stop', workerId: 'cancelled-0', reason: 'the run was cancelled', graceMs: 30_000 },
      { type: 'stop', workerId: 'cancelled-1' },
    ]);
    await exit('cancelled-0', 0);
    await round();
    expect(await endOf('cancelled')).toEqual(['ENDING', { kind: 'cancelled' }]);
    await exit('cancelled-1', 143);
    await round();
    expect(await endOf('cancelled')).toEqual(['ENDED', { kind: 'cancelled' }]);
  });

  it.each<[string, WorkerFact, object]>([
    [
      'could not be launched',
      { kind: 'launchFailed', reason: 'no runtime' },
      { kind: 'driverLost', reason: 'no runtime' },
    ],
    [
      'was lost',
      lostFact('x').fact,
      {
        kind: 'driverLost',
        reason: 'the worker was lost together with its host or its files',
      },
    ],
    [
      'ran out of memory',
      {
        kind: 'exited',
        exitCode: 137,
        reason: 'killed',
        outOfMemory: true,
        lastExceptions: '',
        readyMs: 5,
      },
      { kind: 'driverExited', exitCode: 137, outOfMemory: true, lastExceptions: 'killed' },
    ],
  ])('ends a run whose driver %s', async (name, fact, outcome) => {
    const id = name.replaceAll(' ', '-');
    await submit(id);
    await round();
    await say(`${id}-0`, fact);
    await say(`${id}-0`, fact);
    expect(await endOf(id)).toEqual(['ENDED', outcome]);
    expect(await readStream(orm.em, `worker-${id}-0`)).toHaveLength(2);
  });

  it('ignores facts about workers it never asked for', async () => {
    await exit('stranger-1', 1);
    expect((await load(orm.em.fork(), workers, 'stranger-1')).version).toBe(0);
  });

  describe('with an agent on its WebSocket', () => {
    let server: Server;
    let stop: () => Promise<void>;
    let url: string;
    let settle: () => void;
    beforeEach(async () => {
      const log = createLogger('capacity', 'silent');
      const capacity = createCapacity({
        em: orm.em,
        serviceKey,
        wakeLedger: () => {},
        log,
        now,
      });
      const routes = capacityRoutes(orm.em, capacity.agents, capacity.milestones);
      server = createServer(internalApp({ serviceKey, log, isReady: () => true, routes }));
      capacity.agents.attach(server);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      url = `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
      stop = capacity.stop;
      settle = capacity.settle;
    });
    afterEach(async () => {
      await stop();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });

    const connect = async (service: string): Promise<WebSocket> => {
      const authorization = serviceToken(serviceKey, service, Date.now());
      const socket = new WebSocket(`ws://${url}/agents`, { headers: { authorization } });
      await once(socket, 'open');
      return socket;
    };

    it('lets only a worker-agent in', async () => {
      await expect(connect('gateway')).rejects.toThrow('401');
    });

    it('tells an agent what to start, takes its facts and answers who holds what', async () => {
      await submit('wired');
      const socket = await connect('worker-agent');
      const heard: AgentCommand[] = [];
      const say = (message: AgentMessage): void => socket.send(JSON.stringify(message));
      const finished = new Promise<void>((resolve) => {
        socket.on('message', (data) => {
          const command = JSON.parse(String(data)) as AgentCommand;
          heard.push(command);
          if (command.type === 'bind' && command.workerId === 'wired-0')
            say({
              type: 'fact',
              factId: 'fact-1',
              workerId: 'wired-0',
              at: '',
              fact: { kind: 'bound' },
            });
          if (command.type === 'acknowledge') resolve();
        });
      });
      const { vcpu, memoryMb } = zone;
      const capacity = { vcpu, memoryMb };
      say({ type: 'hello', agentId: 'a', zone: 'zone-a', capacity, workers: [] });
      settle();
      await finished;
      expect(heard.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['launch', 'bind', 'acknowledge']),
      );
      const answer = await fetch(`http://${url}/v1/fleet`, {
        headers: { authorization: serviceToken(serviceKey, 'cli', Date.now()) },
      });
      expect(await answer.json()).toMatchObject({
        zones: [zone],
        allocations: [{ jobRunId: 'wired', status: 'GRANTED', zone: 'zone-a' }],
      });
    });
  });
});
