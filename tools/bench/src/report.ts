/** From measurements to what is said about them. */
import type { Machine } from './machine.ts';
import { type PhaseName, type Phases, phaseNames, type Sample } from './moments.ts';
import { type Measured, pairedRatios, type Summary, summarize } from './statistics.ts';
import { table } from './table.ts';

/** The ways to run the job, in the order of a round. */
export const ways = ['warm', 'cold', 'sparkSubmitLocal', 'sparkStandalone'] as const;
export type Way = (typeof ways)[number];

/** One measured run: what was measured, or why there is nothing. Rounds count from 1. */
export type Outcome = { readonly way: Way; readonly round: number } & (
  | { readonly sample: Sample; readonly phases?: Phases }
  | { readonly failure: string }
);

type Ratio = Summary | undefined;
type Ratios = { readonly contextReady: Ratio; readonly success: Ratio };
type Moments = Readonly<Partial<Record<PhaseName, number>>>;

/** What is divided by what. */
const ratioPairs = {
  warmToStandalone: ['warm', 'sparkStandalone'],
  warmToLocal: ['warm', 'sparkSubmitLocal'],
  coldToStandalone: ['cold', 'sparkStandalone'],
  coldToLocal: ['cold', 'sparkSubmitLocal'],
} as const satisfies Readonly<Record<string, readonly [Way, Way]>>;
type RatioName = keyof typeof ratioPairs;
const ratioNames = Object.keys(ratioPairs) as RatioName[];

/** What is known of one way; summaries are missing when no run succeeded. */
export type WayReport = {
  readonly contextReadyMs: Summary | undefined;
  readonly successMs: Summary | undefined;
  readonly failures: readonly string[];
};

/** The whole outcome of a bench; all times in milliseconds. */
export type Report = Readonly<Record<Way, WayReport>> & {
  /** Warm and cold by stand-alone and by local, round by round. */
  readonly ratios: Readonly<Record<RatioName, Ratios>>;
  /** Medians of the moments within the warm and the cold runs, as offsets from the call. */
  readonly warmPhases: Moments;
  readonly coldPhases: Moments;
  readonly runs: number;
  readonly machine: Machine;
  readonly method: string;
  /** The single measurements, so that others can do their own sums. */
  readonly outcomes: readonly Outcome[];
};

type Measure = keyof Sample;

const measured = (outcomes: readonly Outcome[], way: Way, measure: Measure): Measured[] =>
  outcomes.flatMap((outcome) =>
    outcome.way === way && 'sample' in outcome
      ? [{ round: outcome.round, value: outcome.sample[measure] }]
      : [],
  );

const summaryOf = (outcomes: readonly Outcome[], way: Way, measure: Measure) =>
  summarize(measured(outcomes, way, measure).map(({ value }) => value));

const wayReport = (outcomes: readonly Outcome[], way: Way): WayReport => ({
  contextReadyMs: summaryOf(outcomes, way, 'contextReadyMs'),
  successMs: summaryOf(outcomes, way, 'successMs'),
  failures: outcomes.flatMap((outcome) =>
    outcome.way === way && 'failure' in outcome
      ? [`round ${outcome.round}: ${outcome.failure}`]
      : [],
  ),
});

const ratiosOf = (outcomes: readonly Outcome[], [way, other]: readonly [Way, Way]): Ratios => {
  const ratio = (measure: Measure): Ratio =>
    summarize(pairedRatios(measured(outcomes, way, measure), measured(outcomes, other, measure)));
  return { contextReady: ratio('contextReadyMs'), success: ratio('successMs') };
};

const phaseMedians = (outcomes: readonly Outcome[], way: Way): Moments => {
  const all = outcomes.flatMap((outcome) =>
    outcome.way === way && 'sample' in outcome && outcome.phases !== undefined
      ? [outcome.phases]
      : [],
  );
  const medians = phaseNames.map((name): [PhaseName, number | undefined] => [
    name,
    summarize(all.flatMap((phases) => phases[name] ?? []))?.p50,
  ]);
  return Object.fromEntries(medians.filter(([, value]) => value !== undefined));
};

/** Sums up; outcomes of rounds to warm up must not be among them. */
export const reportOf = (
  outcomes: readonly Outcome[],
  about: { readonly runs: number; readonly machine: Machine; readonly method: string },
): Report => ({
  warm: wayReport(outcomes, 'warm'),
  cold: wayReport(outcomes, 'cold'),
  sparkSubmitLocal: wayReport(outcomes, 'sparkSubmitLocal'),
  sparkStandalone: wayReport(outcomes, 'sparkStandalone'),
  ratios: Object.fromEntries(
    ratioNames.map((name) => [name, ratiosOf(outcomes, ratioPairs[name])]),
  ) as Report['ratios'],
  warmPhases: phaseMedians(outcomes, 'warm'),
  coldPhases: phaseMedians(outcomes, 'cold'),
  ...about,
  outcomes,
});

