/** Rounds of reconciling on a real PostgreSQL, with an agent that does as it is told. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AgentCommand, AgentMessage, WorkerFact } from '@firesteel/contracts/agent-protocol';
import { readStream } from '@firesteel/event-store';
import { load, transact } from '@firesteel/event-store/aggregate';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import { react } from '@firesteel/messaging/reaction';
import { createLogger } from '@firesteel/telemetry/logger';
import { WebSocket } from 'ws';
import { lostFact } from '../agents/facts.ts';
import { createCapacity } from '../capacity.ts';
import {
  type FleetUnderTest,
  sequenced,
  startFleetUnderTest,
  zone,
} from '../fleet/fleet-under-test.ts';
import { allocations, workers } from '../fleet/tables.ts';
import { onDequeued, onFailed } from '../reactions/on-job-run.ts';
import { capacityRoutes } from '../routes.ts';
import { createTraces } from '../traces.ts';

const serviceKey = Buffer.alloc(32, 7);

describe('capacity on PostgreSQL', () => {
  let subject: FleetUnderTest;
  beforeAll(async () => {
    subject = await startFleetUnderTest();
  });
  afterEach(() => subject.clear());
  afterAll(() => subject.stop());

  it('admits a run, starts its gang, follows its targets and ends it with its driver (rows 24, 25)', async () => {
    await subject.submit('run1');
    await subject.round();
    expect(await subject.statuses()).toEqual({ 'run1-0': 'REQUESTED', 'run1-1': 'REQUESTED' });
    await subject.obey();
    expect(await subject.statuses()).toEqual({ 'run1-0': 'BOUND', 'run1-1': 'READY' });
    await subject.drive('run1', 3);
    await subject.round();
    await subject.obey();
    expect(await subject.statuses()).toEqual({
      'run1-0': 'BOUND',
      'run1-1': 'BOUND',
      'run1-2': 'BOUND',
      'run1-3': 'BOUND',
    });
    expect(await subject.told()).toEqual([]);
    await subject.exit('run1-0', 0);
    expect(await subject.endOf('run1')).toMatchObject([
      'ENDED',
      { kind: 'driverExited', exitCode: 0 },
    ]);
    await subject.round();
    expect((await subject.told()).map(({ type }) => type)).toEqual(['stop', 'stop', 'stop']);
    await subject.obey();
    expect(await subject.fleet()).toMatchObject({ allocations: [], workers: [] });
    const events = await readStream(subject.orm.em, 'worker-run1-1');
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
    await subject.submit('quiet');
    await subject.round();
    const before = await subject.fleet();
    await subject.round();
    expect(await subject.fleet()).toEqual(before);
  });

  it.each([
    ['row 18: waits in its queue', { queued: true }],
    ['row 30: has no role it may assume', { executionRoleAssumable: false }],
    ['cannot be planned', { plan: null }],
  ])('starts no worker for a run that %s', async (_name, change) => {
    await subject.submit('nothing', {}, change);
    await subject.round();
    expect(await subject.fleet()).toMatchObject({ allocations: [], workers: [] });
  });

  it('starts a run that was taken out of its queue (row 18)', async () => {
    const { data } = subject.submitted('dequeued', {});
    await transact(subject.orm.em, (tx) =>
      react(onDequeued(createTraces(), subject.now), sequenced('JobRunDequeued', data), tx),
    );
    await subject.round();
    expect(Object.keys(await subject.statuses())).toEqual(['dequeued-0', 'dequeued-1']);
  });

  it('serves runs in the order of what asked for them, in one millisecond and whatever the clock says', async () => {
    const asked = ['zebra', 'ant', 'mole', 'bee'];
    for (const [index, jobRunId] of asked.entries()) {
      const { data } = subject.submitted(jobRunId, {});
      const event = { ...sequenced('JobRunDequeued', data), globalSeq: index + 9 };
      const now = () =>
        new Date(index < 3 ? '2026-11-25T10:00:00.000Z' : '2026-11-25T09:00:00.000Z');
      await transact(subject.orm.em, (tx) => react(onDequeued(createTraces(), now), event, tx));
    }
    expect((await subject.fleet()).allocations.map(({ jobRunId }) => jobRunId)).toEqual(asked);
  });

  it('says why a run waits, and grants it once an agent is there', async () => {
    await subject.submit('waits');
    await subject.round([]);
    expect((await subject.fleet()).allocations[0]).toMatchObject({
      status: 'WAITING',
      reason: 'No worker-agent is connected.',
    });
    await subject.round();
    expect((await subject.fleet()).allocations[0]).toMatchObject({
      status: 'GRANTED',
      zone: 'zone-a',
    });
  });

  it('ends a run that could never fit', async () => {
    await subject.submit('giant', { gangExecutors: 9 });
    await subject.round();
    expect(await subject.endOf('giant')).toMatchObject(['ENDED', { kind: 'cannotFit' }]);
  });

  it('refuses executors that do not fit, in AWS’ words, every round', async () => {
    const maximumCapacity = { vcpu: 12, memoryMb: 3 * 16_384, diskGb: null };
    await subject.submit('limited', { maximumCapacity });
    await subject.round();
    await subject.drive('limited', 5);
    const message =
      'ApplicationMaxCapacityExceededException: Worker could not be allocated as the application has exceeded maximumCapacity settings: [cpu: 4 vCPU, memory: 16 GB]';
    const refusals = [{ jobRunId: 'limited', message }];
    expect((await subject.round()).refusals).toEqual(refusals);
    expect((await subject.round()).refusals).toEqual(refusals);
    expect(Object.keys(await subject.statuses())).toEqual(['limited-0', 'limited-1', 'limited-2']);
    const events = await readStream(subject.orm.em, 'allocation-limited');
    expect(events.filter(({ type }) => type === 'ExecutorsRefused')).toHaveLength(1);
  });

  it('gives a gang what it was admitted with before an older run’s wishes (row 25)', async () => {
    await subject.submit('older');
    await subject.round();
    await subject.obey();
    await subject.drive('older', 3);
    await subject.round();
    await subject.obey();
    await subject.drive('older', 9, 2);
    await subject.submit('newer');
    await subject.round();
    expect(Object.keys(await subject.statuses())).toEqual([
      'newer-0',
      'newer-1',
      'older-0',
      'older-1',
      'older-2',
      'older-3',
    ]);
  });

  it('takes executors back that have not begun', async () => {
    await subject.submit('shrinks');
    await subject.round();
    await subject.drive('shrinks', 4);
    await subject.round();
    await subject.drive('shrinks', 2, 2);
    await subject.round();
    const stopping = (await subject.fleet()).workers.filter(
      ({ stopReason }) => stopReason !== null,
    );
    expect(stopping.map(({ workerId }) => workerId)).toEqual(['shrinks-3', 'shrinks-4']);
  });

  it('ends a run whose executors die young again and again, after four rounds', async () => {
    await subject.submit('doomed');
    await subject.round();
    await subject.obey();
    await subject.drive('doomed', 2);
    await subject.round();
    for (const [first, second] of [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]) {
      await subject.obey();
      await subject.exit(`doomed-${first}`, 1);
      await subject.exit(`doomed-${second}`, 1);
      await subject.round();
    }
    const { state } = await load(subject.orm.em.fork(), allocations, 'doomed');
    expect(state).toMatchObject({ status: 'ENDING', failureRounds: 4 });
    await subject.obey();
    expect(await subject.endOf('doomed')).toEqual([
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
    await subject.submit(id);
    await subject.round();
    await subject.obey();
    await subject.drive(id, stopped === 'yes' ? 0 : 1);
    await subject.round();
    await subject.exit(`${id}-1`, exitCode);
    expect((await load(subject.orm.em.fork(), allocations, id)).state).toMatchObject({
      failureRounds,
    });
  });

  it('cancels: every worker is stopped, the last exit ends it, whatever the driver says (row 17)', async () => {
    await subject.submit('cancelled');
    await subject.round();
    await subject.obey();
    await subject.cancel('cancelled', 30);
    await subject.round();
    expect(await subject.told()).toMatchObject([
      { type: 'stop', workerId: 'cancelled-0', reason: 'the run was cancelled', graceMs: 30_000 },
      { type: 'stop', workerId: 'cancelled-1' },
    ]);
    await subject.exit('cancelled-0', 0);
    await subject.round();
    expect(await subject.endOf('cancelled')).toEqual(['ENDING', { kind: 'cancelled' }]);
    await subject.exit('cancelled-1', 143);
    await subject.round();
    expect(await subject.endOf('cancelled')).toEqual(['ENDED', { kind: 'cancelled' }]);
  });

  it('gives up a run that failed before it had workers', async () => {
    await subject.submit('failed');
    await subject.round([]);
    const failed = sequenced('JobRunFailed', { jobRunId: 'failed' });
    await transact(subject.orm.em, (tx) => onFailed(subject.now)(failed, tx));
    expect(await subject.endOf('failed')).toEqual(['ENDED', { kind: 'cancelled' }]);
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
        boundAfterMs: null,
      },
      { kind: 'driverExited', exitCode: 137, outOfMemory: true, lastExceptions: 'killed' },
    ],
  ])('ends a run whose driver %s', async (name, fact, outcome) => {
    const id = name.replaceAll(' ', '-');
    await subject.submit(id);
    await subject.round();
    await subject.say(`${id}-0`, fact);
    await subject.say(`${id}-0`, fact);
    expect(await subject.endOf(id)).toEqual(['ENDED', outcome]);
    expect(await readStream(subject.orm.em, `worker-${id}-0`)).toHaveLength(2);
  });

  it('ignores facts about workers it never asked for', async () => {
    await subject.exit('stranger-1', 1);
    expect((await load(subject.orm.em.fork(), workers, 'stranger-1')).version).toBe(0);
  });

  describe('with an agent on its WebSocket', () => {
    let server: Server;
    let stop: () => Promise<void>;
    let url: string;
    let settle: () => void;
    beforeEach(async () => {
      const log = createLogger('capacity', 'silent');
      const capacity = createCapacity({
        em: subject.orm.em,
        serviceKey,
        wakeLedger: () => {},
        log,
        now: subject.now,
        zoneSubnets: {},
        zoneSilenceMs: 20_000,
        meterEveryMs: 1_800_000,
        accountQuotaVcpu: null,
        fence: async () => {},
      });
      const routes = capacityRoutes({
        em: subject.orm.em,
        capacity,
        wakeLedger: () => {},
        now: subject.now,
      });
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
      const authorization = serviceToken(serviceKey, service);
      const socket = new WebSocket(`ws://${url}/agents`, { headers: { authorization } });
      await once(socket, 'open');
      return socket;
    };

    it('lets only a worker-agent in', async () => {
      await expect(connect('gateway')).rejects.toThrow('401');
    });

    it('tells an agent what to start, takes its facts and answers who holds what', async () => {
      await subject.submit('wired');
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
        headers: { authorization: serviceToken(serviceKey, 'cli') },
      });
      expect(await answer.json()).toMatchObject({
        zones: [zone],
        allocations: [{ jobRunId: 'wired', status: 'GRANTED', zone: 'zone-a' }],
      });
    });
  });
});
