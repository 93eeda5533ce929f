/** The six comparisons that numbers and dates have in common. */
import type { Matcher } from '../matchers.ts';
import { type Operators, readAll } from './operator.ts';

type Comparison = (requested: number, stated: number) => boolean;

const comparisons: readonly (readonly [string, boolean, Comparison])[] = [
  ['Equals', false, (requested, stated) => requested === stated],
  ['NotEquals', true, (requested, stated) => requested === stated],
  ['LessThan', false, (requested, stated) => requested < stated],
  ['LessThanEquals', false, (requested, stated) => requested <= stated],
  ['GreaterThan', false, (requested, stated) => requested > stated],
  ['GreaterThanEquals', false, (requested, stated) => requested >= stated],
];

/** What the request says may be no number or date: then nothing compares with it. */
const compare =
  (stated: readonly number[], read: (value: string) => number | null, holds: Comparison): Matcher =>
  (value) => {
    const requested = read(value);
    return requested !== null && stated.some((one) => holds(requested, one));
  };

/** `NumericEquals`, `NumericNotEquals`, … for values that `read` turns into numbers. */
export const orderedOperators = (
  family: string,
  read: (value: string) => number | null,
): Operators =>
  Object.fromEntries(
    comparisons.map(([name, negated, holds]) => [
      family + name,
      {
        negated,
        compile: (values: readonly string[]) => {
          const stated = readAll(values, read);
          return stated && compare(stated, read, holds);
        },
      },
    ]),
  );
