import { isBilled, moneyText, secondE10 } from './cost.ts';

/** us-east-1 on x86-64. */
const prices = {
  priceListId: 'us-east-1.x86_64.2023-02-01',
  currency: 'USD',
  vcpuHourE10: 526_240_000,
  memoryGbHourE10: 57_785_000,
  storageGbHourE10: 1_110_000,
} as const;
const size = (vcpu: number, memoryGb: number, diskGb: number) => ({
  vcpu,
  memoryMb: memoryGb * 1024,
  diskGb,
});

describe('a second of workers', () => {
  it.each([
    ['none', [], '0.0000000000'],
    // 4 × 526,240,000 / 3600 = 584,711.1; 16 × 57,785,000 / 3600 = 256,822.2
    ['AWS’ default worker', [size(4, 16, 20)], '0.0000841533'],
    ['20 GB of disk free, 100 paid', [size(4, 16, 120)], '0.0000872366'],
    ['each meter rounded once', Array.from({ length: 3 }, () => size(4, 16, 20)), '0.0002524600'],
  ])('%s', (_what, sizes, money) => {
    expect(moneyText(secondE10(sizes, prices))).toBe(money);
  });
  it('is what the unit price says, to the last place, over an hour', () => {
    const second = secondE10([size(16, 0, 20)], { ...prices, vcpuHourE10: 3600 });
    expect(second * 3600n).toBe(16n * 3600n);
  });
  it.each([
    ['REQUESTED', false],
    ['LAUNCHED', false],
    ['READY', true],
    ['BOUND', true],
    ['LEAVING', true],
  ])('is paid for when %s: %s', (status, paid) => {
    expect(isBilled({ status })).toBe(paid);
  });
});
