/** What is said about several measurements of the same thing. */

/** Median, 99th percentile, least and greatest, in the unit of what was measured. */
export type Summary = {
  readonly p50: number;
  readonly p99: number;
  readonly min: number;
  readonly max: number;
};

/** The middle value; of an even number, half way between the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The least value that 99 of 100 do not exceed (nearest rank); of fewer than 100, the greatest. */
const ninetyNinth = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? Number.NaN;

/** @returns undefined of nothing, since nothing has no median */
export function summarize(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  return {
    p50: median(values),
    p99: ninetyNinth(values),
    // Not as arguments of one call: there may be more values than a call may have.
    min: values.reduce((a, b) => Math.min(a, b)),
    max: values.reduce((a, b) => Math.max(a, b)),
  };
}

/** A measurement and the round in which it was made. */
export type Measured = { readonly round: number; readonly value: number };

/**
 * Quotients of what was measured in the same round, so that what slowed the whole machine for a minute
 * weighs on both sides. Rounds in which one side failed have no quotient.
 */
export function pairedRatios(
  numerators: readonly Measured[],
  denominators: readonly Measured[],
): number[] {
  const byRound = new Map(denominators.map(({ round, value }) => [round, value]));
  return numerators.flatMap(({ round, value }) => {
    const other = byRound.get(round);
    return other === undefined ? [] : [value / other];
  });
}
