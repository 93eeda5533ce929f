/** String operators (reference_policies_elements_condition_operators, String). */
import { equalsMatcher, likeMatcher } from '../matchers.ts';
import { readTemplate } from '../text/template.ts';
import { anyOf, type Operator, type Operators, withNegation } from './operator.ts';

const compileEach =
  (matcher: typeof likeMatcher): Operator['compile'] =>
  (values, knowsVariables) =>
    anyOf(values.map((value) => matcher(readTemplate(value, knowsVariables))));

const compileEqual = compileEach((template) => equalsMatcher(template));
const compileCaseBlind = compileEach((template) =>
  equalsMatcher(template, (text) => text.toLowerCase()),
);

export const stringOperators: Operators = {
  ...withNegation('StringEquals', 'StringNotEquals', compileEqual),
  ...withNegation('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', compileCaseBlind),
  ...withNegation('StringLike', 'StringNotLike', compileEach(likeMatcher)),
};
