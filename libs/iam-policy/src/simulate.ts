/** Decisions as IAM's simulator tells them (SimulateCustomPolicy, SimulatePrincipalPolicy): `EvaluationResult`. */
import { applies, type CompiledPolicy, type CompiledStatement } from './compile.ts';
import { type Decision, evaluate, type Policies } from './evaluate.ts';
import { type PolicySourceType, sourceTypeOf } from './policy-kind.ts';
import { meantByStatement } from './principal.ts';
import type { AccessRequest } from './request.ts';
import { contextValues, type Scope, scopeOf } from './scope.ts';
import type { Position } from './text/json-text.ts';

export type MatchedStatement = {
  readonly sourcePolicyId: string;
  readonly sourcePolicyType: PolicySourceType;
  /** Where the statement begins and ends in its document, counted from 1. */
  readonly startPosition: Position;
  readonly endPosition: Position;
};

export type Simulation = {
  readonly evalDecision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /** The denials, when there is one; else the statements that allow it; none when nothing does. */
  readonly matchedStatements: readonly MatchedStatement[];
  /** Context keys that the statements about this action and resource read and the request lacks, as they spell them. */
  readonly missingContextValues: readonly string[];
  /** Null without a boundary (`PermissionsBoundaryDecisionDetail`). */
  readonly allowedByPermissionsBoundary: boolean | null;
  readonly decision: Decision;
};

const isAbout = ({ principal }: CompiledStatement, { request, hasBoundary }: Scope): boolean =>
  principal === null || meantByStatement(principal, request.principal, hasBoundary) !== null;

/** The statements of some policies that a request meets. */
const matchesOf = (policies: readonly CompiledPolicy[], scope: Scope): CompiledStatement[] =>
  policies.flatMap(({ statementsFor }) =>
    statementsFor(scope.action).filter(
      (statement) => isAbout(statement, scope) && applies(statement, scope),
    ),
  );

const describe = ({ ref, start, end }: CompiledStatement): MatchedStatement => ({
  sourcePolicyId: ref.policyName,
  sourcePolicyType: sourceTypeOf(ref.kind),
  startPosition: start,
  endPosition: end,
});

/** Boundaries and session policies limit, but allow nothing. */
function matchedStatements(
  { identity, resource, boundary, session }: Policies,
  scope: Scope,
  { reason }: Decision,
): readonly MatchedStatement[] {
  const grants = [...identity, ...resource];
  const limits = [...(boundary ? [boundary] : []), ...(session ?? [])];
  switch (reason) {
    case 'allowed':
      return matchesOf(grants, scope).map(describe);
    case 'explicitDeny':
      return matchesOf([...grants, ...limits], scope)
        .filter(({ effect }) => effect === 'Deny')
        .map(describe);
    case 'implicitDeny':
      return [];
  }
}

/** Without the value of its variables nobody knows whether a resource is meant: those keys are read in any case. */
const keysRead = (statement: CompiledStatement, scope: Scope): readonly string[] =>
  statement.matchesResource(scope)
    ? [...statement.resourceKeys, ...statement.conditionKeys]
    : statement.resourceKeys;

function missingContextValues(
  policies: readonly CompiledPolicy[],
  scope: Scope,
): readonly string[] {
  const missing = new Map<string, string>();
  for (const { statementsFor } of policies)
    for (const statement of statementsFor(scope.action))
      for (const key of keysRead(statement, scope))
        if (
          contextValues(scope, key.toLowerCase()) === undefined &&
          !missing.has(key.toLowerCase())
        )
          missing.set(key.toLowerCase(), key);
  return [...missing.values()].toSorted();
}

/** Whether a boundary leaves room for the request; null without one. */
function isWithinBoundary(boundary: CompiledPolicy | null, scope: Scope): boolean | null {
  if (boundary === null) return null;
  const matches = matchesOf([boundary], scope);
  return matches.length > 0 && matches.every(({ effect }) => effect === 'Allow');
}

/** Decides, and tells what a decision alone leaves out. */
export function simulate(request: AccessRequest, policies: Policies): Simulation {
  const { identity, resource, boundary, session } = policies;
  const scope = scopeOf(request, boundary !== null);
  const decision = evaluate(request, policies);
  const all = [...identity, ...resource, ...(boundary ? [boundary] : []), ...(session ?? [])];
  return {
    evalDecision: decision.reason,
    matchedStatements: matchedStatements(policies, scope, decision),
    missingContextValues: missingContextValues(all, scope),
    allowedByPermissionsBoundary: isWithinBoundary(boundary, scope),
    decision,
  };
}
