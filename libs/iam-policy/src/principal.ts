/**
 * `Principal` and `NotPrincipal` of resource-based policies: whom a statement is about, and by which of
 * its names a caller is meant (IAM user guide, reference_policies_elements_principal).
 */
import type { PrincipalText } from './grammar/shape.ts';
import { issuerArnOf, type Principal } from './request.ts';

export type PrincipalElement = {
  readonly negated: boolean;
  readonly everyone: boolean;
  readonly accounts: ReadonlySet<string>;
  readonly arns: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly providers: ReadonlySet<string>;
};

/** An account's two spellings: its ARN and its id. */
const accountArn = /^arn:[^:]+:iam::(\d{12}):root$/;

export function compilePrincipal({ negated, entries }: PrincipalText): PrincipalElement {
  const valuesOf = (type: string): readonly string[] =>
    entries === '*'
      ? []
      : entries.filter((entry) => entry.type === type).flatMap(({ values }) => values);
  const aws = valuesOf('AWS').map((value) => accountArn.exec(value)?.[1] ?? value);
  return {
    negated,
    everyone: entries === '*' || aws.includes('*'),
    accounts: new Set(aws.filter((value) => /^\d{12}$/.test(value))),
    arns: new Set(aws.filter((value) => value.startsWith('arn:'))),
    services: new Set(valuesOf('Service')),
    providers: new Set(valuesOf('Federated')),
  };
}

/**
 * How a statement means a caller. What is granted to `self` (the user, the session, everybody) needs
 * nothing else in the same account; what is granted to the `issuer` (the role of the session) is
 * limited by boundary and session policies; what is granted to the `account` is for the account's own
 * policies to pass on (reference_policies_evaluation-logic, "Resource-based policies").
 */
export type Meant = 'self' | 'issuer' | 'account';

function namesItself(element: PrincipalElement, { kind, arn, accountId }: Principal): boolean {
  switch (kind) {
    case 'service':
      return element.services.has(arn);
    case 'federated':
      return element.providers.has(arn);
    case 'root':
      return accountId !== null && element.accounts.has(accountId);
    case 'anonymous':
      return false;
    default:
      return element.arns.has(arn);
  }
}

const namesIssuer = ({ arns }: PrincipalElement, principal: Principal): boolean => {
  const issuer = issuerArnOf(principal);
  return issuer !== null && arns.has(issuer);
};

const namesAccount = ({ accounts }: PrincipalElement, { accountId }: Principal): boolean =>
  accountId !== null && accounts.has(accountId);

/** The strongest way in which a `Principal` means a caller; null when it does not. */
function meantBy(element: PrincipalElement, principal: Principal): Meant | null {
  if (element.everyone || namesItself(element, principal)) return 'self';
  if (namesIssuer(element, principal)) return 'issuer';
  return namesAccount(element, principal) ? 'account' : null;
}

/**
 * A caller is spared by a `NotPrincipal` when every name of it is listed: account, role and session, or
 * account and user (reference_policies_elements_notprincipal, "NotPrincipal with Deny"). Nobody with a
 * permissions boundary is, whatever is listed (the same page, "Key points").
 */
function isSpared(element: PrincipalElement, principal: Principal, hasBoundary: boolean): boolean {
  if (element.everyone) return true;
  if (hasBoundary && principal.accountId !== null && principal.kind !== 'root') return false;
  const hasIssuer = issuerArnOf(principal) !== null;
  return (
    namesItself(element, principal) &&
    (principal.accountId === null || namesAccount(element, principal)) &&
    (!hasIssuer || namesIssuer(element, principal))
  );
}

/** How a statement is about a caller, null when it is not. */
export function meantByStatement(
  element: PrincipalElement,
  principal: Principal,
  hasBoundary: boolean,
): Meant | null {
  if (!element.negated) return meantBy(element, principal);
  return isSpared(element, principal, hasBoundary) ? null : 'self';
}
