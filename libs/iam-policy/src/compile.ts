/** Policies, read once and turned into tests. */
import { type Condition, type ConditionText, compileCondition } from './conditions/condition.ts';
import { checkIdentityPolicy } from './grammar/identity.ts';
import { checkResourcePolicy } from './grammar/resource.ts';
import { type Element, type PolicyShape, readShape, type StatementShape } from './grammar/shape.ts';
import { wordingOf } from './grammar/wording.ts';
import { type ResourceMatcher, resourceMatcher } from './matchers.ts';
import { isResourceBased, type PolicyKind } from './policy-kind.ts';
import { requireWithinLimit } from './policy-size.ts';
import { compilePrincipal, type PrincipalElement } from './principal.ts';
import type { Scope } from './scope.ts';
import { compileStringGlob, tokensOf } from './text/glob.ts';
import { type Position, positionAt } from './text/json-text.ts';
import { readTemplate, variablesOf } from './text/template.ts';

/** Which statement it was, for messages and for the audit trail. */
export type StatementRef = {
  readonly policyName: string;
  readonly kind: PolicyKind;
  readonly sid: string | null;
  /** Counted from 0. */
  readonly index: number;
};

export type CompiledStatement = {
  readonly ref: StatementRef;
  readonly effect: 'Allow' | 'Deny';
  /** Null in identity-based policies, which are about whom they are attached to. */
  readonly principal: PrincipalElement | null;
  /** For an action in lower case. */
  readonly matchesAction: (action: string) => boolean;
  /** Whether it is about any action of a service, whose prefix (`s3`) is in lower case. */
  readonly matchesService: (service: string) => boolean;
  readonly matchesResource: ResourceMatcher;
  readonly conditions: readonly Condition[];
  /** Where the statement stands in its document. */
  readonly start: Position;
  readonly end: Position;
  /** Context keys it reads, as it spells them: in conditions, and in the variables of its resources. */
  readonly conditionKeys: readonly string[];
  readonly resourceKeys: readonly string[];
};

export type CompiledPolicy = {
  readonly name: string;
  readonly kind: PolicyKind;
  readonly statements: readonly CompiledStatement[];
  /** The statements about an action in lower case, denials first. */
  readonly statementsFor: (action: string) => readonly CompiledStatement[];
};

/** Whether one of the tests holds, or none for the `Not…` form of an element. */
const anyOf = <Value>(
  tests: readonly ((value: Value) => boolean)[],
  negated: boolean,
): ((value: Value) => boolean) => {
  const [only] = tests;
  if (only !== undefined && tests.length === 1 && !negated) return only;
  return (value) => tests.some((test) => test(value)) !== negated;
};

/** Actions know no case (reference_policies_elements_action). */
const compileActions = ({ values, negated }: Element): CompiledStatement['matchesAction'] =>
  anyOf(
    values.map((value) => compileStringGlob(tokensOf(value.toLowerCase()))),
    negated,
  );

const everyAction = /^(?:\*|[^:]*:\*+)$/;

/** A service is named in full, or is any (`*`, `*:Get*`). `NotAction` is about a service unless it names all of it. */
const matchesService =
  ({ values, negated }: Element): CompiledStatement['matchesService'] =>
  (service) => {
    const isOfService = (value: string): boolean =>
      ['*', service].includes(value.toLowerCase().split(':', 1)[0] ?? '');
    return negated
      ? !values.some((value) => everyAction.test(value) && isOfService(value))
      : values.some(isOfService);
  };

const compileResources = (element: Element | null, knowsVariables: boolean): ResourceMatcher =>
  // A trust policy is about its role.
  element === null
    ? () => true
    : anyOf(
        element.values.map((value) => resourceMatcher(value, knowsVariables)),
        element.negated,
      );

/** Keys that must be known to say what a text stands for: those of variables without a default. */
const keysIn = (text: string, knowsVariables: boolean): readonly string[] =>
  variablesOf(readTemplate(text, knowsVariables))
    .filter(({ fallback }) => fallback === null)
    .map(({ name }) => name);

