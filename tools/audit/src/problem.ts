/** The first place that is not as it was sequenced. */
export type Problem = {
  readonly globalSeq: number;
  readonly kind: 'changed bytes' | 'missing' | 'out of order' | 'checkpoint';
  readonly detail: string;
};

/** The earliest of problems; at the same place the first that is named. */
export const earliest = (...problems: readonly (Problem | null)[]): Problem | null =>
  problems.reduce(
    (first, one) => (one && (!first || one.globalSeq < first.globalSeq) ? one : first),
    null,
  );
