/** What AssumeRole and GetFederationToken have in common: the policies and tags that a session is made with. */
import { policySize } from '@firesteel/iam-policy/policy-size';
import { requireAttachable } from '../iam/attachable.ts';
import type { Call } from '../iam/call.ts';
import { IamRefused } from '../iam/iam-refused.ts';
import { type Input, optionalText, structures, text } from '../iam/input.ts';
import { toDate } from '../iam/shapes.ts';
import { requirePolicy } from '../policy/document.ts';
import type { Credentials } from '../session/session.ts';

type SessionPolicies = {
  readonly policy: string | null;
  readonly policyArns: readonly string[];
};

/** Session policies and tags. */
export type SessionLimits = SessionPolicies & {
  readonly tags: Readonly<Record<string, string>>;
};

/** `Policy` and `PolicyArns`. */
export const sessionPoliciesOf = (input: Input): SessionPolicies => ({
  policy: optionalText(input, 'Policy') ?? null,
  policyArns: structures(input, 'PolicyArns').map((each) => text(each, 'arn')),
});

/** What a session may carry of policies and tags, in characters; it travels in a header of every request. */
const mostPacked = 4_096;

/** How full the session is, in percent. @throws IamRefused when it is too full */
function packedPercent({ policy, policyArns, tags }: SessionLimits): number {
  const size =
    policySize(policy ?? '') +
    policyArns.join('').length +
    Object.entries(tags).flat().join('').length;
  const percent = Math.ceil((100 * size) / mostPacked);
  if (percent > 100)
    throw new IamRefused(
      'PackedPolicyTooLarge',
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    );
  return percent;
}

/**
 * `PackedPolicySize`, left out where nothing is carried.
 * @throws IamRefused when that is too much, or a session policy is none that the account has
 */
export async function packedSize(
  limits: SessionLimits,
  accountId: string,
  { em }: Call,
): Promise<{ readonly PackedPolicySize?: number }> {
  const { policy, policyArns, tags } = limits;
  const percent = packedPercent(limits);
  if (policy !== null) requirePolicy(policy, 'session');
  for (const arn of policyArns) await requireAttachable(em, accountId, arn);
  const isPacked = policy !== null || policyArns.length > 0 || Object.keys(tags).length > 0;
  return isPacked ? { PackedPolicySize: percent } : {};
}

/** STS' `Credentials`. */
export const toCredentials = (issued: Credentials): object => ({
  AccessKeyId: issued.accessKeyId,
  SecretAccessKey: issued.secretAccessKey,
  SessionToken: issued.sessionToken,
  Expiration: toDate(issued.expiration),
});