/** Every failure of every way; a bench with one of them has not succeeded. */
export const failuresOf = (report: Report): string[] =>
  ways.flatMap((way) => report[way].failures.map((failure) => `${way}, ${failure}`));

/** How it was measured, in words; depends on what was asked for. */
export function methodText(request: {
  readonly jar: 'local' | 's3';
  readonly pollMs: number;
  readonly baselineConf: readonly string[];
  readonly coldConf: readonly string[];
}): string {
  const jar =
    request.jar === 's3'
      ? 'Firesteel’s driver fetches the jar from S3, the baselines read it from disk.'
      : 'All ways read the same jar from disk.';
  const conf =
    request.baselineConf.length === 0
      ? 'The baselines run with Spark’s own defaults.'
      : `The baselines run with ${request.baselineConf.join(', ')}.`;
  const ours =
    request.coldConf.length === 0
      ? []
      : [`Firesteel’s runs have ${request.coldConf.join(', ')} in addition.`];
  return [
    'The same job (two tasks) with one driver and two executors of one core and 1 GB of heap, dynamic allocation off.',
    'Each round runs every way once, one after the other with a pause between; the order rotates by one each round; one round before them warms up and does not count.',
    'warm: as cold, on an application whose initialCapacity holds one driver and two executors, all ready again before each measurement of any way.',
    `cold: from just before StartJobRun to the GetJobRun that answers SUCCESS, asked every ${request.pollMs} ms, with no warm workers; logs are shipped to S3 and the Spark event log is written, as always.`,
    'sparkSubmitLocal: spark-submit --master local[2], from the start of the process to its end.',
    'sparkStandalone: spark-submit to a Master and a Worker of two cores that run already on loopback.',
    'contextReady is what the job itself prints once it has its SparkSession.',
    jar,
    conf,
    ...ours,
    'Ratios are made within a round.',
  ].join(' ');
}

const whole = (value: number): string => String(Math.round(value));
const cells = (summary: Summary | undefined, format: (value: number) => string): string[] =>
  summary === undefined
    ? ['-', '-', '-', '-']
    : [format(summary.p50), format(summary.min), format(summary.p99), format(summary.max)];

const timeRows = (report: Report): string[][] => [
  ['', 'ready p50', 'min', 'p99', 'max', 'success p50', 'min', 'p99', 'max', 'failed'],
  ...ways.map((way) => [
    way,
    ...cells(report[way].contextReadyMs, whole),
    ...cells(report[way].successMs, whole),
    String(report[way].failures.length),
  ]),
];

const ratioRows = ({ ratios }: Report): string[][] => {
  const twoDigits = (value: number): string => value.toFixed(2);
  const row = (
    name: string,
    { contextReady, success }: Record<'contextReady' | 'success', Ratio>,
  ) => [name, ...cells(contextReady, twoDigits), ...cells(success, twoDigits)];
  return [
    ['', 'ready p50', 'min', 'p99', 'max', 'success p50', 'min', 'p99', 'max'],
    ...ratioNames.map((name) => row(ratioPairs[name].join(' / '), ratios[name])),
  ];
};

const phaseWords: Readonly<Record<PhaseName, string>> = {
  acceptedMs: 'StartJobRun answered',
  scheduledMs: 'SCHEDULED: workers are being started',
  runningMs: 'RUNNING: the driver is bound',
  contextReadyMs: 'context ready (printed by the job)',
  firstExecutorMs: 'first executor registered',
  firstTaskMs: 'first task started',
  firstJobDoneMs: 'first Spark job done (printed by the job)',
  successRecordedMs: 'SUCCESS recorded',
  successSeenMs: 'SUCCESS seen by the client',
};

const phaseRows = (moments: Moments): string[][] => {
  const known = phaseNames
    .flatMap((name): { name: PhaseName; value: number }[] => {
      const value = moments[name];
      return value === undefined ? [] : [{ name, value }];
    })
    .toSorted((a, b) => a.value - b.value);
  return [
    ['', 'after', 'step'],
    ...known.map(({ name, value }, at) => [
      phaseWords[name],
      whole(value),
      `+${whole(value - (known[at - 1]?.value ?? 0))}`,
    ]),
  ];
};

/** The report for people: lines of text, times in milliseconds. */
export function reportLines(report: Report): string[] {
  const { machine } = report;
  const failures = failuresOf(report);
  return [
    `Start of a job, ${report.runs} rounds, milliseconds`,
    '',
    ...table(timeRows(report)),
    '',
    'Ratios within a round',
    ...table(ratioRows(report)),
    '',
    'Within a warm run, medians after the call',
    ...table(phaseRows(report.warmPhases)),
    '',
    'Within a cold run, medians after the call',
    ...table(phaseRows(report.coldPhases)),
    '',
    `Machine  ${machine.cores} cores (${machine.processor}), ${machine.memoryMb} MB, Linux ${machine.kernel}`,
    `         Spark ${machine.spark}, ${machine.java}, Node ${machine.node}`,
    `Method   ${report.method}`,
    ...(failures.length === 0 ? [] : ['', 'Failed', ...failures]),
  ];
}
