/**
 * May they? The order of IAM's evaluation (IAM user guide, reference_policies_evaluation-logic and
 * …-cross-account): a denial anywhere; then what a resource grants to the caller itself; then the
 * caller's policies within its boundary and its session's policies, and for a resource of another
 * account what that resource grants.
 */
import {
  applies,
  type CompiledPolicy,
  type CompiledStatement,
  type StatementRef,
} from './compile.ts';
import { type Meant, meantByStatement } from './principal.ts';
import type { AccessRequest, Principal } from './request.ts';
import { type Scope, scopeOf } from './scope.ts';

/** The policies of a request. */
export type Policies = {
  /** Of the user and its groups, or of the role: inline and managed. */
  readonly identity: readonly CompiledPolicy[];
  /** Of the resource: a bucket's policy, the role's trust policy for AssumeRole. */
  readonly resource: readonly CompiledPolicy[];
  /** The managed policy that is the principal's permissions boundary. */
  readonly boundary: CompiledPolicy | null;
  /** What the session was made with; null when nothing was passed. */
  readonly session: readonly CompiledPolicy[] | null;
};

/** The part a policy plays in a decision. */
export type PolicyRole = 'identity' | 'resource' | 'trust' | 'boundary' | 'session';

export type Decision =
  | {
      readonly allowed: true;
      readonly reason: 'allowed';
      /** Null for the root user of the account, and for who only asks who they are. */
      readonly by: StatementRef | null;
    }
  | {
      readonly allowed: false;
      readonly reason: 'explicitDeny';
      readonly policyRole: PolicyRole;
      readonly by: StatementRef;
    }
  | {
      readonly allowed: false;
      readonly reason: 'implicitDeny';
      /** Which policies would have had to allow it, and did not. */
      readonly policyRole: PolicyRole;
      readonly by: null;
    };

const allowed = (by: StatementRef | null): Decision => ({ allowed: true, reason: 'allowed', by });

const missing = (policyRole: PolicyRole): Decision => ({
  allowed: false,
  reason: 'implicitDeny',
  policyRole,
  by: null,
});

const denied = (policyRole: PolicyRole, { ref }: CompiledStatement): Decision => ({
  allowed: false,
  reason: 'explicitDeny',
  policyRole,
  by: ref,
});

/** What some policies say: the first denial, else the first allowance, else nothing. */
function judge(policies: readonly CompiledPolicy[], scope: Scope): CompiledStatement | null {
  let allowance: CompiledStatement | null = null;
  for (const policy of policies)
    for (const statement of policy.statementsFor(scope.action)) {
      if (allowance !== null && statement.effect === 'Allow') break;
      if (!applies(statement, scope)) continue;
      if (statement.effect === 'Deny') return statement;
      allowance = statement;
    }
  return allowance;
}

/** What a resource says, and to which of the caller's names. */
type Grant = { readonly statement: CompiledStatement; readonly meant: Meant };

const strength: Readonly<Record<Meant, number>> = { account: 1, issuer: 2, self: 3 };

const stronger = (one: Grant | null, other: Grant): Grant =>
  one !== null && strength[one.meant] >= strength[other.meant] ? one : other;

/** The first denial, else the allowance to the closest of the caller's names, else nothing. */
function judgeResource(policies: readonly CompiledPolicy[], scope: Scope): Grant | null {
  let grant: Grant | null = null;
  for (const policy of policies)
    for (const statement of policy.statementsFor(scope.action)) {
      const { principal } = statement;
      const meant =
        principal && meantByStatement(principal, scope.request.principal, scope.hasBoundary);
      if (meant === null || !applies(statement, scope)) continue;
      if (statement.effect === 'Deny') return { statement, meant };
      grant = stronger(grant, { statement, meant });
    }
  return grant;
}

/** Each part's verdict. */
type Verdicts = {
  readonly resource: Grant | null;
  readonly identity: CompiledStatement | null;
  /** Undefined when there is no such policy, null when it allows nothing. */
  readonly boundary: CompiledStatement | null | undefined;
  readonly session: CompiledStatement | null | undefined;
};

