/** Managed policies as they are in force now, compiled. */
import type { CompiledPolicy } from '@firesteel/iam-policy/compile';
import type { IdentitiesInForce } from '../identity/identities-in-force.ts';
import { awsManagedPolicy } from './aws-managed.ts';
import type { ManagedPolicy } from './policy.ts';
import type { PolicyCache } from './policy-cache.ts';

function defaultVersion(
  { policyId, policyName, versions, defaultVersionId }: ManagedPolicy,
  cache: PolicyCache,
): CompiledPolicy | undefined {
  const known = cache.version(policyId, defaultVersionId);
  if (known) return known;
  const version = versions.find(({ versionId }) => versionId === defaultVersionId);
  return version && cache.addVersion(policyId, defaultVersionId, policyName, version.document);
}

/** The policy of an ARN, of AWS' or an account's; undefined when it is not there any more. */
export function managedPolicy(
  arn: string,
  identities: Pick<IdentitiesInForce, 'policy'>,
  cache: PolicyCache,
): CompiledPolicy | undefined {
  const aws = awsManagedPolicy(arn);
  if (aws) return cache.compiled(aws.document, 'managed', aws.policyName);
  const policy = identities.policy(arn);
  return policy && defaultVersion(policy, cache);
}
