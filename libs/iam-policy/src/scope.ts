/** A request as conditions and resource patterns see it: what they ask twice is worked out once. */
import { type AccessRequest, type ContextValue, derivedValue } from './request.ts';
import { splitArn } from './text/arn.ts';
import type { Variable } from './text/template.ts';

/** One value, or the values of a key that has several. */
export type ContextValues = string | readonly string[];

export type Scope = {
  readonly request: AccessRequest;
  /** In lower case. */
  readonly action: string;
  readonly resource: string;
  /** Whether a permissions boundary is attached to the principal. */
  readonly hasBoundary: boolean;
  /** The context, filled when first asked for; keys in lower case. */
  values: ReadonlyMap<string, ContextValues> | null;
  resourceComponents: readonly string[] | null | undefined;
};

export const scopeOf = (request: AccessRequest, hasBoundary: boolean): Scope => ({
  request,
  action: request.action.toLowerCase(),
  resource: request.resource,
  hasBoundary,
  values: null,
  resourceComponents: undefined,
});

const textOf = (value: ContextValue): ContextValues =>
  typeof value === 'string' ? value : typeof value === 'object' ? value : String(value);

const listOf = (values: ContextValues): readonly string[] =>
  typeof values === 'string' ? [values] : values;

/** Two keys that differ in case are one key with the values of both, as two tags `ec2` and `EC2` are. */
function addTo(values: Map<string, ContextValues>, key: string, added: ContextValues): void {
  const before = values.get(key);
  values.set(key, before === undefined ? added : [...listOf(before), ...listOf(added)]);
}

function contextOf({ context }: AccessRequest): ReadonlyMap<string, ContextValues> {
  const values = new Map<string, ContextValues>();
  for (const [name, value] of Object.entries(context))
    addTo(values, name.toLowerCase(), textOf(value));
  return values;
}

/**
 * The values of a key in lower case, undefined when the request has none. What is known of the
 * principal takes the place of what the caller says of it.
 */
export function contextValues(scope: Scope, key: string): ContextValues | undefined {
  const derived = derivedValue(scope.request, key);
  if (derived !== null) return derived;
  scope.values ??= contextOf(scope.request);
  const values = scope.values.get(key);
  return values?.length === 0 && typeof values !== 'string' ? undefined : values;
}

/** The only value of a key, null when it has none or several. */
export function onlyValue(values: ContextValues): string | null {
  if (typeof values === 'string') return values;
  const [first, second] = values;
  return first !== undefined && second === undefined ? first : null;
}

/**
 * The value of a policy variable. A key with several values cannot be one, and counts as missing
 * (reference_policies_variables).
 */
export function variableValue(scope: Scope, { key, fallback }: Variable): string | null {
  const values = contextValues(scope, key);
  return (values === undefined ? null : onlyValue(values)) ?? fallback;
}

/** The six components of the request's resource; null when it is no ARN. */
export function resourceComponents(scope: Scope): readonly string[] | null {
  if (scope.resourceComponents === undefined) scope.resourceComponents = splitArn(scope.resource);
  return scope.resourceComponents;
}
