/** An application through its routes, on a real PostgreSQL. */
import type { ApplicationEvent, JsonObject, SequencedEvent } from '@firesteel/contracts/events';
import { replayRow, transact } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { callerHeaders } from '@firesteel/http/caller';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import { react } from '@firesteel/messaging/reaction';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Express } from 'express';
import supertest from 'supertest';
import { CreateApplication } from '../migrations/2026-11-25-create-application.ts';
import { NotePools } from '../migrations/2026-11-26-note-pools.ts';
import { stopIdleApplication } from '../reactions/on-gate.ts';
import { onPoolFailed, onPoolReady, onPoolReleased } from '../reactions/on-pool.ts';
import { ApplicationRow, applications } from './application-table.ts';
import { applicationRoutes } from './routes.ts';

const serviceKey = Buffer.alloc(32, 7);
const ours = '123456789012';
const later = '2026-11-25T11:00:00.000Z';

/** A fact of another service, as it comes from the ledger. */
const factOf = (stream: string, type: string, data: JsonObject): SequencedEvent => ({
  globalSeq: 1,
  stream,
  version: 1,
  eventId: '00000000-0000-4000-8000-000000000000',
  type,
  recordedAt: later,
  data: { ...data, at: later },
  meta: {},
});
const initialCapacity = {
  DRIVER: { workerCount: 1, workerConfiguration: { cpu: '2 vCPU', memory: '4 GB' } },
  Executor: { workerCount: 2, workerConfiguration: { cpu: '2 vCPU', memory: '4 GB' } },
};
const createTable = { name: 'create-application', class: CreateApplication };
const notePools = { name: 'note-pools', class: NotePools };

