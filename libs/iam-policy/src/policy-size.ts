/**
 * How long policies may be. White space does not count (IAM user guide, reference_iam-quotas and
 * reference_policies_grammar notes). Inline policies of one identity share one limit.
 */
import { MalformedPolicy } from './malformed-policy.ts';
import type { PolicyKind } from './policy-kind.ts';

/** Characters that a document, or all inline documents of an identity, may have. */
export const sizeLimits: Readonly<Record<PolicyKind, number>> = {
  managed: 6_144,
  userInline: 2_048,
  groupInline: 5_120,
  roleInline: 10_240,
  session: 2_048,
  bucket: 20_480,
  trust: 2_048,
};

/** Characters of a document that count. */
export const policySize = (document: string): number => document.replace(/\s+/g, '').length;

const holders = { userInline: 'user', groupInline: 'group', roleInline: 'role' } as const;

function tooLarge(kind: PolicyKind, size: number, holder: string): MalformedPolicy {
  const limit = sizeLimits[kind];
  switch (kind) {
    case 'managed':
      return new MalformedPolicy('LimitExceeded', `Cannot exceed quota for PolicySize: ${limit}`);
    case 'trust':
      return new MalformedPolicy(
        'LimitExceeded',
        `Cannot exceed quota for ACLSizePerRole: ${limit}`,
      );
    case 'session':
      return new MalformedPolicy(
        'PackedPolicyTooLarge',
        `Packed policy consumes ${Math.ceil((100 * size) / limit)}% of allotted space, please use smaller policy.`,
      );
    case 'bucket':
      return new MalformedPolicy(
        'PolicyTooLarge',
        'Policy exceeds the maximum allowed document size.',
      );
    default:
      return new MalformedPolicy(
        'LimitExceeded',
        `Maximum policy size of ${limit} bytes exceeded for ${`${holders[kind]} ${holder}`.trim()}`,
      );
  }
}

/**
 * Checks what an identity, a role or a bucket would carry.
 * @param documents all inline policies of the identity, the new one included; one for other kinds
 * @param holder name of the user, group or role, for the message
 * @throws MalformedPolicy with the code of the service's quota
 */
export function requireWithinLimit(
  kind: PolicyKind,
  documents: readonly string[],
  holder = '',
): void {
  const size = documents.reduce((sum, document) => sum + policySize(document), 0);
  if (size > sizeLimits[kind]) throw tooLarge(kind, size, holder);
}
