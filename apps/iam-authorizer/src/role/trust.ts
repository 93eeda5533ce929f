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

/** Whether one of the patterns names AssumeRole; IAM's actions know `*` and `?` and no case. */
const namesAssumeRole = (patterns: unknown): boolean =>
  list(patterns).some((pattern) => {
    const expression = String(pattern)
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${expression}$`, 'i').test('sts:AssumeRole');
  });

/** `NotAction` is about everything but what it lists. */
const assumes = ({ Action: action, NotAction: notAction }: Statement): boolean =>
  action === undefined
    ? notAction !== undefined && !namesAssumeRole(notAction)
    : namesAssumeRole(action);

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
