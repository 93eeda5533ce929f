import { failuresOf, methodText, type Outcome, reportLines, reportOf } from './report.ts';

const machine = {
  cores: 2,
  processor: 'a processor',
  memoryMb: 8192,
  kernel: '6.1',
  node: 'v24.0.0',
  java: 'openjdk 17',
  spark: '3.5.6',
};
const phases = {
  acceptedMs: 50,
  scheduledMs: 100,
  runningMs: 400,
  contextReadyMs: 2000,
  firstExecutorMs: undefined,
  firstTaskMs: 3000,
  firstJobDoneMs: 3500,
  successRecordedMs: 4000,
  successSeenMs: 4040,
};
const outcomes: Outcome[] = [
  {
    way: 'warm',
    round: 1,
    sample: { contextReadyMs: 700, successMs: 1500 },
    phases: { ...phases, runningMs: 150 },
  },
  { way: 'cold', round: 1, sample: { contextReadyMs: 2000, successMs: 4000 }, phases },
  { way: 'sparkSubmitLocal', round: 1, sample: { contextReadyMs: 2000, successMs: 2500 } },
  { way: 'sparkStandalone', round: 1, sample: { contextReadyMs: 2500, successMs: 5000 } },
  { way: 'sparkStandalone', round: 2, sample: { contextReadyMs: 2500, successMs: 1000 } },
  { way: 'cold', round: 2, failure: 'the run ended' },
];
const report = reportOf(outcomes, { runs: 2, machine, method: 'so' });

describe('reportOf', () => {
  it('sums up each way and pairs by round', () => {
    expect(report.cold.successMs).toEqual({ p50: 4000, p99: 4000, min: 4000, max: 4000 });
    expect(report.sparkStandalone.successMs).toEqual({
      p50: 3000,
      p99: 5000,
      min: 1000,
      max: 5000,
    });
    expect(report.ratios.coldToStandalone.success).toEqual({
      p50: 0.8,
      p99: 0.8,
      min: 0.8,
      max: 0.8,
    });
    expect(report.ratios.warmToStandalone.success?.p50).toBe(0.3);
    expect(report.ratios.coldToLocal.contextReady?.p50).toBe(1);
  });

  it('leaves phases out that no run has', () => {
    expect([report.warmPhases.runningMs, report.coldPhases.runningMs]).toEqual([150, 400]);
    expect(report.coldPhases.firstTaskMs).toBe(3000);
    expect('firstExecutorMs' in report.coldPhases).toBe(false);
  });

  it('hides no failure', () => {
    expect(failuresOf(report)).toEqual(['cold, round 2: the run ended']);
  });
});

describe('reportLines', () => {
  it('shows times, ratios, phases with their steps, machine and failures', () => {
    const text = reportLines(report).join('\n');
    expect(text).toMatch(/cold\s+2000\s+2000\s+2000\s+2000\s+4000\s+4000\s+4000\s+4000\s+1/);
    expect(text).toMatch(/cold \/ sparkStandalone\s+0\.80\s+0\.80\s+0\.80\s+0\.80\s+0\.80/);
    expect(text).toMatch(/RUNNING: the driver is bound\s+400\s+\+300/);
    expect(text).toContain('2 cores (a processor), 8192 MB');
    expect(text).toContain('cold, round 2: the run ended');
  });

  it('can say that nothing was measured', () => {
    const nothing = reportOf([], { runs: 1, machine, method: 'so' });
    expect(reportLines(nothing).join('\n')).toMatch(/cold\s+-\s+-\s+-\s+-\s+-\s+-\s+-\s+-\s+0/);
  });
});

describe('methodText', () => {
  it('says where the jar was and what the baselines had', () => {
    const plain = methodText({ jar: 'local', pollMs: 50, baselineConf: [], coldConf: [] });
    expect(plain).toContain('every 50 ms');
    expect(plain).toContain('same jar from disk');
    const other = methodText({
      ...{ jar: 's3', pollMs: 50 },
      baselineConf: ['spark.ui.enabled=false'],
      coldConf: ['spark.a=b'],
    });
    expect(other).toContain('fetches the jar from S3');
    expect(other).toContain('spark.ui.enabled=false');
    expect(other).toContain('have spark.a=b');
  });
});
