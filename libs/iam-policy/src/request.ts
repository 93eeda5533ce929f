/** What is to be decided: who wants to do what with which resource, in which circumstances. */

/**
 * Somebody whose signature was good, or a service, or nobody. `role-session` is AssumeRole's,
 * `federated-user` GetFederationToken's; `federated` is who calls AssumeRoleWithWebIdentity or
 * AssumeRoleWithSAML, before there is a session.
 */
export type PrincipalKind =
  | 'root'
  | 'user'
  | 'role-session'
  | 'federated-user'
  | 'federated'
  | 'service'
  | 'anonymous';

export type Principal = {
  readonly kind: PrincipalKind;
  /**
   * `arn:aws:iam::<account>:root`, `…:user/<path><name>`, `arn:aws:sts::<account>:assumed-role/<role>/<session>`,
   * `…:federated-user/<name>`; a service's name, `emr-serverless.amazonaws.com`; an identity provider's
   * ARN or name; `*` for nobody.
   */
  readonly arn: string;
  /** Null for services, providers and nobody. */
  readonly accountId: string | null;
  /** `aws:userid`: the user's unique id, `<role id>:<session name>`, …; null when there is none. */
  readonly userId: string | null;
  /** Tags of the user, or of the role and its session. */
  readonly tags: Readonly<Record<string, string>>;
  /**
   * The role of a role session, the IAM user of a federated user (CloudTrail: `sessionIssuer`). Needed
   * for roles with a path, which the session's ARN leaves out.
   */
  readonly sessionIssuerArn?: string;
};

/** Context keys may have several values (`aws:TagKeys`); an empty list is as good as no key. */
export type ContextValue = string | number | boolean | readonly string[];

export type AccessRequest = {
  readonly principal: Principal;
  /** `service:Action`; case does not matter. */
  readonly action: string;
  /** An ARN, or `*` for an action without a resource. */
  readonly resource: string;
  /** The account that owns the resource; null when nobody does, which counts as the principal's own. */
  readonly resourceAccountId: string | null;
  /**
   * Condition keys as the service and the gateway know them; case does not matter. What is known of
   * the principal and the resource's account is added, and wins: `aws:PrincipalArn`, `aws:PrincipalAccount`,
   * `aws:PrincipalType`, `aws:PrincipalTag/…`, `aws:PrincipalIsAWSService`, `aws:PrincipalServiceName`,
   * `aws:userid`, `aws:username`, `aws:ResourceAccount`. Time is the caller's: `aws:CurrentTime`, `aws:EpochTime`.
   */
  readonly context: Readonly<Record<string, ContextValue>>;
};

/** The name at the end of a user's or a role's ARN, without its path. */
const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/**
 * The ARN a principal is known by beside its own: the role of a role session, the user of a federated
 * user; null for others.
 */
export function issuerArnOf({ kind, arn, sessionIssuerArn }: Principal): string | null {
  if (kind !== 'role-session' && kind !== 'federated-user') return null;
  if (sessionIssuerArn !== undefined) return sessionIssuerArn;
  const [, partition = 'aws', , , account = '', session = ''] = arn.split(':');
  const [, name = ''] = session.split('/');
  return kind === 'role-session' ? `arn:${partition}:iam::${account}:role/${name}` : null;
}

const principalTypes: Readonly<Record<PrincipalKind, string | null>> = {
  root: 'Account',
  user: 'User',
  'role-session': 'AssumedRole',
  'federated-user': 'FederatedUser',
  federated: null,
  service: null,
  anonymous: 'Anonymous',
};

/** `aws:PrincipalArn` names the role, not its session (IAM user guide, condition keys). */
const principalArnOf = (principal: Principal): string | null => {
  if (principal.accountId === null) return null;
  return principal.kind === 'role-session' ? issuerArnOf(principal) : principal.arn;
};

/** Tags of principals know no case in their keys (IAM user guide, id_tags). */
function tagOf({ tags }: Principal, key: string): string | null {
  for (const [name, value] of Object.entries(tags)) if (name.toLowerCase() === key) return value;
  return null;
}

const tagPrefix = 'aws:principaltag/';

/** The value of a condition key, in lower case, that follows from who asks and who owns the resource. */
export function derivedValue(
  { principal, resourceAccountId }: AccessRequest,
  key: string,
): string | null {
  const { kind, arn, accountId, userId } = principal;
  switch (key) {
    case 'aws:principalarn':
      return principalArnOf(principal);
    case 'aws:principalaccount':
      return accountId;
    case 'aws:principaltype':
      return principalTypes[kind];
    case 'aws:principalisawsservice':
      return kind === 'anonymous' ? null : String(kind === 'service');
    case 'aws:principalservicename':
      return kind === 'service' ? arn : null;
    case 'aws:userid':
      return userId;
    case 'aws:username':
      return kind === 'user' ? nameIn(arn) : null;
    case 'aws:resourceaccount':
      return resourceAccountId;
    default:
      return key.startsWith(tagPrefix) ? tagOf(principal, key.slice(tagPrefix.length)) : null;
  }
}
