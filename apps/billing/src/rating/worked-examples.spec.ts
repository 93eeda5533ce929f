/** AWS' and others' published numbers, T1 to T10 of reference emr-serverless §5.3. */
import { publishedPriceLists } from '../price-list/published-prices.ts';
import { sharesOf } from './billed-seconds.ts';
import { billedQuantities, type RatedWorker, usedQuantities } from './quantity.ts';
import { lineAmountE10, moneyText, quantityText } from './round-line.ts';
import { utilizationOf } from './utilization.ts';

const [virginia] = publishedPriceLists('us-east-1');
const hour = 3_600_000n;

/** Hours with up to four decimals, exactly, in vCPU·ms and MB·ms. */
const vcpuHours = (tenThousandths: bigint): bigint => (tenThousandths * hour) / 10_000n;
const gbHours = (tenThousandths: bigint): bigint => (tenThousandths * 1024n * hour) / 10_000n;

const vcpuCost = (unitMs: bigint): string =>
  moneyText(lineAmountE10('vCPU-hours', unitMs, virginia?.vcpuHourE10 ?? 0));
const memoryCost = (unitMs: bigint): string =>
  moneyText(lineAmountE10('memory GB-hours', unitMs, virginia?.memoryGbHourE10 ?? 0));

const worker = (vcpu: number, memoryGb: number, usedSeconds: number, diskGb = 20): RatedWorker => ({
  size: { vcpu, memoryMb: memoryGb * 1024, diskGb },
  ...sharesOf(usedSeconds * 1000, 0, true).run,
});
const total = (workers: readonly RatedWorker[]) => utilizationOf(usedQuantities(workers));
const billed = (workers: readonly RatedWorker[]) => utilizationOf(billedQuantities(workers));

describe('money', () => {
  it.each([
    ['T1', 1_000_000n, '5.2624000000', 7_500_000n, '4.3338750000'],
    ['T2', 12_000_000n, '63.1488000000', 96_000_000n, '55.4736000000'],
    ['T3', 221_403n, '1.1651111472', 398_497n, '0.2302714914'],
    ['T5', 100_000_000n, '526.2400000000', 400_000_000n, '231.1400000000'],
    ['T10', 17_510n, '0.0921446240', 76_130n, '0.0439917205'],
  ])('%s', (_name, vcpu, vcpuAmount, memory, memoryAmount) => {
    expect(vcpuCost(vcpuHours(vcpu))).toBe(vcpuAmount);
    expect(memoryCost(gbHours(memory))).toBe(memoryAmount);
  });
});

describe('quantities', () => {
  it('T4: core-seconds and MB-seconds become hours, 1024 MB to the GB', () => {
    expect(quantityText('vCPU-hours', 79_705_000n)).toBe('22.140278');
    expect(quantityText('memory GB-hours', 146_901_918_000n)).toBe('39.849696');
  });

  it('T6: 10 workers of 10 minutes and 50 of 5 are 350 worker-minutes, nothing more', () => {
    const fleet = [
      ...Array.from({ length: 10 }, () => worker(1, 2, 600)),
      ...Array.from({ length: 50 }, () => worker(1, 2, 300)),
    ];
    expect(billedQuantities(fleet).vcpuMs).toBe(350n * 60_000n);
    expect(usedQuantities(fleet).vcpuMs).toBe(350n * 60_000n);
  });
});

describe('utilization', () => {
  it.each([
    [
      'T7: the minute counts for each worker',
      [worker(2, 10, 21), worker(2, 10, 20)],
      [0.023, 0.114, 0.228],
      [0.067, 0.333, 0],
    ],
    [
      'T8: one driver under a minute',
      [worker(4, 16, 43)],
      [0.048, 0.191, 0.239],
      [0.067, 0.267, 0],
    ],
    [
      'T9: all workers over a minute',
      [worker(1, 5, 103), worker(1, 5, 93), worker(1, 5, 93), worker(1, 5, 93)],
      [0.106, 0.531, 2.122],
      [0.106, 0.531, 0],
    ],
    ['disk beyond 20 GB is billed', [worker(4, 16, 3600, 120)], [4, 16, 120], [4, 16, 100]],
  ])('%s', (_name, workers, used, paid) => {
    expect(Object.values(total(workers))).toEqual(used);
    expect(Object.values(billed(workers))).toEqual(paid);
  });
});
