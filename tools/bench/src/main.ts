/** The bench's composition root: measures in turn, cleans up whatever happens, prints. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { asksForHelp, type BenchRequest, readCommandLine, usage } from './command-line.ts';
import { readConfig } from './config.ts';
import { measureRun } from './firesteel-run.ts';
import { benchIam } from './iam/bench-iam.ts';
import { readIamCommandLine } from './iam/command-line.ts';
import { type Installation, readInstallation } from './installation.ts';
import { benchLog } from './log/bench-log.ts';
import { logUsage, readLogCommandLine } from './log/command-line.ts';
import { describeMachine } from './machine.ts';
import type { Phases, Sample } from './moments.ts';
import { prepareTargets, releasePool, type Targets, waitForPool } from './preparations.ts';
import { endProcessGroup, type ProcessGroup } from './process-group.ts';
import { failuresOf, methodText, type Outcome, reportLines, reportOf, type Way } from './report.ts';
import { type Turn, turnsOf } from './rounds.ts';
import { readScaleCommandLine, type ScaleRequest, scaleUsage } from './scale/command-line.ts';
import { scaleFailures, scaleReportLines } from './scale/report.ts';
import { measureScaling } from './scale/scale.ts';
import { measureLocal, measureStandalone, type SparkPlace, startCluster } from './spark-submit.ts';

/** Between two runs: the last one's workers end meanwhile. */
const restMs = 1_500;

type Measurement = { readonly sample: Sample; readonly phases?: Phases };
type Measurers = Readonly<Record<Way, () => Promise<Measurement>>>;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function measurersOf(
  request: BenchRequest,
  targets: Targets,
  place: SparkPlace,
): Promise<Measurers> {
  const master = await startCluster(place);
  const { jar, pollMs, baselineConf, coldConf } = request;
  const { signal } = place;
  return {
    warm: () => measureRun({ target: targets.warm, jar, pollMs, coldConf, signal }),
    cold: () => measureRun({ target: targets.cold, jar, pollMs, coldConf, signal }),
    sparkSubmitLocal: async () => ({ sample: await measureLocal(place, baselineConf) }),
    sparkStandalone: async () => ({ sample: await measureStandalone(place, master, baselineConf) }),
  };
}

async function takeTurn({ way, round }: Turn, measure: Measurers[Way]): Promise<Outcome> {
  try {
    return { way, round, ...(await measure()) };
  } catch (error) {
    return { way, round, failure: error instanceof Error ? error.message : String(error) };
  }
}

const outcomeText = (outcome: Outcome): string =>
  'sample' in outcome
    ? `ready ${outcome.sample.contextReadyMs} ms, success ${outcome.sample.successMs} ms`
    : `failed: ${outcome.failure}`;

async function measureAll(
  request: BenchRequest,
  measurers: Measurers,
  targets: Targets,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const turn of turnsOf(request.runs)) {
    await pause(restMs, undefined, { signal });
    await waitForPool(targets.warm, signal);
    const outcome = await takeTurn(turn, measurers[turn.way]);
    signal.throwIfAborted();
    const when = turn.round === 0 ? 'warm-up' : `${turn.round}/${request.runs}`;
    say(`${when.padEnd(8)} ${turn.way.padEnd(17)} ${outcomeText(outcome)}`);
    if (turn.round > 0) outcomes.push(outcome);
  }
  return outcomes;
}

async function inSparkPlace<T>(
  installation: Installation,
  searchPath: string,
  signal: AbortSignal,
  work: (place: SparkPlace) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'firesteel-bench-'));
  const groups: ProcessGroup[] = [];
  const started = (group: ProcessGroup): void => {
    groups.push(group);
  };
  try {
    return await work({ installation, searchPath, folder, signal, started });
  } finally {
    // Workers before their master, so that none looks for another.
    for (const group of groups.toReversed()) if (group.isRunning()) await endProcessGroup(group);
    await rm(folder, { recursive: true, force: true });
  }
}

const print = (document: unknown, lines: readonly string[], json: boolean): void => {
  process.stdout.write(`${json ? JSON.stringify(document, null, 2) : lines.join('\n')}\n`);
};

async function benchScale(request: ScaleRequest, signal: AbortSignal): Promise<number> {
  const config = readConfig();
  const installation = readInstallation(config.installationFile);
  const report = await measureScaling(request, { config, installation, say, signal });
  print(report, scaleReportLines(report), request.json);
  return scaleFailures(report).length === 0 ? 0 : 1;
}

async function benchStart(request: BenchRequest, signal: AbortSignal): Promise<number> {
  const config = readConfig();
  const installation = readInstallation(config.installationFile);
  const machine = describeMachine(installation);
  const outcomes = await inSparkPlace(installation, config.searchPath, signal, async (place) => {
    say('Preparing applications with and without a pool, and a stand-alone cluster …');
    const targets = await prepareTargets(config, installation.examplesJar);
    try {
      const measurers = await measurersOf(request, targets, place);
      return await measureAll(request, measurers, targets, signal);
    } finally {
      await releasePool(targets.warm);
    }
  });
  const about = { runs: request.runs, machine, method: methodText(request) };
  const report = reportOf(outcomes, about);
  print(report, reportLines(report), request.json);
  return failuresOf(report).length === 0 ? 0 : 1;
}

async function main(words: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort(new Error('interrupted'));
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    if (asksForHelp(words)) {
      process.stdout.write(`${usage}\n\n${scaleUsage}\n\n${logUsage}\n`);
      return 0;
    }
    const [first, ...others] = words;
    if (first === 'scale')
      return await benchScale(readScaleCommandLine(others), interrupted.signal);
    if (first === 'log') return await benchLog(readLogCommandLine(others), readConfig(), say);
    if (first === 'iam') return await benchIam(readIamCommandLine(others), readConfig());
    return await benchStart(readCommandLine(words), interrupted.signal);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return interrupted.signal.aborted ? 130 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
