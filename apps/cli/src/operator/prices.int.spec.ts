import { append } from '@firesteel/event-store';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { readPrices } from './prices.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database.stop(), 60_000);

const list = (region: string, effectiveFrom: string, vcpuHourE10: number) => ({
  priceListId: `${region}.x86_64.${effectiveFrom}`,
  region,
  architecture: 'X86_64',
  currency: 'USD',
  effectiveFrom: `${effectiveFrom}T00:00:00Z`,
  vcpuHourE10,
  memoryGbHourE10: 57_785_000,
  storageGbHourE10: 1_110_000,
});

/** As billing does it. */
async function publish(region: string, lists: readonly object[]): Promise<void> {
  const orm = await openDatabase({ url: database.urlOf('billing'), entities: [], migrations: [] });
  const facts = lists.map((data) => ({ type: 'PriceListPublished', data }));
  await orm.em.transactional((tx) => append(tx, `price-list-${region}.x86_64`, 0, facts));
  await orm.close();
}

const at = new Date('2027-01-01T00:00:00Z');

it('finds the list in effect for a region, else us-east-1’s, else none', async () => {
  expect(await readPrices(database.adminUrl, 'eu-west-2', at)).toBeUndefined();
  await publish('us-east-1', [
    list('us-east-1', '2023-02-01', 1),
    list('us-east-1', '2027-01-01', 2),
    list('us-east-1', '2027-02-01', 4),
    { ...list('us-east-1', '2026-12-01', 5), accountId: '123456789012' },
  ]);
  expect(await readPrices(database.adminUrl, 'eu-west-2', at)).toEqual({
    priceListId: 'us-east-1.x86_64.2027-01-01',
    currency: 'USD',
    vcpuHourE10: 2,
    memoryGbHourE10: 57_785_000,
    storageGbHourE10: 1_110_000,
  });
  await publish('eu-west-2', [list('eu-west-2', '2023-02-01', 3)]);
  expect(await readPrices(database.adminUrl, 'eu-west-2', at)).toMatchObject({ vcpuHourE10: 3 });
});
