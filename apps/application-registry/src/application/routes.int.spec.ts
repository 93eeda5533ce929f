/** An application through its routes, on a real PostgreSQL. */
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { callerHeaders } from '@firesteel/http/caller';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Express } from 'express';
import supertest from 'supertest';
import { CreateApplication } from '../migrations/2026-11-25-create-application.ts';
import { ApplicationRow } from './application-table.ts';
import { applicationRoutes } from './routes.ts';

const serviceKey = Buffer.alloc(32, 7);
const ours = '123456789012';

describe('application-registry on PostgreSQL', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  let app: Express;
  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('application_registry'),
      entities: [ApplicationRow],
      migrations: [{ name: 'create-application', class: CreateApplication }],
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
      .set('authorization', serviceToken(serviceKey, 'gateway', Date.now()))
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
});
