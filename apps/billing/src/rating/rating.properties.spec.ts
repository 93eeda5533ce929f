/** What holds for every usage, not only for the examples. */
import type { PriceList } from '@firesteel/contracts/events';
import fc from 'fast-check';
import { billOf } from '../bill/bill.ts';
import { publishedPriceLists } from '../price-list/published-prices.ts';
import type { MeteredUsage, WorkerUsage } from '../usage/usage.ts';
import { sharesOf, usedSecondsOf } from './billed-seconds.ts';
import { billedQuantities, usedQuantities } from './quantity.ts';
import { lineAmountE10 } from './round-line.ts';
import { divideHalfEven, divideHalfUp } from './rounding.ts';

const sizes = fc.record({
  vcpu: fc.constantFrom(1, 2, 4, 8, 16),
  memoryMb: fc.integer({ min: 2, max: 120 }).map((gb) => gb * 1024),
  diskGb: fc.integer({ min: 20, max: 2000 }),
});
const workers: fc.Arbitrary<WorkerUsage[]> = fc.array(
  fc
    .record({
      usageId: fc.uuid(),
      workerId: fc.uuid(),
      attempt: fc.integer({ min: 1, max: 10 }),
      workerType: fc.constantFrom('SPARK_DRIVER', 'SPARK_EXECUTOR'),
      size: sizes,
      readyMs: fc.integer({ min: 1, max: 10_000_000 }),
      priceListId: fc.constant('list'),
    })
    .map(({ readyMs, ...rest }) => {
      const lifeSeconds = usedSecondsOf(readyMs);
      return { ...rest, lifeSeconds, ...sharesOf(readyMs, 0, true).run };
    }),
  { maxLength: 30 },
);
const usageOf = (metered: WorkerUsage[]): MeteredUsage => ({
  status: 'METERED',
  jobRunId: 'run',
  applicationId: 'application',
  accountId: 'account',
  priceListId: 'list',
  workers: metered,
});
const lists = fc.constantFrom(...publishedPriceLists('sa-east-1'));
const e10 = (text: string): bigint => BigInt(text.replace('.', ''));
const sum = (parts: readonly bigint[]): bigint => parts.reduce((a, b) => a + b, 0n);

it('does not depend on the order of the workers', () => {
  fc.assert(
    fc.property(workers, lists, (metered, list) => {
      const forth = billOf(usageOf(metered), () => list);
      const back = billOf(usageOf([...metered].reverse()), () => list);
      expect(back.lines).toEqual(forth.lines);
      expect(back.total).toBe(forth.total);
    }),
  );
});

it('is never negative, and never bills less of vCPU and memory than was used', () => {
  fc.assert(
    fc.property(workers, lists, (metered, list) => {
      for (const { amount } of billOf(usageOf(metered), () => list).lines)
        expect(e10(amount) >= 0n).toBe(true);
      const [used, billed] = [usedQuantities(metered), billedQuantities(metered)];
      expect(billed.vcpuMs >= used.vcpuMs && billed.memoryMbMs >= used.memoryMbMs).toBe(true);
      expect(used.storageGbMs >= 0n && billed.storageGbMs >= 0n).toBe(true);
    }),
  );
});

it('totals its lines to the last digit, each within half a unit of the exact amount', () => {
  fc.assert(
    fc.property(workers, lists, (metered, list) => {
      const bill = billOf(usageOf(metered), () => list);
      expect(e10(bill.total)).toBe(sum(bill.lines.map(({ amount }) => e10(amount))));
      const exact = billedQuantities(metered).vcpuMs * BigInt(list.vcpuHourE10);
      const off = e10(bill.lines[0]?.amount ?? '') * 3_600_000n - exact;
      expect((off < 0n ? -off : off) * 2n <= 3_600_000n).toBe(true);
    }),
  );
});

it('rounds a line once: amounts rounded for each worker would give another sum', () => {
  const thirds = Array.from({ length: 3 }, () => 1_200_001n);
  const once = lineAmountE10('vCPU-hours', sum(thirds), 1);
  expect(once).toBe(1n);
  expect(sum(thirds.map((unitMs) => lineAmountE10('vCPU-hours', unitMs, 1)))).toBe(0n);
});

