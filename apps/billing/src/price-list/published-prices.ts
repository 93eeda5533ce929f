/**
 * AWS' prices by region (reference emr-serverless §5.2: the price list of February 2023, x86), in
 * 10⁻¹⁰ USD an hour. ARM64 is AWS' announced 20 % lower price for vCPU and memory, worked out here;
 * storage has one price for both.
 */
import type { PriceList } from '@firesteel/contracts/events';
import { priceListStreamOf } from './price-list.ts';

type X86Prices = readonly [vcpuHourE10: number, memoryGbHourE10: number, storageGbHourE10: number];

const virginia: X86Prices = [526_240_000, 57_785_000, 1_110_000];

const x86Prices: Readonly<Record<string, X86Prices>> = {
  'us-east-1': virginia,
  'us-east-2': virginia,
  'us-west-2': virginia,
  'us-west-1': [605_280_000, 66_430_000, 1_330_000],
  'eu-west-1': [526_240_000, 57_785_000, 1_220_000],
  'eu-west-2': [605_280_000, 66_430_000, 1_290_000],
  'eu-west-3': [631_800_000, 68_900_000, 1_290_000],
  'eu-central-1': [605_280_000, 66_430_000, 1_320_000],
  'eu-north-1': [578_500_000, 63_700_000, 1_160_000],
  'ca-central-1': [579_280_000, 63_245_000, 1_220_000],
  'ap-northeast-1': [657_280_000, 71_890_000, 1_330_000],
  'ap-northeast-2': [605_280_000, 66_430_000, 1_270_000],
  'ap-south-1': [553_280_000, 60_515_000, 1_270_000],
  'ap-southeast-1': [657_280_000, 71_890_000, 1_330_000],
  'ap-southeast-2': [631_280_000, 69_160_000, 1_330_000],
  'sa-east-1': [904_800_000, 98_800_000, 2_110_000],
};

/** Where prices are taken from when a region has none of its own. */
const homeRegion = 'us-east-1';
const effectiveFrom = '2023-02-01';

/** Every price here is a multiple of 5, so the 20 % come off without a remainder. */
const lessTwentyPercent = (priceE10: number): number => (priceE10 / 5) * 4;

const listOf = (
  region: string,
  architecture: PriceList['architecture'],
  [vcpuHourE10, memoryGbHourE10, storageGbHourE10]: X86Prices,
): PriceList => ({
  priceListId: `${priceListStreamOf(region, architecture)}.${effectiveFrom}`,
  region,
  architecture,
  currency: 'USD',
  effectiveFrom: `${effectiveFrom}T00:00:00Z`,
  vcpuHourE10: architecture === 'ARM64' ? lessTwentyPercent(vcpuHourE10) : vcpuHourE10,
  memoryGbHourE10: architecture === 'ARM64' ? lessTwentyPercent(memoryGbHourE10) : memoryGbHourE10,
  storageGbHourE10,
});

/** The region whose prices hold in `region`: itself, or us-east-1 when AWS names no price there. */
export const pricedRegion = (region: string): string => (region in x86Prices ? region : homeRegion);

/** The lists to publish: us-east-1's for both architectures, and the region's own when it has any. */
export const publishedPriceLists = (region: string): readonly PriceList[] =>
  [...new Set([homeRegion, pricedRegion(region)])].flatMap((name) => {
    const prices = x86Prices[name] ?? virginia;
    return [listOf(name, 'X86_64', prices), listOf(name, 'ARM64', prices)];
  });