const keysOf = (conditions: readonly ConditionText[], knowsVariables: boolean): readonly string[] =>
  conditions.flatMap(({ key, values }) => [
    key,
    ...values.flatMap((value) => keysIn(value, knowsVariables)),
  ]);

/** A document that was found to be a policy has what its kind requires. */
const noElement: Element = { negated: false, values: [] };

/** Everything a statement is compiled with. */
type Source = {
  readonly document: string;
  readonly name: string;
  readonly kind: PolicyKind;
  readonly knowsVariables: boolean;
};

function compileStatement(
  { sid, effect, principal, action, resource, conditions, start, end }: StatementShape,
  index: number,
  { document, name, kind, knowsVariables }: Source,
): CompiledStatement {
  return {
    ref: { policyName: name, kind, sid: sid === '' ? null : sid, index },
    effect: effect === 'Deny' ? 'Deny' : 'Allow',
    principal: principal && compilePrincipal(principal),
    matchesAction: compileActions(action ?? noElement),
    matchesService: matchesService(action ?? noElement),
    matchesResource: compileResources(resource, knowsVariables),
    conditions: conditions
      .map((condition) => compileCondition(condition, knowsVariables))
      .filter((condition) => condition !== null),
    start: positionAt(document, start),
    end: positionAt(document, end),
    conditionKeys: keysOf(conditions, knowsVariables),
    resourceKeys: (resource?.values ?? []).flatMap((value) => keysIn(value, knowsVariables)),
  };
}

/** So many actions are remembered; there are a few hundred, but a caller may ask for anything. */
const rememberedActions = 1_000;

/** Which statements are about an action follows from the action alone, so it is worked out once. */
function statementsByAction(
  statements: readonly CompiledStatement[],
): CompiledPolicy['statementsFor'] {
  const ordered = [
    ...statements.filter(({ effect }) => effect === 'Deny'),
    ...statements.filter(({ effect }) => effect === 'Allow'),
  ];
  const known = new Map<string, readonly CompiledStatement[]>();
  return (action) => {
    const found = known.get(action);
    if (found !== undefined) return found;
    const matching = ordered.filter(({ matchesAction }) => matchesAction(action));
    if (known.size >= rememberedActions) known.clear();
    known.set(action, matching);
    return matching;
  };
}

function check(shape: PolicyShape, kind: PolicyKind): void {
  const wording = wordingOf(kind);
  if (isResourceBased(kind)) checkResourcePolicy(shape, kind, wording);
  else checkIdentityPolicy(shape, kind, wording);
}

/**
 * Reads, checks and compiles a policy.
 * @param kind what it is attached to; a permissions boundary is a managed policy
 * @param name of the policy, or of the bucket or role that carries it: explanations name it
 * @throws MalformedPolicy in the words of the service that would refuse it
 */
export function compilePolicy(document: string, kind: PolicyKind, name = ''): CompiledPolicy {
  requireWithinLimit(kind, [document]);
  const shape = readShape(document, wordingOf(kind));
  check(shape, kind);
  const source = { document, name, kind, knowsVariables: shape.version === '2012-10-17' };
  const statements = shape.statements.map((statement, index) =>
    compileStatement(statement, index, source),
  );
  return { name, kind, statements, statementsFor: statementsByAction(statements) };
}

/** Whether a statement that is about the action is about everything else of the request too. */
export const applies = (
  { matchesResource, conditions }: CompiledStatement,
  scope: Scope,
): boolean => matchesResource(scope) && conditions.every((holds) => holds(scope));

/** Context keys that policies read, each once (GetContextKeysForCustomPolicy). */
export function contextKeysOf(policies: readonly CompiledPolicy[]): readonly string[] {
  const keys = new Map<string, string>();
  for (const { statements } of policies)
    for (const { conditionKeys, resourceKeys } of statements)
      for (const key of [...conditionKeys, ...resourceKeys])
        if (!keys.has(key.toLowerCase())) keys.set(key.toLowerCase(), key);
  return [...keys.values()];
}
