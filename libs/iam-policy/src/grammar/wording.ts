/**
 * What the services say of a document that breaks the grammar. IAM has one sentence for most of it; S3
 * and the check of trust policies name what is wrong.
 */
import { MalformedPolicy, type MalformedPolicyCode } from '../malformed-policy.ts';
import { isResourceBased, type PolicyKind } from '../policy-kind.ts';

/** Elements that a statement cannot do without. */
export type RequiredElement = 'Effect' | 'Principal' | 'Action' | 'Resource';

export type Wording = {
  readonly code: MalformedPolicyCode;
  /** No JSON, no object, a member named twice. */
  readonly json: string;
  /** A wrong type, or two elements that exclude each other. */
  readonly syntax: string;
  readonly version: string;
  readonly noStatement: string;
  readonly unknownElement: (name: string) => string;
  readonly unknownOperator: (name: string) => string;
  /** A value that its condition operator cannot compare with. */
  readonly conditionValue: string;
};

const syntaxErrors = 'Syntax errors in policy.';
export const legacyParsing = 'The policy failed legacy parsing';

const identityBased: Wording = {
  code: 'MalformedPolicyDocument',
  json: syntaxErrors,
  syntax: syntaxErrors,
  version: syntaxErrors,
  noStatement: syntaxErrors,
  unknownElement: () => syntaxErrors,
  unknownOperator: () => syntaxErrors,
  conditionValue: legacyParsing,
};

const resourceBased = {
  version: 'The policy must contain a valid version string',
  noStatement: 'Could not parse the policy: Statement is empty!',
  unknownElement: (name: string) => `Unknown field ${name}`,
  unknownOperator: (name: string) => `Invalid Condition type : ${name}`,
} as const;

const bucket: Wording = {
  ...resourceBased,
  code: 'MalformedPolicy',
  json: "Policies must be valid JSON and the first byte must be '{'",
  syntax: 'Invalid policy syntax.',
  conditionValue: 'Invalid policy syntax.',
};

const trust: Wording = {
  ...resourceBased,
  code: 'MalformedPolicyDocument',
  json: 'This policy contains invalid Json',
  syntax: 'Syntax error in policy.',
  conditionValue: 'Syntax error in policy.',
};

export const wordingOf = (kind: PolicyKind): Wording =>
  isResourceBased(kind) ? { bucket, trust }[kind] : identityBased;

/** Refuses, unless there is nothing to complain of. */
export function refuse({ code }: Wording, message: string | null): void {
  if (message !== null) throw new MalformedPolicy(code, message);
}

/** The first fault of a list, or null. */
export const firstFault = <Item>(
  items: readonly Item[],
  faultOf: (item: Item) => string | null,
): string | null => {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== null) return fault;
  }
  return null;
};