describe('application-registry on PostgreSQL', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  let app: Express;
  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('application_registry'),
      entities: [ApplicationRow],
      migrations: [createTable],
    });
    app = internalApp({
      serviceKey,
      log: { error: () => {} },
      isReady: () => true,
      routes: applicationRoutes({
        em: orm.em,
        idKey: serviceKey,
        region: 'us-east-1',
        wakeLedger: () => {},
        now: () => new Date('2026-11-25T10:00:00.000Z'),
      }),
    });
  });
  afterAll(async () => {
    await orm.close();
    await database.stop();
  });

  const call = async (
    method: 'get' | 'post' | 'patch' | 'delete',
    path: string,
    body: object = {},
    accountId = ours,
  ) => {
    const request = supertest(app)
      [method](`/v1/applications${path}`)
      .set('authorization', serviceToken(serviceKey, 'gateway'))
      .set(callerHeaders({ accountId, principal: 'arn', requestId: 'request' }));
    return method === 'get' ? request : request.send(body);
  };
  const create = (clientToken: string, change: object = {}) =>
    call('post', '', { clientToken, type: 'spark', releaseLabel: 'emr-7.12.0', ...change });
  const idOf = async (clientToken: string): Promise<string> =>
    String((await create(clientToken)).body.applicationId);

  it('shows after a write what was written (rows 1, 2, 6, 10)', async () => {
    const id = await idOf('life');
    const read = async () => (await call('get', `/${id}`)).body;
    expect(await read()).toMatchObject({
      application: { state: 'CREATED', type: 'Spark' },
      version: 2,
    });
    await call('post', `/${id}/start`);
    expect(await read()).toMatchObject({ application: { state: 'STARTED' }, version: 4 });
    await call('post', `/${id}/start`);
    expect(await read()).toMatchObject({ version: 4 });
  });

  it('answers the same client token with the same application, or a conflict (row 12)', async () => {
    const [first, again, other] = [
      await create('twice', { name: 'a' }),
      await create('twice', { name: 'a' }),
      await create('twice', { name: 'b' }),
    ];
    expect(again.body).toEqual(first.body);
    expect(other.status).toBe(409);
  });

  it('hides a deleted application from lists that do not ask for it (row 7)', async () => {
    const id = await idOf('deleted');
    await call('delete', `/${id}`);
    const listed = async (query: string): Promise<string[]> =>
      (await call('get', query)).body.applications.map((found: { id: string }) => found.id);
    expect((await call('get', `/${id}`)).body.application.state).toBe('TERMINATED');
    expect(await listed('')).not.toContain(id);
    expect(await listed('?states=TERMINATED')).toEqual([id]);
  });

  it('does not show another account’s application, in the words of row 8', async () => {
    const id = await idOf('ours');
    const stranger = await call('get', `/${id}`, {}, '999999999999');
    expect([stranger.status, stranger.body.message]).toEqual([
      404,
      `Application ${id} does not exist`,
    ]);
  });

  it('lists page by page without a repetition or a gap', async () => {
    for (const token of ['p1', 'p2', 'p3']) await create(token);
    const whole = (await call('get', '')).body.applications;
    const pages = [];
    let query = '?maxResults=2';
    for (;;) {
      const { applications, nextToken } = (await call('get', query)).body;
      pages.push(...applications);
      if (nextToken === undefined) break;
      query = `?maxResults=2&nextToken=${encodeURIComponent(nextToken)}`;
    }
    expect(pages).toEqual(whole);
  });

  it('answers exactly id, arn and name, and both accounts have their own (row 1)', async () => {
    const { body } = await create('answer', { name: 'orders' });
    expect(body).toEqual({
      applicationId: expect.stringMatching(/^00[0-9a-z]{14}$/),
      arn: `arn:aws:emr-serverless:us-east-1:${ours}:/applications/${body.applicationId}`,
      name: 'orders',
    });
    const given = { clientToken: 'answer', type: 'SPARK', releaseLabel: 'emr-7.12.0' };
    const theirs = await call('post', '', given, '999999999999');
    expect([theirs.status, theirs.body.applicationId === body.applicationId]).toEqual([200, false]);
  });

  it.each<[string, object, string]>([
    ['no client token (row 11)', { clientToken: undefined }, 'clientToken'],
    ['an unknown type (row 10)', { type: 'Trino' }, 'Unsupported engine Trino'],
    [
      'an unknown label (row 27)',
      { releaseLabel: 'emr-9.0.0' },
      "Type 'SPARK' is not supported for release label 'emr-9.0.0' or release label does not exist",
    ],
  ])('refuses %s', async (name, change, message) => {
    const answer = await create(name, change);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(message)]);
  });

  it('starts and stops; what is so already is no event (rows 2, 4)', async () => {
    const id = await idOf('start and stop');
    const seen: unknown[] = [];
    for (const path of ['stop', 'start', 'start', 'stop', 'stop', 'start']) {
      const { status } = await call('post', `/${id}/${path}`);
      const { application, version } = (await call('get', `/${id}`)).body;
      seen.push([status, application.state, version]);
    }
    expect(seen).toEqual([
      [200, 'CREATED', 2],
      [200, 'STARTED', 4],
      [200, 'STARTED', 4],
      [200, 'STOPPED', 6],
      [200, 'STOPPED', 6],
      [200, 'STARTED', 8],
    ]);
    const refused = await call('delete', `/${id}`);
    expect([refused.status, refused.body.message]).toEqual([
      400,
      expect.stringContaining('must be in one of the following statuses [CREATED, STOPPED]'),
    ]);
  });

  it('updates anything while stopped, and only the whitelist while STARTED (row 15)', async () => {
    const id = await idOf('update');
    const update = (change: object) => call('patch', `/${id}`, { clientToken: 'x', ...change });
    const schedulerConfiguration = { queueTimeoutMinutes: 60 };
    const stopped = await update({ architecture: 'ARM64', schedulerConfiguration });
    expect(stopped.body.application).toMatchObject({
      architecture: 'ARM64',
      schedulerConfiguration,
    });
    await call('post', `/${id}/start`);
    const refused = await update({ monitoringConfiguration: {} });
    expect([refused.status, refused.body.message]).toEqual([
      400,
      expect.stringContaining('Only the following configurations can be updated'),
    ]);
    for (let told = 0; told < 2; told++)
      await update({ schedulerConfiguration: { maxConcurrentRuns: 3 } });
    expect((await call('get', `/${id}`)).body).toMatchObject({
      version: 6,
      application: { schedulerConfiguration: { queueTimeoutMinutes: 60, maxConcurrentRuns: 3 } },
    });
  });

  it('lets another account do nothing to an application (row 8)', async () => {
    const id = await idOf('untouched');
    const answers = await Promise.all([
      call('post', `/${id}/start`, {}, '999999999999'),
      call('patch', `/${id}`, { clientToken: 'x' }, '999999999999'),
      call('delete', `/${id}`, {}, '999999999999'),
      call('post', '/unknown/start'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect((await call('get', `/${id}`)).body.version).toBe(2);
  });

  it('stops an application that its gate found idle, once', async () => {
    const id = await idOf('idle');
    await call('post', `/${id}/start`);
    const idled = factOf(`gate-${id}`, 'GateIdled', { applicationId: id, idleMinutes: 15 });
    for (let told = 0; told < 2; told++)
      await transact(orm.em, (tx) => react(stopIdleApplication, idled, tx));
    expect((await call('get', `/${id}`)).body).toMatchObject({
      version: 6,
      application: { state: 'STOPPED', stateDetails: 'Stopped after 15 idle minutes.' },
    });
  });

  /** capacity's facts about a pool, each told twice. */
  const tell = async (id: string, type: string, data: JsonObject = {}): Promise<void> => {
    const reactions = {
      PoolReady: onPoolReady,
      PoolFailed: onPoolFailed,
      PoolReleased: onPoolReleased,
    };
    const reaction = reactions[type as keyof typeof reactions];
    const fact = factOf(`pool-${id}`, type, { ...data, applicationId: id });
    for (let told = 0; told < 2; told++) await transact(orm.em, (tx) => react(reaction, fact, tx));
  };
  const stateOf = async (id: string): Promise<unknown[]> => {
    const { application, version } = (await call('get', `/${id}`)).body;
    return [application.state, application.stateDetails, version];
  };

  it('waits for its pre-initialised workers, at start and at stop (row 3)', async () => {
    const { body } = await create('pooled', { initialCapacity });
    const id = String(body.applicationId);
    const started = await call('post', `/${id}/start`);
    expect([started.status, started.body.application.state]).toEqual([200, 'STARTING']);
    const starting = await call('get', '?states=STARTING');
    expect(starting.body.applications.map(({ id: listed }: { id: string }) => listed)).toEqual([
      id,
    ]);
    await call('post', `/${id}/start`);
    expect(await stateOf(id)).toEqual(['STARTING', undefined, 3]);
    await tell(id, 'PoolReady');
    expect(await stateOf(id)).toEqual(['STARTED', undefined, 4]);
    for (let told = 0; told < 2; told++) await call('post', `/${id}/stop`);
    expect(await stateOf(id)).toEqual(['STOPPING', 'StopApplication was called.', 5]);
    await tell(id, 'PoolReady');
    await tell(id, 'PoolReleased');
    expect(await stateOf(id)).toEqual(['STOPPED', 'StopApplication was called.', 6]);
    expect((await call('delete', `/${id}`)).status).toBe(200);
  });

  it('ends a failed start STOPPED with its reason, and may be mended and started (row 3)', async () => {
    const { body } = await create('failing', { initialCapacity });
    const id = String(body.applicationId);
    await call('post', `/${id}/start`);
    await tell(id, 'PoolFailed', { reason: 'x'.repeat(300) });
    expect(await stateOf(id)).toEqual(['STOPPED', 'x'.repeat(256), 5]);
    await tell(id, 'PoolReady');
    await call('patch', `/${id}`, { clientToken: 'x', initialCapacity: {} });
    await call('post', `/${id}/start`);
    expect(await stateOf(id)).toEqual(['STARTED', undefined, 8]);
  });

  it('stops idle pre-initialised workers, but none that are just starting', async () => {
    const { body } = await create('idle pool', { initialCapacity });
    const id = String(body.applicationId);
    const idled = factOf(`gate-${id}`, 'GateIdled', { applicationId: id, idleMinutes: 1 });
    const idle = () => transact(orm.em, (tx) => react(stopIdleApplication, idled, tx));
    await call('post', `/${id}/start`);
    await idle();
    expect(await stateOf(id)).toEqual(['STARTING', undefined, 3]);
    await tell(id, 'PoolReady');
    await idle();
    expect(await stateOf(id)).toEqual(['STOPPING', 'Stopped after 1 idle minutes.', 5]);
    await tell(id, 'PoolReleased');
    expect(await stateOf(id)).toEqual(['STOPPED', 'Stopped after 1 idle minutes.', 6]);
  });

  it('refuses pre-initialised workers that cannot be, at create, update and start', async () => {
    const large = {
      DRIVER: { workerCount: 1, workerConfiguration: { cpu: '2 vCPU', memory: '17 GB' } },
    };
    const quoted = {
      classification: 'spark-defaults',
      properties: { 'spark.executor.extraJavaOptions': '"-Da' },
    };
    const { body } = await create('refused pools', {
      initialCapacity,
      runtimeConfiguration: [quoted],
    });
    const path = `/${body.applicationId}`;
    const maximumCapacity = { cpu: '4 vCPU', memory: '12 GB' };
    const answers = [
      await create('too large', { initialCapacity: large }),
      await create('too many', { initialCapacity, maximumCapacity }),
      await call('patch', path, { clientToken: 'x', initialCapacity: large }),
      await call('patch', path, { clientToken: 'x', maximumCapacity }),
      await call('post', `${path}/start`),
    ];
    const size = '[cpu: 2 vCPU, memory: 17 GB, disk: 20 GB]';
    const sum = 'initialCapacity [cpu: 6 vCPU] exceeds maximumCapacity [cpu: 4 vCPU]';
    expect(answers.map((answer) => [answer.status, answer.body.kind, answer.body.message])).toEqual(
      [
        [400, 'Invalid', expect.stringContaining(size)],
        [400, 'Invalid', sum],
        [400, 'Invalid', expect.stringContaining(size)],
        [400, 'Invalid', sum],
        [400, 'Invalid', 'spark.executor.extraJavaOptions has an unbalanced quote.'],
      ],
    );
    expect((await call('get', path)).body.version).toBe(2);
  });

  it('brings rows from before there were pools to what a replay of their stream says', async () => {
    const id = await idOf('old');
    await orm.em.execute(`update application set state = state - 'pooled' where id = ?`, [id]);
    const migrated = await openDatabase({
      url: database.urlOf('application_registry'),
      entities: [ApplicationRow],
      migrations: [createTable, notePools],
    });
    await migrated.close();
    const events = await orm.em.execute<ApplicationEvent[]>(
      `select type, data from log.read_stream(?, 0) order by version`,
      [`application-${id}`],
    );
    const [row] = await orm.em.execute(`select * from application where id = ?`, [id]);
    expect(row).toEqual(replayRow(applications, id, events));
  });

  it('wants a service token, a caller and a page token of its own', async () => {
    const token = serviceToken(serviceKey, 'gateway');
    const answers = await Promise.all([
      supertest(app).get('/v1/applications'),
      supertest(app).get('/v1/applications').set('authorization', token),
      call('get', '?nextToken=nonsense'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 403, 400]);
  });
});
