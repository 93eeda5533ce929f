/** Whether a role's trust policy lets the service assume it (behaviours row 30). */

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

type Statement = {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
};

const isStatement = (value: unknown): value is Statement =>
  typeof value === 'object' && value !== null;

const names = (statement: Statement, service: string): boolean => {
  const { Principal: principal } = statement;
  if (principal === '*') return true;
  return (
    typeof principal === 'object' &&
    principal !== null &&
    'Service' in principal &&
    list(principal.Service).includes(service)
  );
};

/** `NotAction` names everything but what it lists; nobody lists AssumeRole there to allow it. */
const assumes = ({ Action: action, NotAction: notAction }: Statement): boolean =>
  list(action ?? (notAction === undefined ? [] : '*')).some((name) =>
    ['sts:assumerole', 'sts:*', '*'].includes(String(name).toLowerCase()),
  );

/** True when some statement allows `service` to assume the role and none denies it. Conditions belong to the policy engine. */
export function trusts(document: string, service: string): boolean {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    return false;
  }
  if (typeof parsed !== 'object' || parsed === null || !('Statement' in parsed)) return false;
  const statements = list(parsed.Statement)
    .filter(isStatement)
    .filter((statement) => names(statement, service) && assumes(statement));
  return (
    statements.some(({ Effect }) => Effect === 'Allow') &&
    !statements.some(({ Effect }) => Effect === 'Deny')
  );
}

/** The principal that EMR Serverless assumes execution roles as. */
export const servicePrincipal = 'emr-serverless.amazonaws.com';
