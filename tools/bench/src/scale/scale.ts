/** The bench of worker-seconds: every way of scaling in turn, round by round. */
import type { Config } from '../config.ts';
import type { Installation } from '../installation.ts';
import { describeMachine } from '../machine.ts';
import { prepareTarget, type Target } from '../preparations.ts';
import type { ScaleRequest } from './command-line.ts';
import { measureUse, prepareScript } from './measure.ts';
import { type ScaleReport, scaleReportOf, type UseOutcome } from './report.ts';
import { type Scaling, scalings } from './stages.ts';

/** What it needs of its surroundings; `say` is told each result. */
export type ScaleSurroundings = {
  readonly config: Config;
  readonly installation: Installation;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
};

async function outcomeOf(
  target: Target,
  scaling: Scaling,
  round: number,
  { stages }: ScaleRequest,
  signal: AbortSignal,
): Promise<UseOutcome> {
  try {
    return { scaling, round, use: await measureUse(target, scaling, stages, signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { scaling, round, failure: error instanceof Error ? error.message : String(error) };
  }
}

const textOf = (outcome: UseOutcome): string =>
  'use' in outcome
    ? `${outcome.use.executorSeconds} s of ${outcome.use.executors} executors, ${outcome.use.recomputed} tasks run twice`
    : `failed: ${outcome.failure}`;

/**
 * Measures all rounds.
 * @throws what the AWS clients throw, and the signal's reason
 */
export async function measureScaling(
  request: ScaleRequest,
  { config, installation, say, signal }: ScaleSurroundings,
): Promise<ScaleReport> {
  const machine = describeMachine(installation);
  const target = await prepareTarget(config, installation.examplesJar);
  await prepareScript(target);
  const outcomes: UseOutcome[] = [];
  for (let round = 1; round <= request.runs; round += 1)
    for (const scaling of scalings) {
      const outcome = await outcomeOf(target, scaling, round, request, signal);
      say(`${round}/${request.runs}  ${scaling.padEnd(11)}  ${textOf(outcome)}`);
      outcomes.push(outcome);
    }
  return scaleReportOf(outcomes, { stages: request.stages, machine });
}
