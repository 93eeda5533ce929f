/** From a worker's exit to its bill, on a real PostgreSQL. */
import type { SequencedEvent } from '@firesteel/contracts/events';
import { handle, transact } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import type { MikroORM } from '@mikro-orm/postgresql';
import supertest from 'supertest';
import { CreateUsage } from '../migrations/2026-11-25-create-usage.ts';
import { streamOfPriceList } from '../price-list/price-list.ts';
import { PriceListRow, priceLists } from '../price-list/price-list-table.ts';
import { publishedPriceLists } from '../price-list/published-prices.ts';
import { meterWorker } from '../reactions/on-worker-exited.ts';
import { UsageRow } from '../usage/usage-table.ts';
import { billRoutes } from './routes.ts';

const serviceKey = Buffer.alloc(32, 7);
const at = '2026-11-25T10:00:00.000Z';

const exited = (workerId: string, readyMs: number): SequencedEvent => ({
  globalSeq: 9,
  stream: `worker-${workerId}`,
  version: 5,
  eventId: '00000000-0000-4000-8000-000000000000',
  type: 'WorkerExited',
  recordedAt: at,
  data: {
    workerId,
    jobRunId: 'run',
    applicationId: 'application',
    accountId: '123456789012',
    workerType: 'SPARK_DRIVER',
    size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
    exitCode: 0,
    reason: 'done',
    readyMs,
    at,
  },
  meta: {},
});

describe('billing on PostgreSQL', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('billing'),
      entities: [UsageRow, PriceListRow],
      migrations: [{ name: 'create-usage', class: CreateUsage }],
    });
    for (const list of publishedPriceLists('us-east-1'))
      await handle(orm.em, priceLists, streamOfPriceList(list.priceListId), {
        type: 'PublishPriceList',
        list,
        at,
      });
  });
  afterAll(async () => {
    await orm.close();
    await database.stop();
  });

  const get = (path: string, account?: string) => {
    const app = internalApp({
      serviceKey,
      log: { error: () => {} },
      isReady: () => true,
      routes: billRoutes(orm.em),
    });
    return supertest(app)
      .get(path)
      .set('authorization', serviceToken(serviceKey, 'gateway', Date.now()))
      .set(account === undefined ? {} : { 'x-firesteel-account': account });
  };

  it('has nothing to say before a worker has ended', async () => {
    const usage = await get('/v1/usage/job-runs/run');
    expect([usage.status, usage.body]).toEqual([200, {}]);
    expect((await get('/v1/bills/job-runs/run')).status).toBe(404);
  });

  it('meters an exit once and bills it', async () => {
    const meter = meterWorker('us-east-1.x86_64');
    for (const event of [exited('w', 42_500), exited('w', 42_500), exited('never-ready', 0)])
      await transact(orm.em, (tx) => meter(event, tx));
    expect((await get('/v1/usage/job-runs/run')).body).toEqual({
      totalResourceUtilization: { vCPUHour: 0.048, memoryGBHour: 0.191, storageGBHour: 0.239 },
      billedResourceUtilization: { vCPUHour: 0.067, memoryGBHour: 0.267, storageGBHour: 0 },
    });
    expect((await get('/v1/bills/job-runs/run')).body).toEqual({
      jobRunId: 'run',
      currency: 'USD',
      priceListId: 'us-east-1.x86_64.2023-02-01',
      lines: [
        {
          meter: 'vCPU-hours',
          quantity: '0.066667',
          unitPrice: '0.052624',
          amount: '0.0035082667',
        },
        {
          meter: 'memory GB-hours',
          quantity: '0.266667',
          unitPrice: '0.0057785',
          amount: '0.0015409333',
        },
        {
          meter: 'storage GB-hours',
          quantity: '0.000000',
          unitPrice: '0.000111',
          amount: '0.0000000000',
        },
      ],
      total: '0.0050492000',
      workers: [
        {
          workerId: 'w',
          workerType: 'SPARK_DRIVER',
          vcpu: 4,
          memoryGb: 16,
          diskGb: 20,
          usedSeconds: 43,
          billedSeconds: 60,
        },
      ],
    });
  });

  it('does not show another account’s bill', async () => {
    const statuses = await Promise.all(
      ['123456789012', '999999999999'].map(async (account) => {
        const { status } = await get('/v1/bills/job-runs/run', account);
        return status;
      }),
    );
    expect(statuses).toEqual([200, 404]);
  });
});
