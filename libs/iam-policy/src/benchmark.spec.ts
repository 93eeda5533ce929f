import { benchmark } from './benchmark.ts';

it('decides, and counts what it decided', () => {
  const { evaluations, evaluationsPerSecond, evaluationsPerCpuSecond, seconds, policies } =
    benchmark(0.05);
  expect(evaluations % 400).toBe(0);
  expect(evaluations).toBeGreaterThan(0);
  expect(evaluationsPerSecond).toBeGreaterThan(0);
  expect(evaluationsPerCpuSecond).toBeGreaterThan(0);
  expect(seconds).toBeGreaterThan(0);
  expect(policies).toBe(12);
});
