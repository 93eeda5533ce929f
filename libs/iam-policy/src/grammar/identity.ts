/**
 * Policies of users, groups, roles and sessions, in the order in which IAM complains. The sentences
 * are IAM's.
 */
import { compileCondition } from '../conditions/condition.ts';
import type { PolicyKind } from '../policy-kind.ts';
import { actionFault, hasEarlyVariable, isUnreadable, resourceFault } from './formats.ts';
import type { PolicyShape, StatementShape } from './shape.ts';
import { firstFault, legacyParsing, refuse, type Wording } from './wording.ts';

type Fault = string | null;

const effectSyntaxFault =
  (wording: Wording) =>
  ({ effect }: StatementShape): Fault =>
    /^(?:allow|deny)$/i.test(effect ?? '') ? null : wording.syntax;

/** Managed policies are of the newer version; inline policies may be of the older one. */
const versionFault = (kind: PolicyKind, { version }: PolicyShape): Fault =>
  kind === 'managed' && version !== '2012-10-17'
    ? 'Policy document must be version 2012-10-17 or greater.'
    : null;

const legacyFault =
  (knowsVariables: boolean) =>
  ({ effect, conditions }: StatementShape): Fault =>
    (effect !== 'Allow' && effect !== 'Deny') ||
    conditions.some((condition) => compileCondition(condition, knowsVariables) === null)
      ? legacyParsing
      : null;

const resourcesOf = ({ statements }: PolicyShape): readonly string[] =>
  statements.flatMap(({ resource }) => resource?.values ?? []);

/** Of a resource in a wrong format the older parser is not asked. */
const legacyResourceFault = (shape: PolicyShape, knowsVariables: boolean): Fault =>
  firstFault(resourcesOf(shape), (resource) =>
    hasEarlyVariable(resource, knowsVariables) ||
    (resourceFault(resource) === null && isUnreadable(resource))
      ? legacyParsing
      : null,
  );

function sidFault({ statements }: PolicyShape): Fault {
  const sids = statements.map(({ sid }) => sid ?? '').filter((sid) => sid !== '');
  if (new Set(sids).size < sids.length)
    return 'Statement IDs (SID) in a single policy must be unique.';
  return sids.every((sid) => /^[0-9A-Za-z]*$/.test(sid))
    ? null
    : 'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*';
}

const principalFault = ({ principal }: StatementShape): Fault =>
  principal === null ? null : 'Policy document should not specify a principal.';

const missingActionFault = ({ action }: StatementShape): Fault =>
  action?.values.length ? null : 'Policy statement must contain actions.';

const missingResourceFault = ({ resource }: StatementShape): Fault =>
  resource?.values.length ? null : 'Policy statement must contain resources.';

const actionsFault = ({ action }: StatementShape): Fault =>
  firstFault(action?.values ?? [], actionFault);

/** @throws MalformedPolicy */
export function checkIdentityPolicy(shape: PolicyShape, kind: PolicyKind, wording: Wording): void {
  const { statements } = shape;
  const knowsVariables = shape.version === '2012-10-17';
  refuse(wording, firstFault(statements, effectSyntaxFault(wording)));
  refuse(wording, versionFault(kind, shape));
  refuse(wording, firstFault(statements, principalFault));
  refuse(wording, firstFault(statements, legacyFault(knowsVariables)));
  refuse(wording, legacyResourceFault(shape, knowsVariables));
  refuse(wording, sidFault(shape));
  refuse(wording, firstFault(statements, missingActionFault));
  refuse(wording, firstFault(resourcesOf(shape), resourceFault));
  refuse(wording, firstFault(statements, actionsFault));
  refuse(wording, firstFault(statements, missingResourceFault));
}
