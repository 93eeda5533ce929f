import { type PublishedList, pricesInEffect } from './prices.ts';

const accountId = '123456789012';
const list = (
  region: string,
  effectiveFrom: string,
  change: Partial<PublishedList> = {},
): PublishedList => ({
  priceListId: `${region}.${effectiveFrom}`,
  region,
  architecture: 'X86_64',
  currency: 'USD',
  effectiveFrom: `${effectiveFrom}T00:00:00Z`,
  vcpuHourE10: 1,
  memoryGbHourE10: 57_785_000,
  storageGbHourE10: 1_110_000,
  ...change,
});
const lists = [
  list('us-east-1', '2023-02-01'),
  list('us-east-1', '2027-01-01'),
  list('us-east-1', '2027-02-01'),
  list('us-east-1', '2026-12-31', { architecture: 'ARM64' }),
  list('eu-west-1', '2023-02-01'),
  list('eu-west-1', '2022-02-01', { accountId }),
];

it.each([
  ['the latest that is in effect', 'us-east-1', '2027-01-01', 'us-east-1.2027-01-01'],
  ['none that is still to come', 'us-east-1', '2026-12-31', 'us-east-1.2023-02-01'],
  ['us-east-1’s where a region has none', 'mars-north-1', '2027-01-01', 'us-east-1.2027-01-01'],
  ['the account’s own before everybody’s', 'eu-west-1', '2027-01-01', 'eu-west-1.2022-02-01'],
  ['none before the first', 'us-east-1', '2020-01-01', undefined],
])('chooses %s', (_name, region, day, priceListId) => {
  const at = new Date(`${day}T00:00:00Z`);
  expect(pricesInEffect(lists, { region, accountId, at })?.priceListId).toBe(priceListId);
});

it('gives nobody another’s rate card', () => {
  const at = new Date('2027-01-01T00:00:00Z');
  const other = { region: 'eu-west-1', accountId: '999999999999', at };
  expect(pricesInEffect(lists, other)?.priceListId).toBe('eu-west-1.2023-02-01');
});
