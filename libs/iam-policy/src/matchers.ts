/**
 * Values of policies, compiled into tests of values of requests. A variable without a value makes the
 * test fail, whatever it is compared with (reference_policies_variables, "Policy variables with no value").
 */
import { resourceComponents, type Scope, variableValue } from './scope.ts';
import { splitArn, splitTemplate } from './text/arn.ts';
import { compileStringGlob, isWildcard, type Token } from './text/glob.ts';
import {
  fill,
  fillPattern,
  isVariable,
  patternOf,
  readTemplate,
  type Template,
  variablesOf,
} from './text/template.ts';

/** Whether a value of the request fits a value of the policy. */
export type Matcher = (value: string, scope: Scope) => boolean;

const never: Matcher = () => false;

/** Equal, after `fold` of both: a case-blind comparison folds to lower case. */
export function equalsMatcher(template: Template, fold = (text: string) => text): Matcher {
  const fixed = variablesOf(template).length === 0 ? fill(template, () => null) : null;
  if (fixed !== null) {
    const folded = fold(fixed);
    return (value) => fold(value) === folded;
  }
  return (value, scope) => {
    const text = fill(template, (variable) => variableValue(scope, variable));
    return text !== null && fold(value) === fold(text);
  };
}

/** With wildcards, which in the value of a variable are none. */
export function likeMatcher(template: Template): Matcher {
  const pattern = patternOf(template);
  const fixed = pattern.filter((item): item is Token => !isVariable(item));
  if (fixed.length === pattern.length) return compileStringGlob(fixed);
  const [first] = fixed;
  const start = typeof first === 'string' && first === pattern[0] ? first : '';
  return (value, scope) => {
    if (!value.startsWith(start)) return false;
    const tokens = fillPattern(pattern, (variable) => variableValue(scope, variable));
    return tokens !== null && compileStringGlob(tokens)(value);
  };
}

const allMatch = (
  matchers: readonly Matcher[],
  components: readonly string[],
  scope: Scope,
): boolean => matchers.every((matches, index) => matches(components[index] ?? '', scope));

/** Component by component, all six of them (reference_policies_elements_condition_operators, ARN). */
export function arnMatcher(template: Template): Matcher {
  const matchers = splitTemplate(template).map(likeMatcher);
  if (matchers.length < 6) return never;
  return (value, scope) => {
    const components = splitArn(value);
    return components !== null && allMatch(matchers, components, scope);
  };
}

const hasWildcard = (template: Template): boolean =>
  patternOf(template).some((item) => !isVariable(item) && isWildcard(item));

/** Whether a scope's resource fits a pattern. */
export type ResourceMatcher = (scope: Scope) => boolean;

/**
 * A `Resource`: `*` is everything; otherwise a wildcard stays in its component, but for the last one of
 * the pattern, which goes up to the end (`arn:aws:sqs:*` is every queue). Case counts
 * (reference_policies_elements_resource).
 */
export function resourceMatcher(pattern: string, knowsVariables: boolean): ResourceMatcher {
  if (pattern === '*') return () => true;
  const template = readTemplate(pattern, knowsVariables);
  const components = splitTemplate(template);
  if (!components.slice(0, -1).some(hasWildcard)) {
    const matches = likeMatcher(template);
    return (scope) => matches(scope.resource, scope);
  }
  const matchers = components.map(likeMatcher);
  return (scope) => {
    const own =
      matchers.length === 6 ? resourceComponents(scope) : splitArn(scope.resource, matchers.length);
    return own !== null && allMatch(matchers, own, scope);
  };
}