/** The root user has no policies but those of resources; there can be no boundary for it. */
function judgeAll({ identity, resource, boundary, session }: Policies, scope: Scope): Verdicts {
  const isRoot = scope.request.principal.kind === 'root';
  return {
    resource: judgeResource(resource, scope),
    identity: isRoot ? null : judge(identity, scope),
    boundary: isRoot || boundary === null ? undefined : judge([boundary], scope),
    session: isRoot || session === null ? undefined : judge(session, scope),
  };
}

const isTrust = ({ resource }: Policies): boolean => resource.some(({ kind }) => kind === 'trust');

/** `resource`, or `trust` for AssumeRole. */
const resourceRole = (policies: Policies): PolicyRole => (isTrust(policies) ? 'trust' : 'resource');

function denial(verdicts: Verdicts, policies: Policies): Decision | null {
  const { resource, identity, boundary, session } = verdicts;
  if (resource?.statement.effect === 'Deny')
    return denied(resourceRole(policies), resource.statement);
  if (identity?.effect === 'Deny') return denied('identity', identity);
  if (boundary?.effect === 'Deny') return denied('boundary', boundary);
  if (session?.effect === 'Deny') return denied('session', session);
  return null;
}

/** A federated user has what its session policies give it; without any it has nothing. */
const lacksSession = ({ session }: Verdicts, { kind }: Principal): boolean =>
  session === null || (session === undefined && kind === 'federated-user');

/** What the caller's own policies allow, within boundary and session policies. */
function decideWithinLimits(
  granted: StatementRef | null,
  verdicts: Verdicts,
  principal: Principal,
): Decision {
  if (granted === null) return missing('identity');
  if (verdicts.boundary === null) return missing('boundary');
  return lacksSession(verdicts, principal) ? missing('session') : allowed(granted);
}

/** Services, identity providers and nobody have no policies: the resource alone decides. */
const decideForOutsider = ({ resource }: Verdicts, policies: Policies): Decision =>
  resource === null ? missing(resourceRole(policies)) : allowed(resource.statement.ref);

/**
 * Both sides must allow it. For the root user, its own side does.
 * @see reference_policies_evaluation-logic-cross-account
 */
function decideAcrossAccounts(verdicts: Verdicts, principal: Principal, policies: Policies) {
  const own =
    principal.kind === 'root'
      ? allowed(null)
      : decideWithinLimits(verdicts.identity?.ref ?? null, verdicts, principal);
  return own.allowed ? decideForOutsider(verdicts, policies) : own;
}

/** Either side may allow it; but a role is assumed by nobody whom its trust policy does not name. */
function decideInAccount(verdicts: Verdicts, principal: Principal, policies: Policies): Decision {
  const { identity, resource } = verdicts;
  if (isTrust(policies) && resource === null) return missing('trust');
  if (resource?.meant === 'self') return allowed(resource.statement.ref);
  if (principal.kind === 'root') return allowed(null);
  const byIssuer = resource?.meant === 'issuer' ? resource.statement.ref : null;
  return decideWithinLimits(identity?.ref ?? byIssuer, verdicts, principal);
}

function decide(request: AccessRequest, verdicts: Verdicts, policies: Policies): Decision {
  const { principal, resourceAccountId } = request;
  if (principal.accountId === null) return decideForOutsider(verdicts, policies);
  return resourceAccountId === null || resourceAccountId === principal.accountId
    ? decideInAccount(verdicts, principal, policies)
    : decideAcrossAccounts(verdicts, principal, policies);
}

/** Everybody may ask who they are, denied or not (STS, GetCallerIdentity). */
const asksWho = ({ action }: Scope): boolean => action === 'sts:getcalleridentity';

/** Decides on one request. */
export function evaluate(request: AccessRequest, policies: Policies): Decision {
  const scope = scopeOf(request, policies.boundary !== null);
  if (asksWho(scope)) return allowed(null);
  const verdicts = judgeAll(policies, scope);
  return denial(verdicts, policies) ?? decide(request, verdicts, policies);
}
