/** Runs over HTTP and by other services' facts, on a real PostgreSQL. */
import type { JsonObject } from '@firesteel/contracts/events';
import { readStream } from '@firesteel/event-store';
import { transact } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { callerHeaders } from '@firesteel/http/caller';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import { type Reaction, react } from '@firesteel/messaging/reaction';
import type { MikroORM } from '@mikro-orm/postgresql';
import supertest from 'supertest';
import { AllowanceRow } from '../allowance/allowance-table.ts';
import { jobRunMigrations } from '../migrations/job-run-migrations.ts';
import {
  onAllocationEnded,
  onAllocationGranted,
  onAllocationRequested,
  onWorkerBound,
} from '../reactions/on-allocation.ts';
import { onApplicationStarted } from '../reactions/on-application.ts';
import { onSubmitted } from '../reactions/on-job-run.ts';
import { onPoolFailed } from '../reactions/on-pool.ts';
import { SteadyClock } from '../timeouts/steady-clock.ts';
import { expireDue } from '../timeouts/timeouts.ts';
import { jobRunRoutes } from './routes.ts';
import { GateRow, JobRunRow } from './tables.ts';

const serviceKey = Buffer.alloc(32, 7);
const accountId = '123456789012';
const stranger = '999999999999';

describe('job-scheduler over HTTP', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  let app: ReturnType<typeof internalApp>;
  /** Moves on by a second whenever it is read, so that no two things happen at once. */
  let seconds = 0;
  const now = (): Date => {
    seconds += 1;
    return new Date(Date.parse('2026-11-25T10:00:00.000Z') + seconds * 1_000);
  };
  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('job_scheduler'),
      entities: [JobRunRow, GateRow, AllowanceRow],
      migrations: jobRunMigrations,
    });
    const options = { em: orm.em, idKey: serviceKey, region: 'eu-west-1', wakeLedger: () => {} };
    const routes = jobRunRoutes({ ...options, now });
    app = internalApp({ serviceKey, log: { error: () => {} }, isReady: () => true, routes });
  });
  afterAll(async () => {
    await orm.close();
    await database.stop();
  });

  const call = (
    method: 'get' | 'post' | 'delete',
    path: string,
    body: object = {},
    account = accountId,
  ) => {
    const request = supertest(app)
      [method](`/v1/applications/${path}`)
      .set('authorization', serviceToken(serviceKey, 'gateway'))
      .set(callerHeaders({ accountId: account, principal: 'arn:me', requestId: 'r' }));
    return method === 'get' ? request : request.send(body);
  };
  const start = (
    applicationId: string,
    clientToken: string,
    {
      settings = {},
      state = 'STARTED',
      ...change
    }: { settings?: JsonObject; state?: string; [member: string]: unknown } = {},
  ) => {
    const { executionRoleAssumable = true, ...members } = change;
    return call('post', `${applicationId}/jobruns`, {
      clientToken,
      executionRoleAssumable,
      application: {
        applicationId,
        version: 4,
        state,
        releaseLabel: 'emr-7.13.0',
        architecture: 'X86_64',
        settings,
      },
      input: {
        executionRoleArn: 'arn:aws:iam::123456789012:role/team/job',
        jobDriver: { sparkSubmit: { entryPoint: 's3://b/job.py' } },
        ...members,
      },
    });
  };
  const one = { settings: { schedulerConfiguration: { maxConcurrentRuns: 1 } } };
  const idOf = async (...given: Parameters<typeof start>): Promise<string> => {
    const answer = await start(...given);
    return String(answer.body.jobRunId);
  };
  const read = async (applicationId: string, id: string) => {
    const answer = await call('get', `${applicationId}/jobruns/${id}`);
    return answer.body;
  };
  /** What the consumer does with a fact once it has its place in the log. */
  const hear = (reaction: Reaction, type: string, data: JsonObject, version = 1): Promise<void> =>
    transact(orm.em, (tx) =>
      react(
        reaction,
        {
          globalSeq: 1,
          stream: 'x',
          version,
          eventId: '00000000-0000-4000-8000-000000000000',
          type,
          recordedAt: now().toISOString(),
          data,
          meta: {},
        },
        tx,
      ),
    );
  const hearSubmitted = async (id: string): Promise<void> => {
    const [submitted] = await readStream(orm.em, `job-run-${id}`);
    await hear(onSubmitted(now), 'JobRunSubmitted', { ...submitted?.data });
  };
  const at = '2026-11-25T10:30:00.000Z';
  /** A service's clock so many minutes after all that was told. */
  const clockAt = (minutes: number): SteadyClock =>
    new SteadyClock(
      () => new Date(Date.parse(at) + minutes * 60_000),
      () => 0,
    );
  const ended = (jobRunId: string, exitCode: number, attempt = 1) =>
    hear(onAllocationEnded, 'AllocationEnded', {
      jobRunId,
      attempt,
      outcome: { kind: 'driverExited', exitCode, outOfMemory: false, lastExceptions: 'boom' },
      at,
    });
  const running = async (jobRunId: string, attempt = 1, poolMismatch: string | null = null) => {
    const bound = { jobRunId, attempt, at };
    await hear(onAllocationRequested, 'AllocationRequested', bound);
    const granted = { ...bound, zone: 'zone-a', poolMismatch };
    await hear(onAllocationGranted, 'AllocationGranted', granted);
    await hear(onWorkerBound, 'WorkerBound', { ...bound, workerType: 'SPARK_EXECUTOR' });
    await hear(onWorkerBound, 'WorkerBound', { ...bound, workerType: 'SPARK_DRIVER' });
  };

  it('answers ids and ARN; the next read shows the run (row 6)', async () => {
    const answer = await start('app', 'first', { name: 'daily', tags: { team: 'data' } });
    const { jobRunId } = answer.body;
    expect(answer.body).toEqual({
      applicationId: 'app',
      jobRunId,
      arn: `arn:aws:emr-serverless:eu-west-1:${accountId}:/applications/app/jobruns/${jobRunId}`,
    });
    expect(await read('app', jobRunId)).toMatchObject({
      jobRun: {
        jobRunId,
        name: 'daily',
        state: 'SUBMITTED',
        createdBy: 'arn:me',
        mode: 'BATCH',
        executionTimeoutMinutes: 720,
        tags: { team: 'data' },
        attempt: 1,
      },
      visits: [{ state: 'SUBMITTED' }],
    });
  });

  it('follows capacity’s facts to SUCCESS (row 24), whoever tells them twice', async () => {
    const id = await idOf('success', 't');
    for (let told = 0; told < 2; told++) {
      await hearSubmitted(id);
      await running(id);
    }
    await ended(id, 0);
    await ended(id, 1);
    const { jobRun, visits } = await read('success', id);
    expect(jobRun).toMatchObject({ state: 'SUCCESS', totalExecutionDurationSeconds: 0 });
    expect(visits.map(({ state }: { state: string }) => state)).toEqual([
      'SUBMITTED',
      'PENDING',
      'SCHEDULED',
      'RUNNING',
      'SUCCESS',
    ]);
  });

  it('ends a failed run in AWS’ words', async () => {
    const id = await idOf('failure', 't');
    await running(id);
    await ended(id, 1);
    expect((await read('failure', id)).jobRun).toMatchObject({
      state: 'FAILED',
      stateDetails:
        'Job failed, please check complete logs in configured logging destination. ExitCode: 1. Last few exceptions: boom',
    });
  });

  it.each([
    [
      'a role that cannot be assumed (row 30)',
      { executionRoleAssumable: false },
      'Could not assume execution role job because it does not exist or is not set up with the required trust relationship.',
    ],
    [
      'parameters that spark-submit would not take',
      {
        jobDriver: {
          sparkSubmit: { entryPoint: 's3://b/job.py', sparkSubmitParameters: '--nonsense 1' },
        },
      },
      'Job failed: Unrecognized option: --nonsense',
    ],
    [
      'a Hive query',
      { jobDriver: { hive: { query: 's3://b/q.sql' } } },
      'Job failed: Only sparkSubmit job drivers can run on this installation.',
    ],
  ])('accepts a run with %s, and ends it FAILED', async (name, change, stateDetails) => {
    const id = await idOf('refused', name, change);
    await hearSubmitted(id);
    expect((await read('refused', id)).jobRun).toMatchObject({ state: 'FAILED', stateDetails });
  });

  it('lets a run that cannot go on take its turn without asking for workers (rows 18, 30)', async () => {
    const first = await idOf('turns', '1', one);
    const refused = await idOf('turns', '2', { ...one, executionRoleAssumable: false });
    const third = await idOf('turns', '3', one);
    await ended(first, 0);
    await hearSubmitted(refused);
    expect((await read('turns', refused)).jobRun.state).toBe('FAILED');
    const types = async (id: string) =>
      (await readStream(orm.em, `job-run-${id}`)).map(({ type }) => type);
    expect(await types(refused)).toEqual(['JobRunSubmitted', 'JobRunFailed']);
    expect(await types(third)).toEqual(['JobRunSubmitted', 'JobRunDequeued']);
  });

  it('queues the second run and lets it go ahead when the first has ended (row 18)', async () => {
    const [first, second] = [await idOf('queue', '1', one), await idOf('queue', '2', one)];
    await hearSubmitted(second);
    expect((await read('queue', second)).jobRun.state).toBe('QUEUED');
    await running(first);
    await ended(first, 0);
    await hear(onAllocationRequested, 'AllocationRequested', { jobRunId: second, at });
    const { jobRun } = await read('queue', second);
    expect(jobRun.state).toBe('PENDING');
    expect(jobRun.queuedDurationMilliseconds).toBeGreaterThan(0);
  });

  it('answers the same client token again, or refuses it (row 12)', async () => {
    const first = await start('token', 'same');
    expect((await start('token', 'same')).body).toEqual(first.body);
    const other = await start('token', 'same', { name: 'other' });
    expect([other.status, other.body.kind]).toEqual([409, 'Conflict']);
    expect((await start('token-2', 'same')).body.jobRunId).not.toBe(first.body.jobRunId);
  });

  it('wants a client token (row 11)', async () => {
    const answer = await call('post', 'refusals/jobruns', { executionRoleAssumable: true });
    expect([answer.status, answer.body.message]).toEqual([
      400,
      expect.stringContaining('clientToken'),
    ]);
  });

  it.each<[string, Parameters<typeof start>[2], string]>([
    ['row 16: 4 minutes', { executionTimeoutMinutes: 4 }, 'RunTimeout must be at least 5 minutes.'],
    ['an application that is not started', { state: 'STOPPED' }, 'must be in STARTED state'],
  ])('refuses %s and keeps nothing of it', async (name, change, message) => {
    const answer = await start('refusals', name, change);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(message)]);
    expect((await call('get', 'refusals/jobruns')).body).toEqual({ jobRuns: [] });
  });

  it('cancels at once what waits in the queue, and nothing that has ended (row 13)', async () => {
    const first = await idOf('cancel', '1', one);
    const second = await idOf('cancel', '2', one);
    const cancel = (id: string, body = {}) => call('delete', `cancel/jobruns/${id}`, body);
    expect((await cancel(second)).body).toEqual({ applicationId: 'cancel', jobRunId: second });
    expect((await read('cancel', second)).jobRun).toMatchObject({
      state: 'CANCELLED',
      stateDetails: 'Job run was cancelled by request.',
    });
    const again = await cancel(second);
    expect(again.status).toBe(400);
    expect(again.body.message).toContain('cannot be cancelled');
    await running(first);
    await cancel(first, { graceSeconds: 60 });
    await cancel(first);
    expect((await read('cancel', first)).jobRun.state).toBe('CANCELLING');
    const events = await readStream(orm.em, `job-run-${first}`);
    expect(events.at(-1)).toMatchObject({ type: 'JobRunCancelling', data: { graceSeconds: 60 } });
    await ended(first, 0);
    expect((await read('cancel', first)).jobRun.state).toBe('CANCELLED');
  });

  it('cancels a run that takes too long and says so (rows 16, 17)', async () => {
    const id = await idOf('slow', '1', { executionTimeoutMinutes: 5 });
    const endless = await idOf('slow', '2', { executionTimeoutMinutes: 0 });
    await running(id);
    await running(endless);
    await expireDue(orm.em, clockAt(5));
    await hear(onAllocationEnded, 'AllocationEnded', {
      jobRunId: id,
      outcome: { kind: 'cancelled' },
      at,
    });
    expect((await read('slow', id)).jobRun).toMatchObject({
      state: 'CANCELLED',
      stateDetails: expect.stringContaining('ran for longer than 5 minutes'),
    });
    expect((await read('slow', endless)).jobRun.state).toBe('RUNNING');
  });

  it('closes the gate of an application only when its runs have ended (row 5)', async () => {
    const id = await idOf('gate', '1');
    const close = () => call('post', 'gate/gate/close', { applicationVersion: 4 });
    const refused = await close();
    expect([refused.status, refused.body.message]).toEqual([
      400,
      expect.stringContaining('Application gate has 1 unfinished job run.'),
    ]);
    await ended(id, 0);
    expect((await close()).status).toBe(200);
    const late = await start('gate', '2');
    expect([late.status, late.body.message]).toEqual([
      400,
      'Application gate is stopping. Cannot start job run.',
    ]);
    const started = { applicationId: 'gate', accountId, autoStopIdleMinutes: 15, at };
    await hear(onApplicationStarted, 'ApplicationStarted', started, 4);
    expect((await start('gate', '3')).status).toBe(400);
    await hear(onApplicationStarted, 'ApplicationStarted', started, 8);
    expect((await start('gate', '3')).status).toBe(200);
  });

  it('opens a gate by request', async () => {
    await call('post', 'reopened/gate/open', { autoStopIdleMinutes: 15 });
    await call('post', 'reopened/gate/close', { applicationVersion: 9 });
    expect((await start('reopened', '1')).status).toBe(400);
    await call('post', 'reopened/gate/open', { autoStopIdleMinutes: null });
    expect((await start('reopened', '1')).status).toBe(200);
  });

  it('says once that an application has been idle for long enough', async () => {
    const autoStop = { settings: { autoStopConfiguration: { idleTimeoutMinutes: 1 } } };
    const id = await idOf('idle', '1', autoStop);
    await ended(id, 0);
    for (const minutes of [0, 2, 4]) await expireDue(orm.em, clockAt(minutes));
    const events = await readStream(orm.em, 'gate-idle');
    expect(events.map(({ type }) => type)).toEqual([
      'GateOpened',
      'GateEntered',
      'GateLeft',
      'GateIdled',
    ]);
  });

  it('lists pages, newest first, by state, mode and time', async () => {
    const ids: string[] = [];
    for (const mode of ['BATCH', 'BATCH', 'STREAMING', 'BATCH', 'BATCH'])
      ids.push(await idOf('list', `${ids.length}`, { mode }));
    await ended(ids[0] ?? '', 0);
    const listed = async (query: string, account = accountId): Promise<number[]> => {
      const answer = await call('get', `list/jobruns${query}`, {}, account);
      return answer.body.jobRuns.map((run: { id: string }) => ids.indexOf(run.id));
    };
    const pages: number[][] = [];
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query: string = token === '' ? '?maxResults=2' : `?maxResults=2&nextToken=${token}`;
      pages.push(await listed(query));
      const page = await call('get', `list/jobruns${query}`);
      token = page.body.nextToken;
    }
    expect(pages).toEqual([[4, 3], [2, 1], [0]]);
    expect(await listed('?states=SUCCESS')).toEqual([0]);
    expect(await listed('?states=SUCCESS&states=SUBMITTED')).toEqual([4, 3, 2, 1, 0]);
    expect(await listed('?mode=STREAMING')).toEqual([2]);
    const { jobRun } = await read('list', ids[2] ?? '');
    const third = new Date(jobRun.createdAt * 1_000).toISOString();
    expect(await listed(`?createdAtAfter=${third}`)).toEqual([4, 3, 2]);
    expect(await listed(`?createdAtBefore=${third}`)).toEqual([2, 1, 0]);
    expect(await listed('', stranger)).toEqual([]);
  });

  describe('attempts (reference emr-serverless §3.4)', () => {
    const twice = { retryPolicy: { maxAttempts: 2 } };
    const failed =
      'Job failed, please check complete logs in configured logging destination. ExitCode: 1. Last few exceptions: boom';

    it('runs again what failed, in its place in the gate, and shows each attempt', async () => {
      const id = await idOf('again', '1', { ...twice, ...one });
      const waiting = await idOf('again', '2', one);
      await hearSubmitted(waiting);
      await running(id);
      await ended(id, 1);
      await ended(id, 0);
      const { jobRun } = await read('again', id);
      expect(jobRun).toMatchObject({
        state: 'PENDING',
        stateDetails: `Attempt 1 ended: ${failed}`,
        attempt: 2,
        retryPolicy: { maxAttempts: 2 },
      });
      expect(jobRun.endedAt).toBeUndefined();
      expect(jobRun.attemptCreatedAt).toBeGreaterThan(jobRun.createdAt);
      expect((await read('again', waiting)).jobRun.state).toBe('QUEUED');
      const events = await readStream(orm.em, `job-run-${id}`);
      expect(events.at(-1)).toMatchObject({
        type: 'JobRunRetried',
        data: { attempt: 2, free: false, plan: { logsByAttempt: true } },
      });
      await running(id, 2);
      await ended(id, 0, 2);
      expect((await read('again', id)).jobRun).toMatchObject({ state: 'SUCCESS', attempt: 2 });
      const before = await call('get', `again/jobruns/${id}?attempt=1`);
      expect(before.body.jobRun).toMatchObject({
        jobRunId: id,
        state: 'FAILED',
        stateDetails: failed,
        attempt: 1,
        startedAt: Date.parse(at) / 1_000,
        endedAt: Date.parse(at) / 1_000,
      });
    });

    it('knows no attempt that was not made', async () => {
      const id = await idOf('again', '3');
      const unknown = await call('get', `again/jobruns/${id}?attempt=2`);
      expect([unknown.status, unknown.body.kind, unknown.body.message]).toEqual([
        404,
        'NotFound',
        `Attempt 2 of JobRun ${id} does not exist`,
      ]);
      expect((await call('get', `again/jobruns/${id}?attempt=0`)).status).toBe(400);
    });

    it('lists pages, the latest first', async () => {
      const id = await idOf('attempts', '1', { retryPolicy: { maxAttempts: 3 }, name: 'daily' });
      for (const attempt of [1, 2]) await ended(id, 1, attempt);
      const path = `attempts/jobruns/${id}/attempts`;
      const first = await call('get', `${path}?maxResults=2`);
      const { jobRunAttempts, nextToken } = first.body;
      expect(jobRunAttempts[1]).toEqual({
        applicationId: 'attempts',
        id,
        name: 'daily',
        mode: 'BATCH',
        arn: `arn:aws:emr-serverless:eu-west-1:${accountId}:/applications/attempts/jobruns/${id}`,
        createdBy: 'arn:me',
        jobCreatedAt: expect.any(Number),
        createdAt: Date.parse(at) / 1_000,
        updatedAt: Date.parse(at) / 1_000,
        executionRole: 'arn:aws:iam::123456789012:role/team/job',
        state: 'FAILED',
        stateDetails: failed,
        releaseLabel: 'emr-7.13.0',
        type: 'Spark',
        attempt: 2,
      });
      const second = await call('get', `${path}?maxResults=2&nextToken=${nextToken}`);
      const numbers = [...jobRunAttempts, ...second.body.jobRunAttempts].map(
        ({ attempt }: { attempt: number }) => attempt,
      );
      expect(numbers).toEqual([3, 2, 1]);
      expect(second.body.nextToken).toBeUndefined();
      expect((await call('get', path, {}, stranger)).status).toBe(404);
      expect((await call('get', `${path}?nextToken=x`)).status).toBe(400);
    });

    it('adds up how long all of them ran (row 16)', async () => {
      const id = await idOf('sum', '1', twice);
      const seconds = (after: number): string =>
        new Date(Date.parse(at) + after * 1_000).toISOString();
      const ran = async (attempt: number, from: number, to: number, exitCode: number) => {
        const fact = { jobRunId: id, attempt };
        const workerType = 'SPARK_DRIVER';
        await hear(onWorkerBound, 'WorkerBound', { ...fact, workerType, at: seconds(from) });
        const outcome = { kind: 'driverExited', exitCode, outOfMemory: false, lastExceptions: '' };
        await hear(onAllocationEnded, 'AllocationEnded', { ...fact, outcome, at: seconds(to) });
      };
      await ran(1, 0, 10, 1);
      await ran(2, 100, 107, 0);
      const shown = async (query: string) =>
        (await call('get', `sum/jobruns/${id}${query}`)).body.jobRun;
      expect(await shown('')).toMatchObject({
        totalExecutionDurationSeconds: 17,
        startedAt: Date.parse(seconds(0)) / 1_000,
        endedAt: Date.parse(seconds(107)) / 1_000,
      });
      expect(await shown('?attempt=2')).toMatchObject({
        totalExecutionDurationSeconds: 7,
        startedAt: Date.parse(seconds(100)) / 1_000,
      });
    });

    it('takes facts from before there were attempts as those of the first', async () => {
      const id = await idOf('old', '1');
      await hear(onAllocationGranted, 'AllocationGranted', { jobRunId: id, zone: 'zone-a', at });
      const bound = { jobRunId: id, workerType: 'SPARK_DRIVER', at };
      await hear(onWorkerBound, 'WorkerBound', bound);
      const outcome = { kind: 'cancelled' };
      await hear(onAllocationEnded, 'AllocationEnded', { jobRunId: id, outcome, at });
      const { jobRun, visits } = await read('old', id);
      expect(jobRun.state).toBe('FAILED');
      expect(visits).toHaveLength(4);
    });
  });

  it('says why a run starts cold beside a pool', async () => {
    const id = await idOf('cold', '1');
    await running(id, 1, 'The pool’s drivers have 8 GB, 16 GB are asked for.');
    expect((await read('cold', id)).jobRun).toMatchObject({
      state: 'RUNNING',
      stateDetails: 'The pool’s drivers have 8 GB, 16 GB are asked for.',
    });
  });

  it('ends what waits for an application that cannot be started (row 3)', async () => {
    const starting = { state: 'STARTING', settings: one.settings };
    const pending = await idOf('unstarted', '1', starting);
    const waiting = [
      await idOf('unstarted', '2', starting),
      await idOf('unstarted', '3', starting),
    ];
    const elsewhere = await idOf('started', '1');
    await hearSubmitted(waiting[0] ?? '');
    const failure = { applicationId: 'unstarted', reason: 'no zone has room.', at };
    await hear(onPoolFailed, 'PoolFailed', failure);
    for (const id of [pending, ...waiting])
      expect((await read('unstarted', id)).jobRun).toMatchObject({
        state: 'FAILED',
        stateDetails: 'Application unstarted could not be started: no zone has room.',
      });
    // None of them went ahead because another left.
    const events = await readStream(orm.em, 'gate-unstarted');
    expect(events.map(({ type }) => type)).not.toContain('GateAdvanced');
    expect(events.at(-1)?.type).toBe('GateClosed');
    expect((await read('started', elsewhere)).jobRun.state).toBe('SUBMITTED');
    expect((await start('unstarted', '4', starting)).body.message).toBe(
      'Application unstarted is stopping. Cannot start job run.',
    );
  });

  it('lets go on what has its workers when the pool fails (row 3)', async () => {
    const id = await idOf('going-on', '1', { state: 'STARTING' });
    await running(id);
    await hear(onPoolFailed, 'PoolFailed', { applicationId: 'going-on', reason: 'no', at });
    expect((await read('going-on', id)).jobRun.state).toBe('RUNNING');
    await ended(id, 0);
    expect((await read('going-on', id)).jobRun.state).toBe('SUCCESS');
  });

  it('shows nobody another account’s or application’s run (row 8)', async () => {
    const id = await idOf('private', '1');
    const answers = await Promise.all([
      call('get', `private/jobruns/${id}`, {}, stranger),
      call('get', `other/jobruns/${id}`),
      call('delete', `private/jobruns/${id}`, {}, stranger),
      call('get', 'private/jobruns/unknown'),
    ]);
    for (const { status, body } of answers)
      expect([status, body.message]).toEqual([
        404,
        expect.stringMatching(/^JobRun \w+ does not exist$/),
      ]);
  });
});
