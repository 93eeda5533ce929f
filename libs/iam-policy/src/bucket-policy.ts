/** What S3 asks about the policy of a bucket beside its decisions. */
import { type CompiledPolicy, compilePolicy } from './compile.ts';
import type { ConditionText } from './conditions/condition.ts';
import { type PrincipalText, readShape, type StatementShape } from './grammar/shape.ts';
import { refuse, wordingOf } from './grammar/wording.ts';
import { meantByStatement } from './principal.ts';
import type { Principal } from './request.ts';
import { compileStringGlob, tokensOf } from './text/glob.ts';

const wording = wordingOf('bucket');

/**
 * Whether a `Resource` may mean a bucket or what is in it: `arn:aws:s3:::b`, `arn:aws:s3:::b/a/*`, and with wildcards
 * where the bucket is named, which may reach into the names of objects. A variable may stand for anything.
 */
function mayMean(resource: string, bucket: string): boolean {
  const named = resource
    .split(':')
    .slice(5)
    .join(':')
    .replace(/\$\{[^}]*\}/g, '*');
  const [first = ''] = named.split('/', 1);
  // From its first `*` on a pattern may go on in the names of objects.
  const star = first.indexOf('*');
  return compileStringGlob(tokensOf(star < 0 ? first : first.slice(0, star + 1)))(bucket);
}

const isAbout = ({ resource }: StatementShape, bucket: string): boolean =>
  resource === null || resource.negated || resource.values.every((value) => mayMean(value, bucket));

/** @throws MalformedPolicy when the document is no policy of this bucket */
export function requireBucketPolicy(document: string, bucket: string): void {
  compilePolicy(document, 'bucket', bucket);
  const { statements } = readShape(document, wording);
  const about = statements.every((statement) => isAbout(statement, bucket));
  refuse(wording, about ? null : 'Policy has invalid resource');
}

/** Whether a policy allows a caller anything, whatever, wherever and under which conditions it is. */
export const grantsAnythingTo = (
  { statements }: CompiledPolicy,
  caller: Principal,
  hasBoundary: boolean,
): boolean =>
  statements.some(
    ({ effect, principal }) =>
      effect === 'Allow' &&
      principal !== null &&
      meantByStatement(principal, caller, hasBoundary) !== null,
  );

/** Condition keys whose fixed values leave nothing public. */
const confiningKeys = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
]);

const comparing =
  /^(?:ForAnyValue:)?(?:StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)$/;

/** Bits that a range must fix not to be half of the world. */
const isNarrow = (range: string): boolean => {
  const [address = '', bits] = range.split('/');
  return bits === undefined || Number(bits) >= (address.includes(':') ? 32 : 8);
};

const confines = ({ operator, key, values }: ConditionText): boolean => {
  if (operator === 'IpAddress' && key.toLowerCase() === 'aws:sourceip')
    return values.every(isNarrow);
  const fixed = values.every((value) => !/[*?]|\$\{/.test(value));
  return comparing.test(operator) && confiningKeys.has(key.toLowerCase()) && fixed;
};

const isFixed = ({ negated, entries }: PrincipalText): boolean =>
  !negated && entries !== '*' && entries.every(({ values }) => !values.includes('*'));

const isPublicStatement = ({ effect, principal, conditions }: StatementShape): boolean =>
  effect === 'Allow' && principal !== null && !isFixed(principal) && !conditions.some(confines);

/**
 * Whether S3 would call a bucket with this policy public: it allows something to others than fixed principals,
 * sources or ranges of addresses (Amazon S3 user guide, access-control-block-public-access, "The meaning of 'public'").
 * The page gives 0.0.0.0/1 as too wide a range; taken here is /8, and /32 of IPv6.
 */
export const isPublic = (document: string): boolean =>
  readShape(document, wording).statements.some(isPublicStatement);
