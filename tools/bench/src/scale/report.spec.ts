import type { Machine } from '../machine.ts';
import { scaleFailures, scaleReportLines, scaleReportOf, type UseOutcome } from './report.ts';

const machine: Machine = {
  cores: 2,
  processor: 'P',
  memoryMb: 24_000,
  kernel: '6',
  node: '24',
  java: '17',
  spark: '3.5.6',
};
const stages = { tasks: 8, wideSeconds: 10, narrowSeconds: 40 };
const use = (executorSeconds: number, recomputed = 0) => ({
  use: { executorSeconds, staffedSeconds: 184, executors: 4, driverSeconds: 100, recomputed },
});
const outcomes: UseOutcome[] = [
  { scaling: 'scaleIn', round: 1, ...use(220) },
  { scaling: 'scaleIn', round: 2, ...use(240, 1) },
  { scaling: 'awsDefaults', round: 1, ...use(400) },
  { scaling: 'static', round: 1, failure: 'the run r is FAILED: no luck' },
];

it('divides by what the stages and the tasks take', () => {
  const report = scaleReportOf(outcomes, { stages, machine });
  expect(report.idealSeconds).toBe(200);
  expect(report.scaleIn).toMatchObject({
    toIdeal: { p50: 1.15, max: 1.2 },
    toStages: { p50: 1.25 },
    recomputed: 1,
  });
  expect(report.awsDefaults.toIdeal?.p50).toBe(2);
});

it('keeps failures out of the figures and says them', () => {
  const report = scaleReportOf(outcomes, { stages, machine });
  expect(report.static.executorSeconds).toBeUndefined();
  expect(scaleFailures(report)).toEqual(['static, round 1: the run r is FAILED: no luck']);
  const lines = scaleReportLines(report);
  expect(lines[0]).toContain('the tasks take 200 s');
  expect(lines.find((line) => line.startsWith('scaleIn'))).toMatch(
    /230\s+1\.25\s+1\.15\s+4\s+1\s+0$/,
  );
  expect(lines.at(-1)).toContain('no luck');
});
