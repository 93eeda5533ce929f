/** `Bool`: "true" or "false", in any case; no variables (reference_policies_variables, "Condition element"). */
import type { Operators } from './operator.ts';

export const boolOperators: Operators = {
  Bool: {
    negated: false,
    compile: (values) => {
      const stated = new Set(values.map((value) => value.toLowerCase()));
      return (value) => stated.has(value.toLowerCase());
    },
  },
};
