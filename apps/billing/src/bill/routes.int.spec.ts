/** From a worker's exit to its bill, on a real PostgreSQL. */
import type { JsonObject, SequencedEvent } from '@firesteel/contracts/events';
import { transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import type { MikroORM } from '@mikro-orm/postgresql';
import supertest from 'supertest';
import { migrations } from '../migrations/migrations.ts';
import { PostingRow } from '../posting/posting-table.ts';
import { streamOfPriceList } from '../price-list/price-list.ts';
import { PriceListRow, priceLists } from '../price-list/price-list-table.ts';
import { publishedPriceLists } from '../price-list/published-prices.ts';
import { meterWorker } from '../reactions/on-worker-metered.ts';
import { UsageRow } from '../usage/usage-table.ts';
import { billRoutes } from './routes.ts';

const serviceKey = Buffer.alloc(32, 7);
const at = '2026-11-25T10:00:00.000Z';

const exited = (workerId: string, readyMs: number, change: JsonObject = {}): SequencedEvent => ({
  globalSeq: 9,
  stream: `worker-${workerId}`,
  version: 5,
  eventId: '00000000-0000-4000-8000-000000000000',
  type: 'WorkerExited',
  recordedAt: at,
  data: {
    workerId,
    jobRunId: 'run',
    attempt: 1,
    applicationId: 'application',
    accountId: '123456789012',
    workerType: 'SPARK_DRIVER',
    size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
    exitCode: 0,
    reason: 'done',
    readyMs,
    idleMs: 0,
    at,
    ...change,
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
      entities: [UsageRow, PriceListRow, PostingRow],
      migrations,
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
      .set('authorization', serviceToken(serviceKey, 'gateway'))
      .set(account === undefined ? {} : { 'x-firesteel-account': account });
  };

  const tell = async (events: readonly SequencedEvent[]): Promise<void> => {
    const meter = meterWorker('us-east-1');
    for (const event of events) await transact(orm.em, (tx) => meter(event, tx));
  };

  it('has nothing to say before a worker has ended', async () => {
    const usage = await get('/v1/usage/job-runs/run');
    expect([usage.status, usage.body]).toEqual([200, {}]);
    expect((await get('/v1/bills/job-runs/run')).status).toBe(404);
  });

  it('meters an exit once and bills it', async () => {
    await tell([exited('w', 42_500), exited('w', 42_500), exited('never-ready', 0)]);
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
          priceListId: 'us-east-1.x86_64.2023-02-01',
        },
        {
          meter: 'memory GB-hours',
          quantity: '0.266667',
          unitPrice: '0.0057785',
          amount: '0.0015409333',
          priceListId: 'us-east-1.x86_64.2023-02-01',
        },
        {
          meter: 'storage GB-hours',
          quantity: '0.000000',
          unitPrice: '0.000111',
          amount: '0.0000000000',
          priceListId: 'us-east-1.x86_64.2023-02-01',
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
          attempt: 1,
          idleSeconds: 0,
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

  it('sums the attempts of a run (row 22), without what its workers idled (row 23)', async () => {
    const run = { jobRunId: 'retried', applicationId: 'pooled' };
    await tell([
      exited('r-1', 70_000, run),
      exited('r-2', 100_200, { ...run, attempt: 2, idleMs: 35_900 }),
      exited('r-3', 20_000, { ...run, attempt: 2, idleMs: 5_000 }),
    ]);
    const { body } = await get('/v1/bills/job-runs/retried');
    expect(
      body.workers.map(
        ({ workerId, attempt, idleSeconds, usedSeconds, billedSeconds }: JsonObject) => [
          workerId,
          attempt,
          idleSeconds,
          usedSeconds,
          billedSeconds,
        ],
      ),
    ).toEqual([
      ['r-1', 1, 0, 70, 70],
      ['r-2', 2, 35, 66, 66],
      ['r-3', 2, 5, 15, 55],
    ]);
    const usage = (await get('/v1/usage/job-runs/retried')).body;
    expect(usage.totalResourceUtilization.vCPUHour).toBe(0.168);
    expect(usage.billedResourceUtilization.vCPUHour).toBe(0.212);
  });

  it('bills an application what its pre-initialised workers idled, and nothing else', async () => {
    const unserved = { jobRunId: null, attempt: null, applicationId: 'pooled', idleMs: 12_300 };
    for (let told = 0; told < 2; told++) await tell([exited('unserved', 12_300, unserved)]);
    const { status, body } = await get('/v1/bills/applications/pooled', '123456789012');
    expect([status, body]).toEqual([
      200,
      {
        applicationId: 'pooled',
        currency: 'USD',
        priceListId: 'us-east-1.x86_64.2023-02-01',
        // 35 + 5 + 60 seconds of 4 vCPU and 16 GB.
        lines: [
          {
            meter: 'vCPU-hours',
            quantity: '0.111111',
            unitPrice: '0.052624',
            amount: '0.0058471111',
            priceListId: 'us-east-1.x86_64.2023-02-01',
          },
          {
            meter: 'memory GB-hours',
            quantity: '0.444444',
            unitPrice: '0.0057785',
            amount: '0.0025682222',
            priceListId: 'us-east-1.x86_64.2023-02-01',
          },
          {
            meter: 'storage GB-hours',
            quantity: '0.000000',
            unitPrice: '0.000111',
            amount: '0.0000000000',
            priceListId: 'us-east-1.x86_64.2023-02-01',
          },
        ],
        total: '0.0084153333',
        earlierWorkers: 0,
        workers: [
          expect.objectContaining({ workerId: 'r-2', usedSeconds: 35, billedSeconds: 35 }),
          expect.objectContaining({ workerId: 'r-3', usedSeconds: 5, billedSeconds: 5 }),
          expect.objectContaining({ workerId: 'unserved', usedSeconds: 13, billedSeconds: 60 }),
        ],
      },
    ]);
    expect((await get('/v1/usage/applications/pooled')).body).toEqual({
      totalResourceUtilization: { vCPUHour: 0.059, memoryGBHour: 0.236, storageGBHour: 0.294 },
      billedResourceUtilization: { vCPUHour: 0.111, memoryGBHour: 0.444, storageGBHour: 0 },
    });
  });

  it('has nothing to say of an application that is another account’s or idles nothing', async () => {
    const foreign = await get('/v1/bills/applications/pooled', '999999999999');
    const cold = await get('/v1/bills/applications/application');
    expect([foreign.status, foreign.body.message, cold.status]).toEqual([
      404,
      'Application pooled has no bill yet',
      404,
    ]);
    expect((await get('/v1/usage/applications/application')).body).toEqual({});
  });
});
