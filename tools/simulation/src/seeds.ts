/** Many seeds one after another, until there are enough, time is up, or one shows what must not be. */
import { openSimulatedDatabase } from './services/database.ts';
import { type Outcome, simulate } from './simulate.ts';

export type Campaign = {
  readonly from: number;
  readonly seeds: number;
  /** No seed begins after so many seconds; null: all of them are played. */
  readonly seconds: number | null;
};

export type Total = {
  readonly seeds: number;
  readonly simulatedHours: number;
  readonly events: number;
  readonly crashes: number;
  readonly runs: number;
  /** The first seed that showed what must not be. */
  readonly failed: Outcome | null;
};

const nothing: Total = {
  seeds: 0,
  simulatedHours: 0,
  events: 0,
  crashes: 0,
  runs: 0,
  failed: null,
};

const added = (total: Total, outcome: Outcome): Total => ({
  seeds: total.seeds + 1,
  simulatedHours: total.simulatedHours + outcome.simulatedMs / 3_600_000,
  events: total.events + outcome.events,
  crashes: total.crashes + outcome.crashes,
  runs: total.runs + outcome.runs,
  failed: outcome.violation === null ? null : outcome,
});

export async function play({ from, seeds, seconds }: Campaign): Promise<Total> {
  const database = await openSimulatedDatabase();
  const untilMs = seconds === null ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1_000;
  let total = nothing;
  try {
    for (let seed = from; seed < from + seeds && performance.now() < untilMs; seed += 1) {
      total = added(total, await simulate(database, seed));
      if (total.failed) break;
    }
  } finally {
    await database.close();
  }
  return total;
}

/** As people read it; a failing seed comes with the one line that replays it. */
export const report = ({ seeds, simulatedHours, events, crashes, runs, failed }: Total): string =>
  [
    `${seeds} seeds, ${simulatedHours.toFixed(1)} simulated hours, ${events} events, ${runs} job runs, ${crashes} crashes`,
    failed
      ? `seed ${failed.seed}, ${(failed.simulatedMs / 1_000).toFixed(1)} s: ${failed.violation}\nnpm run simulate -- --seed ${failed.seed}`
      : 'nothing that must not be',
  ].join('\n');
