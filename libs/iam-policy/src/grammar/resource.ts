/** Policies of buckets and roles, which name their principals. The sentences are S3's and IAM's. */
import { compileCondition } from '../conditions/condition.ts';
import { actionFault, hasEarlyVariable, isBucketResource, principalFault } from './formats.ts';
import type { PolicyShape, StatementShape } from './shape.ts';
import { firstFault, type RequiredElement, refuse, type Wording } from './wording.ts';

type Fault = string | null;

/** What of a statement is to be looked at. */
type Check = (statement: StatementShape, knowsVariables: boolean) => Fault;

const missing = (element: RequiredElement): string => `Missing required field ${element}`;

/** An element that is not there, or a list without anything. */
const absentFault = (element: RequiredElement, values: readonly string[] | undefined): Fault => {
  if (values === undefined) return missing(element);
  return values.length === 0 ? `${missing(element)} cannot be empty!` : null;
};

const effectFault: Check = ({ effect }) => {
  if (effect === null) return missing('Effect');
  return effect === 'Allow' || effect === 'Deny' ? null : `Invalid effect: ${effect}`;
};

const allowNotPrincipal = 'Allow with NotPrincipal is not allowed.';

const bucketPrincipalFault: Check = ({ principal, effect }) => {
  if (principal === null) return missing('Principal');
  if (principal.negated && effect === 'Allow') return allowNotPrincipal;
  return principalFault(principal, () => 'Invalid principal in policy');
};

const trustPrincipalFault: Check = ({ principal, effect }) => {
  if (principal === null) return missing('Principal');
  if (principal.negated)
    return effect === 'Allow'
      ? allowNotPrincipal
      : 'AssumeRole policy must not contain NotPrincipal field.';
  return principalFault(principal, (type, value) =>
    value === undefined
      ? `Invalid principal in policy: "${type}"`
      : `Invalid principal in policy: "${type.toUpperCase()}":"${value}"`,
  );
};

const bucketActionFault: Check = ({ action }) =>
  absentFault('Action', action?.values) ??
  firstFault(action?.values ?? [], (value) =>
    value === '*' || (/^s3:/i.test(value) && actionFault(value) === null)
      ? null
      : 'Policy has invalid action',
  );

const trustActionFault: Check = ({ action }) =>
  absentFault('Action', action?.values) ??
  firstFault(action?.values ?? [], (value) =>
    /^sts:/i.test(value) && actionFault(value) === null
      ? null
      : 'AssumeRole policy may only specify STS AssumeRole actions.',
  );

const bucketResourceFault: Check = ({ resource }, knowsVariables) =>
  absentFault('Resource', resource?.values) ??
  firstFault(resource?.values ?? [], (value) =>
    isBucketResource(value) && !hasEarlyVariable(value, knowsVariables)
      ? null
      : 'Policy has invalid resource',
  );

const trustResourceFault: Check = ({ resource }) => {
  if (resource === null) return null;
  return resource.negated
    ? 'AssumeRole policy must not contain resources.'
    : 'Has prohibited field Resource';
};

const bucketChecks = [effectFault, bucketPrincipalFault, bucketActionFault, bucketResourceFault];
const trustChecks = [effectFault, trustPrincipalFault, trustActionFault, trustResourceFault];

function sidFault({ statements }: PolicyShape): Fault {
  const sids = statements.map(({ sid }) => sid ?? '').filter((sid) => sid !== '');
  return new Set(sids).size < sids.length ? 'The Statement Ids in the policy are not unique' : null;
}

/** @throws MalformedPolicy */
export function checkResourcePolicy(
  shape: PolicyShape,
  kind: 'bucket' | 'trust',
  wording: Wording,
): void {
  const knowsVariables = shape.version === '2012-10-17';
  const conditionsFault: Check = ({ conditions }) =>
    conditions.some((condition) => compileCondition(condition, knowsVariables) === null)
      ? wording.conditionValue
      : null;
  const checks = [...(kind === 'bucket' ? bucketChecks : trustChecks), conditionsFault];
  for (const statement of shape.statements)
    refuse(
      wording,
      firstFault(checks, (check) => check(statement, knowsVariables)),
    );
  refuse(wording, sidFault(shape));
}
