/**
 * Why: for the caller in AWS' words (IAM user guide, troubleshoot_access-denied), for the audit trail
 * with the statement that decided.
 */
import type { Decision, PolicyRole } from './evaluate.ts';
import type { AccessRequest } from './request.ts';

const policyNames: Readonly<Record<PolicyRole, string>> = {
  identity: 'identity-based policy',
  resource: 'resource-based policy',
  trust: 'role trust policy',
  boundary: 'permissions boundary',
  session: 'session policy',
};

const articles: Readonly<Record<PolicyRole, string>> = {
  identity: 'an',
  resource: 'a',
  trust: 'the',
  boundary: 'a',
  session: 'a',
};

/** `because no identity-based policy allows the … action`, `with an explicit deny in a …`; empty when allowed. */
export function reasonOf({ action }: AccessRequest, decision: Decision): string {
  switch (decision.reason) {
    case 'allowed':
      return '';
    case 'implicitDeny':
      return `because no ${policyNames[decision.policyRole]} allows the ${action} action`;
    case 'explicitDeny':
      return `with an explicit deny in ${articles[decision.policyRole]} ${policyNames[decision.policyRole]}`;
  }
}

/**
 * What a caller reads who is denied: `User: <arn> is not authorized to perform: <action> on resource: <arn>
 * because no identity-based policy allows the <action> action`. An action without a resource names none.
 */
export function denialMessage(request: AccessRequest, decision: Decision): string {
  const { principal, action, resource } = request;
  const who = principal.kind === 'anonymous' ? 'anonymous' : principal.arn;
  const where = resource === '*' ? '' : ` on resource: ${resource}`;
  return `User: ${who} is not authorized to perform: ${action}${where} ${reasonOf(request, decision)}`.trimEnd();
}

/** What decided, in a few words: `Allow of Submit in data-engineer`, `no permissions boundary`, `root user of the account`. */
export function decidedBy({ principal }: AccessRequest, decision: Decision): string {
  if (decision.reason === 'implicitDeny') return `no ${policyNames[decision.policyRole]}`;
  if (decision.by === null)
    return principal.kind === 'root' ? 'root user of the account' : 'everyone may ask who they are';
  const { sid, index, policyName, kind } = decision.by;
  const effect = decision.allowed ? 'Allow' : 'Deny';
  return `${effect} of ${sid ?? `statement ${index}`} in ${policyName === '' ? kind : policyName}`;
}
