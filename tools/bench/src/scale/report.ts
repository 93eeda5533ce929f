/** What the seconds of executors were, against those that the job's stages and tasks take. */
import type { Machine } from '../machine.ts';
import { type Summary, summarize } from '../statistics.ts';
import { table } from '../table.ts';
import type { Use } from './measure.ts';
import { idealSeconds, mostExecutors, type Scaling, type Stages, scalings } from './stages.ts';

/** One run: what it used, or why there is nothing. Rounds count from 1. */
export type UseOutcome = { readonly scaling: Scaling; readonly round: number } & (
  | { readonly use: Use }
  | { readonly failure: string }
);

export type ScalingReport = {
  /** Billed seconds of executors. */
  readonly executorSeconds: Summary | undefined;
  /** The same by what the tasks take. */
  readonly toIdeal: Summary | undefined;
  /** The same by what its stages could use while they ran. */
  readonly toStages: Summary | undefined;
  readonly executors: Summary | undefined;
  readonly recomputed: number;
  readonly failures: readonly string[];
};

/** The whole outcome; all times in seconds. */
export type ScaleReport = Readonly<Record<Scaling, ScalingReport>> & {
  readonly idealSeconds: number;
  readonly stages: Stages;
  readonly machine: Machine;
  readonly method: string;
  readonly outcomes: readonly UseOutcome[];
};

const method =
  `A PySpark job of three stages, wide, narrow, wide, whose tasks sleep; up to ${mostExecutors} executors of one core. ` +
  'Seconds of executors are those of the bill, from ready to run work to the end of the process, in whole seconds each. ' +
  'By stages: divided by the executors each stage can use times the seconds it took in that run. By tasks: by what the tasks take alone, as if nothing ever started, waited or ended. scaleIn: idle executors leave after 5 s and hand their shuffle blocks over. ' +
  'awsDefaults: 60 s, and executors with shuffle data stay. static: Spark’s own default, all executors all the time.';

const reportOfScaling = (
  outcomes: readonly UseOutcome[],
  scaling: Scaling,
  ideal: number,
): ScalingReport => {
  const own = outcomes.filter((outcome) => outcome.scaling === scaling);
  const uses = own.flatMap((outcome) => ('use' in outcome ? [outcome.use] : []));
  return {
    executorSeconds: summarize(uses.map(({ executorSeconds }) => executorSeconds)),
    toIdeal: summarize(uses.map(({ executorSeconds }) => executorSeconds / ideal)),
    toStages: summarize(uses.map((use) => use.executorSeconds / use.staffedSeconds)),
    executors: summarize(uses.map(({ executors }) => executors)),
    recomputed: uses.reduce((sum, { recomputed }) => sum + recomputed, 0),
    failures: own.flatMap((outcome) =>
      'failure' in outcome ? [`round ${outcome.round}: ${outcome.failure}`] : [],
    ),
  };
};

/** Sums up. */
export const scaleReportOf = (
  outcomes: readonly UseOutcome[],
  about: { readonly stages: Stages; readonly machine: Machine },
): ScaleReport => {
  const ideal = idealSeconds(about.stages);
  const byScaling = Object.fromEntries(
    scalings.map((scaling) => [scaling, reportOfScaling(outcomes, scaling, ideal)]),
  ) as Record<Scaling, ScalingReport>;
  return { ...byScaling, idealSeconds: ideal, ...about, method, outcomes };
};

/** Every failure; a bench with one of them has not succeeded. */
export const scaleFailures = (report: ScaleReport): string[] =>
  scalings.flatMap((scaling) => report[scaling].failures.map((why) => `${scaling}, ${why}`));

const cell = (summary: Summary | undefined, digits = 0): string =>
  summary === undefined ? '-' : summary.p50.toFixed(digits);

/** The report for people. */
export function scaleReportLines(report: ScaleReport): string[] {
  const { stages, machine } = report;
  const failures = scaleFailures(report);
  const rows = scalings.map((scaling) => {
    const { executorSeconds, toIdeal, toStages, executors, recomputed } = report[scaling];
    return [
      scaling,
      cell(executorSeconds),
      cell(toStages, 2),
      cell(toIdeal, 2),
      cell(executors),
      String(recomputed),
      String(report[scaling].failures.length),
    ];
  });
  return [
    `Seconds of executors for ${stages.tasks} tasks of ${stages.wideSeconds} s, one of ${stages.narrowSeconds} s, ${stages.tasks} of ${stages.wideSeconds} s; the tasks take ${report.idealSeconds} s`,
    '',
    ...table([
      ['', 'seconds', 'by stages', 'by tasks', 'executors', 'tasks run twice', 'failed'],
      ...rows,
    ]),
    '',
    `Machine  ${machine.cores} cores (${machine.processor}), ${machine.memoryMb} MB, Linux ${machine.kernel}, Spark ${machine.spark}`,
    `Method   ${report.method}`,
    ...(failures.length === 0 ? [] : ['', 'Failed', ...failures]),
  ];
}
