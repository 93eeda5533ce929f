/** What a condition operator is, before `…IfExists` and the set operators. */
import type { Matcher } from '../matchers.ts';

export type Operator = {
  /** `StringNotEquals` and the like: true when no value of the policy matches, and when there is no key. */
  readonly negated: boolean;
  /**
   * One test for all values of the policy, true when one of them matches; null when a value is none
   * for this operator.
   */
  readonly compile: (values: readonly string[], knowsVariables: boolean) => Matcher | null;
};

export type Operators = Readonly<Record<string, Operator>>;

/** An operator and its negation. */
export const withNegation = (
  name: string,
  negatedName: string,
  compile: Operator['compile'],
): Operators => ({
  [name]: { negated: false, compile },
  [negatedName]: { negated: true, compile },
});

/** True when one of them is. */
export const anyOf = (matchers: readonly Matcher[]): Matcher => {
  const [only] = matchers;
  return only !== undefined && matchers.length === 1
    ? only
    : (value, scope) => matchers.some((matches) => matches(value, scope));
};

/** Reads every value, null when one of them is none. */
export function readAll<Value>(
  values: readonly string[],
  read: (value: string) => Value | null,
): readonly Value[] | null {
  const all: Value[] = [];
  for (const value of values) {
    const one = read(value);
    if (one === null) return null;
    all.push(one);
  }
  return all;
}
