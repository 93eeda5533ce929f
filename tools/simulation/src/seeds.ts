/** Many seeds: how many there are to be, and what they came to. */
import type { Outcome } from './simulate.ts';

export type Campaign = {
  readonly from: number;
  readonly seeds: number;
  /** No seed begins after so many seconds; null: all of them are played. */
  readonly seconds: number | null;
  /** Seeds at a time. */
  readonly processes: number;
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

export const nothing: Total = {
  seeds: 0,
  simulatedHours: 0,
  events: 0,
  crashes: 0,
  runs: 0,
  failed: null,
};

export const added = (total: Total, outcome: Outcome): Total => ({
  seeds: total.seeds + 1,
  simulatedHours: total.simulatedHours + outcome.simulatedMs / 3_600_000,
  events: total.events + outcome.events,
  crashes: total.crashes + outcome.crashes,
  runs: total.runs + outcome.runs,
  failed: outcome.violation === null ? total.failed : outcome,
});

/** As people read it; a failing seed comes with the one line that replays it. */
export const report = ({ seeds, simulatedHours, events, crashes, runs, failed }: Total): string =>
  [
    `${seeds} seeds, ${simulatedHours.toFixed(1)} simulated hours, ${events} events, ${runs} job runs, ${crashes} crashes`,
    failed
      ? `seed ${failed.seed}, ${(failed.simulatedMs / 1_000).toFixed(1)} s: ${failed.violation}\nnpm run simulate -- --seed ${failed.seed}`
      : 'nothing that must not be',
  ].join('\n');