it('rounds to the nearest, ties to even for money and up for quantities', () => {
  expect([1n, 3n, 5n, 7n].map((half) => divideHalfEven(half, 2n))).toEqual([0n, 2n, 2n, 4n]);
  expect([1n, 3n, 5n, 7n].map((half) => divideHalfUp(half, 2n))).toEqual([1n, 2n, 3n, 4n]);
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 20n), fc.bigInt(1n, 10n ** 12n), (dividend, divisor) => {
      for (const round of [divideHalfEven, divideHalfUp]) {
        const off = round(dividend, divisor) * divisor - dividend;
        expect((off < 0n ? -off : off) * 2n <= divisor).toBe(true);
      }
    }),
  );
});

it.each<[string, number, number, boolean, readonly number[], readonly number[]]>([
  ['a worker that never became ready', 0, 0, true, [0, 0], [0, 0]],
  ['… nor served', 0, 0, false, [0, 0], [0, 0]],
  ['a cold worker of a moment', 1, 0, true, [1, 60], [0, 0]],
  ['… of a second', 1_000, 0, true, [1, 60], [0, 0]],
  ['… of nearly a minute', 59_001, 0, true, [60, 60], [0, 0]],
  ['… of more than a minute', 60_001, 0, true, [61, 61], [0, 0]],
  [
    'a warm worker: its whole idle seconds are the application’s',
    90_500,
    30_900,
    true,
    [61, 61],
    [30, 30],
  ],
  ['… of less than a minute: the run makes it up', 12_000, 5_000, true, [7, 55], [5, 5]],
  ['… that idled more than a minute: nothing is missing', 80_000, 75_000, true, [5, 5], [75, 75]],
  ['… whose run never got to use it', 5_000, 5_000, true, [0, 55], [5, 5]],
  ['… whose idling was rounded beyond its life', 5_000, 5_400, true, [0, 55], [5, 5]],
  ['a pool’s worker that served nobody', 42_001, 42_001, false, [0, 0], [43, 60]],
  ['… for more than a minute', 100_000, 99_000, false, [0, 0], [100, 100]],
])('%s: %d ms, %d ms of them idle', (_name, readyMs, idleMs, served, run, idle) => {
  const shares = sharesOf(readyMs, idleMs, served);
  expect([Object.values(shares.run), Object.values(shares.idle)]).toEqual([run, idle]);
});

it('shares every second of a life once, and the minimum of a life once', () => {
  const life = fc
    .integer({ min: 0, max: 200_000 })
    .chain((readyMs) => fc.tuple(fc.constant(readyMs), fc.integer({ min: 0, max: readyMs })));
  fc.assert(
    fc.property(life, fc.boolean(), ([readyMs, idleMs], served) => {
      const { run, idle } = sharesOf(readyMs, idleMs, served);
      const lifeSeconds = Math.ceil(readyMs / 1000);
      expect(run.usedSeconds + idle.usedSeconds).toBe(lifeSeconds);
      expect(run.billedSeconds + idle.billedSeconds).toBe(
        lifeSeconds === 0 ? 0 : Math.max(60, lifeSeconds),
      );
      for (const { usedSeconds, billedSeconds } of [run, idle])
        expect(usedSeconds >= 0 && billedSeconds >= usedSeconds).toBe(true);
    }),
  );
});

it('rates every worker by its own price list, in lines of that list', () => {
  const [dear, cheap] = [{ vcpuHourE10: 2 }, { vcpuHourE10: 1 }].map((prices) => ({
    ...(publishedPriceLists('us-east-1')[0] as PriceList),
    ...prices,
  })) as [PriceList, PriceList];
  const mixed = workers.map((metered) =>
    metered.map((worker, at) => ({ ...worker, priceListId: at % 2 === 0 ? 'dear' : 'cheap' })),
  );
  fc.assert(
    fc.property(mixed, (metered) => {
      const of = (id: string) => metered.filter(({ priceListId }) => priceListId === id);
      const { lines } = billOf(usageOf(metered), (id) => (id === 'dear' ? dear : cheap));
      const amounts = lines
        .filter(({ meter }) => meter === 'vCPU-hours')
        .map(({ amount }) => amount);
      const expected = [of('dear'), of('cheap')].flatMap((part, at) =>
        part.length === 0
          ? []
          : [lineAmountE10('vCPU-hours', billedQuantities(part).vcpuMs, at === 0 ? 2 : 1)],
      );
      expect(amounts.map(e10)).toEqual(expected);
    }),
  );
});
