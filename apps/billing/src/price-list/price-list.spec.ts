import type { PriceList } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type PriceListEvent, priceList, streamOfPriceList } from './price-list.ts';
import { pricedRegion, publishedPriceLists } from './published-prices.ts';

const at = '2026-11-25T10:00:00.000Z';
const [list] = publishedPriceLists('us-east-1') as [PriceList];
const published: PriceListEvent = { type: 'PriceListPublished', data: { ...list, at } };

it('publishes a list once', () => {
  const command = { type: 'PublishPriceList', list, at } as const;
  expect(given(priceList, []).when(command)).toEqual({ events: [published] });
  expect(given(priceList, [published]).when(command)).toEqual({ events: [] });
});

it('refuses to change a published list, and takes a new one beside it', () => {
  const dearer = { ...list, vcpuHourE10: 1 };
  expect(
    given(priceList, [published]).when({ type: 'PublishPriceList', list: dearer, at }),
  ).toEqual({
    refused: expect.stringContaining('Conflict: price list us-east-1.x86_64.2023-02-01'),
  });
  const next = { ...dearer, priceListId: 'us-east-1.x86_64.2027-01-01' };
  const later: PriceListEvent = { type: 'PriceListPublished', data: { ...next, at } };
  const { state } = given(priceList, [published, later]);
  expect(state).toEqual({
    currentId: next.priceListId,
    lists: { [list.priceListId]: list, [next.priceListId]: next },
  });
});

it('knows AWS’ prices in integers', () => {
  expect(publishedPriceLists('us-east-1')).toMatchObject([
    {
      priceListId: 'us-east-1.x86_64.2023-02-01',
      vcpuHourE10: 526_240_000,
      memoryGbHourE10: 57_785_000,
      storageGbHourE10: 1_110_000,
    },
    {
      priceListId: 'us-east-1.arm64.2023-02-01',
      vcpuHourE10: 420_992_000,
      memoryGbHourE10: 46_228_000,
      storageGbHourE10: 1_110_000,
    },
  ]);
});

it('adds a region’s own lists only when AWS names its prices', () => {
  const streams = (region: string) =>
    publishedPriceLists(region).map(({ priceListId }) => streamOfPriceList(priceListId));
  expect(streams('eu-west-1')).toEqual([
    'us-east-1.x86_64',
    'us-east-1.arm64',
    'eu-west-1.x86_64',
    'eu-west-1.arm64',
  ]);
  expect(streams('mars-north-1')).toEqual(['us-east-1.x86_64', 'us-east-1.arm64']);
  expect([pricedRegion('eu-west-1'), pricedRegion('mars-north-1')]).toEqual([
    'eu-west-1',
    'us-east-1',
  ]);
});
