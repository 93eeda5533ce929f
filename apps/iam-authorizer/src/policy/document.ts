/** Documents that are to be stored: checked as IAM checks them, refused in its words. */
import { compilePolicy } from '@firesteel/iam-policy/compile';
import { MalformedPolicy } from '@firesteel/iam-policy/malformed-policy';
import type { PolicyKind } from '@firesteel/iam-policy/policy-kind';
import { requireWithinLimit } from '@firesteel/iam-policy/policy-size';
import { IamRefused } from '../iam/iam-refused.ts';

function refusalOf({ code, message }: MalformedPolicy): IamRefused {
  switch (code) {
    case 'LimitExceeded':
    case 'PackedPolicyTooLarge':
      return new IamRefused(code, message);
    default:
      return new IamRefused('MalformedPolicyDocument', message);
  }
}

/** Runs a check of the policy engine; its verdict becomes IAM's refusal. */
function checked<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    throw error instanceof MalformedPolicy ? refusalOf(error) : error;
  }
}

/** @throws IamRefused when a document is no policy of that kind, or too long for one */
export function requirePolicy(document: string, kind: PolicyKind): void {
  checked(() => compilePolicy(document, kind));
}

/**
 * Inline policies of one user, group or role share one limit.
 * @param holder name of the user, group or role
 * @throws IamRefused when they are too long together
 */
export function requireRoom(kind: PolicyKind, documents: readonly string[], holder: string): void {
  checked(() => requireWithinLimit(kind, documents, holder));
}
