/** ARN operators; `ArnEquals` and `ArnLike` are the same (reference_policies_elements_condition_operators, ARN). */
import { arnMatcher } from '../matchers.ts';
import { readTemplate } from '../text/template.ts';
import { anyOf, type Operator, type Operators, withNegation } from './operator.ts';

const compileLike: Operator['compile'] = (values, knowsVariables) =>
  anyOf(values.map((value) => arnMatcher(readTemplate(value, knowsVariables))));

export const arnOperators: Operators = {
  ...withNegation('ArnEquals', 'ArnNotEquals', compileLike),
  ...withNegation('ArnLike', 'ArnNotLike', compileLike),
};
