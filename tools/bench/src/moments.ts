/** Moments of a job that its own output or Firesteel's answers tell. All in milliseconds since 1970. */
import { z } from 'zod';

/** How long one job took, counted from the moment just before it was asked for. */
export type Sample = { readonly contextReadyMs: number; readonly successMs: number };

/** What is known of a run through Firesteel beyond its sample, as offsets in milliseconds from the call. */
export type Phases = Readonly<Record<PhaseName, number | undefined>>;

/** In the order in which they happen; the last two of the driver's may change places with the executors'. */
export const phaseNames = [
  'acceptedMs',
  'scheduledMs',
  'runningMs',
  'contextReadyMs',
  'firstExecutorMs',
  'firstTaskMs',
  'firstJobDoneMs',
  'successRecordedMs',
  'successSeenMs',
] as const;

/** One phase; its value is an offset in milliseconds. */
export type PhaseName = (typeof phaseNames)[number];

/** The moment that a job printed after a word at the start of a line, or undefined. */
export function printedMoment(output: string, word: 'CONTEXT_READY' | 'FIRST_JOB') {
  const [, digits] = new RegExp(`^${word} (\\d{13})\\s*$`, 'm').exec(output) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

const milestonesShape = z.object({
  milestones: z.object({
    contextReady: z.number().optional(),
    firstExecutor: z.number().optional(),
    firstTask: z.number().optional(),
  }),
});
const visitsShape = z.object({
  visits: z.array(z.object({ state: z.string(), at: z.iso.datetime() })),
});

/** What was learned about one run. */
export type RunEvidence = {
  readonly calledAtMs: number;
  readonly acceptedAtMs: number;
  readonly successSeenAtMs: number;
  /** The answers of `…/milestones` and `…/visits`, parsed JSON. */
  readonly milestones: unknown;
  readonly visits: unknown;
  readonly driverOutput: string;
};

/**
 * From moments to offsets.
 * @throws Error when an answer has another shape than the gateway's routes give
 */
export function phasesOf(evidence: RunEvidence): Phases {
  const { milestones } = milestonesShape.parse(evidence.milestones);
  const { visits } = visitsShape.parse(evidence.visits);
  const visited = (state: string): number | undefined => {
    const found = visits.find((visit) => visit.state === state);
    return found === undefined ? undefined : Date.parse(found.at);
  };
  const since = (atMs: number | undefined): number | undefined =>
    atMs === undefined ? undefined : atMs - evidence.calledAtMs;
  return {
    acceptedMs: since(evidence.acceptedAtMs),
    scheduledMs: since(visited('SCHEDULED')),
    runningMs: since(visited('RUNNING')),
    contextReadyMs: since(
      printedMoment(evidence.driverOutput, 'CONTEXT_READY') ?? milestones.contextReady,
    ),
    firstExecutorMs: since(milestones.firstExecutor),
    firstTaskMs: since(milestones.firstTask),
    firstJobDoneMs: since(printedMoment(evidence.driverOutput, 'FIRST_JOB')),
    successRecordedMs: since(visited('SUCCESS')),
    successSeenMs: since(evidence.successSeenAtMs),
  };
}
