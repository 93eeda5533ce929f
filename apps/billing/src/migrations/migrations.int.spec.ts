/** Usage of every earlier version, brought to what a replay says, with postings of its own. */
import { append } from '@firesteel/event-store';
import { replayRow, transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { postEarlierUsage } from '../posting/earlier-usage.ts';
import { streamOfPriceList } from '../price-list/price-list.ts';
import { priceLists } from '../price-list/price-list-table.ts';
import { publishedPriceLists } from '../price-list/published-prices.ts';
import type { UsageEvent } from '../usage/usage.ts';
import { usages } from '../usage/usage-table.ts';
import { migrations } from './migrations.ts';

const at = '2026-11-25T10:00:00.000Z';
const priceListId = 'us-east-1.x86_64.2023-02-01';
const size = { vcpu: 4, memoryMb: 16_384, diskGb: 20 };

/** As the first version told it: of no attempt. */
const told = (workerId: string, usedSeconds: number) => ({
  type: 'WorkerUsageMetered',
  data: {
    usageId: `usage of ${workerId}`,
    workerId,
    jobRunId: 'old',
    applicationId: 'application',
    accountId: '123456789012',
    workerType: 'SPARK_DRIVER',
    size,
    readyMs: usedSeconds * 1000,
    usedSeconds,
    billedSeconds: Math.max(60, usedSeconds),
    priceListId,
    at,
  },
});
const facts = [told('a', 10), told('b', 71)];
/** And kept it. */
const state = {
  status: 'METERED',
  applicationId: 'application',
  accountId: '123456789012',
  priceListId,
  jobRunId: 'old',
  workers: facts.map(({ data: { usageId, workerId, workerType, usedSeconds, billedSeconds } }) => ({
    usageId,
    workerId,
    workerType,
    size,
    usedSeconds,
    billedSeconds,
  })),
};

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

it('brings the first version’s usage to what a replay says, and posts it once', async () => {
  const url = database.urlOf('billing');
  const first = await openDatabase({ url, entities: [], migrations: migrations.slice(0, 1) });
  await transact(first.em, (tx) => append(tx, 'usage-old', 0, facts, { causedBy: 7 }));
  await first.em.execute(
    `insert into usage values ('old', 2, ?::jsonb, '123456789012', 'application')`,
    [JSON.stringify(state)],
  );
  await first.close();

  const orm = await openDatabase({ url, entities: [], migrations });
  const events = await orm.em.execute<UsageEvent[]>(
    `select type, data from log.read_stream('usage-old', 0) order by version`,
  );
  const [row] = await orm.em.execute(`select * from usage where id = 'old'`);
  expect(row).toEqual(replayRow(usages, 'old', events));

  for (const list of publishedPriceLists('us-east-1'))
    await handle(orm.em, priceLists, streamOfPriceList(list.priceListId), {
      type: 'PublishPriceList',
      list,
      at,
    });
  expect([await postEarlierUsage(orm.em), await postEarlierUsage(orm.em)]).toEqual([1, 0]);
  expect(
    await orm.em.execute(
      'select id, payer_id, month, known_seq, vcpu_ms, memory_ms, storage_ms from posting order by id',
    ),
  ).toEqual(
    [
      ['a', 60],
      ['b', 71],
    ].map(([workerId, seconds]) => ({
      id: `usage of ${workerId}`,
      payer_id: 'old',
      month: '2026-11',
      known_seq: '7',
      vcpu_ms: String(Number(seconds) * 4_000),
      memory_ms: String(Number(seconds) * 16_384_000),
      storage_ms: '0',
    })),
  );
  await orm.close();
});
