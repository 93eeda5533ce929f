/**
 * A statement's conditions: all must hold; of several values in the policy one must match, or none for
 * a negated operator (reference_policies_multi-value-conditions).
 */
import type { Matcher } from '../matchers.ts';
import { type ContextValues, contextValues, onlyValue, type Scope } from '../scope.ts';
import { arnOperators } from './arn.ts';
import { binaryOperators } from './binary.ts';
import { boolOperators } from './bool.ts';
import { dateOperators } from './date.ts';
import { ipAddressOperators } from './ip-address.ts';
import { numericOperators } from './numeric.ts';
import type { Operator, Operators } from './operator.ts';
import { stringOperators } from './string.ts';

const operators: Operators = {
  ...stringOperators,
  ...numericOperators,
  ...dateOperators,
  ...boolOperators,
  ...binaryOperators,
  ...ipAddressOperators,
  ...arnOperators,
};

/** `ForAnyValue:StringLikeIfExists`, taken apart. */
type OperatorName = {
  readonly setOperator: 'ForAllValues' | 'ForAnyValue' | null;
  readonly name: string;
  readonly ifExists: boolean;
};

const operatorName = /^(?:(?<set>ForAllValues|ForAnyValue):)?(?<name>\w+?)(?<ifExists>IfExists)?$/;

function readOperatorName(text: string): OperatorName | null {
  const { set = null, name, ifExists } = operatorName.exec(text)?.groups ?? {};
  return name === undefined
    ? null
    : {
        setOperator: set as OperatorName['setOperator'],
        name,
        ifExists: ifExists !== undefined,
      };
}

/** `Null` asks whether there is a key; "if exists" would make no sense of it. */
const isNull = ({ name, ifExists }: OperatorName): boolean => name === 'Null' && !ifExists;

/** Whether a policy may use an operator of this name. */
export function isOperator(text: string): boolean {
  const named = readOperatorName(text);
  return named !== null && (isNull(named) || Object.hasOwn(operators, named.name));
}

/** Operator, key and values as the policy has them. */
export type ConditionText = {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
};

/** Whether a condition holds for a request. */
export type Condition = (scope: Scope) => boolean;

/** An empty string is a null value (reference_policies_elements_condition, "The request context"). */
const isNullData = (values: ContextValues | undefined): boolean =>
  values === undefined ||
  values === '' ||
  (typeof values !== 'string' && values.every((value) => value === ''));

/** `Null`: "true" when there must be no key or no value, "false" when there must be one. */
function compileNull(key: string, values: readonly string[]): Condition | null {
  const stated = new Set(values.map((value) => value.toLowerCase()));
  if (![...stated].every((value) => value === 'true' || value === 'false')) return null;
  return (scope) => stated.has(String(isNullData(contextValues(scope, key))));
}

/**
 * One value of the request against all of the policy. Several values need a set operator: without one
 * they match nothing, as no value of theirs is the key's value.
 */
const singleValued =
  (key: string, matches: Matcher, negated: boolean, ifExists: boolean): Condition =>
  (scope) => {
    const values = contextValues(scope, key);
    if (values === undefined) return ifExists || negated;
    const only = onlyValue(values);
    return (only !== null && matches(only, scope)) !== negated;
  };

type SetCondition = (
  key: string,
  holds: (value: string, scope: Scope) => boolean,
  ifExists: boolean,
) => Condition;

const listOf = (values: ContextValues): readonly string[] =>
  typeof values === 'string' ? [values] : values;

/** True when there is nothing to look at: the hole that reference_policies_multi-value-conditions warns of. */
const forAllValues: SetCondition = (key, holds) => (scope) => {
  const values = contextValues(scope, key);
  return (
    values === undefined ||
    isNullData(values) ||
    listOf(values).every((value) => holds(value, scope))
  );
};

const forAnyValue: SetCondition = (key, holds, ifExists) => (scope) => {
  const values = contextValues(scope, key);
  if (values === undefined) return ifExists;
  return !isNullData(values) && listOf(values).some((value) => holds(value, scope));
};

const setConditions = { ForAllValues: forAllValues, ForAnyValue: forAnyValue };

function compileOperator(
  { setOperator, ifExists }: OperatorName,
  { negated, compile }: Operator,
  { key, values }: { readonly key: string; readonly values: readonly string[] },
  knowsVariables: boolean,
): Condition | null {
  const matches = compile(values, knowsVariables);
  if (matches === null) return null;
  if (setOperator === null) return singleValued(key, matches, negated, ifExists);
  const holds: Matcher = (value, scope) => matches(value, scope) !== negated;
  return setConditions[setOperator](key, holds, ifExists);
}

/** Compiles one condition; null when the operator is unknown or a value is none for it. */
export function compileCondition(text: ConditionText, knowsVariables: boolean): Condition | null {
  const named = readOperatorName(text.operator);
  if (named === null) return null;
  const key = text.key.toLowerCase();
  if (isNull(named)) return compileNull(key, text.values);
  const operator = Object.hasOwn(operators, named.name) ? operators[named.name] : undefined;
  return operator
    ? compileOperator(named, operator, { key, values: text.values }, knowsVariables)
    : null;
}
