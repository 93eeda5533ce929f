/** Whether a role's trust policy lets EMR Serverless assume it (behaviours row 30). */
import { evaluate } from '@firesteel/iam-policy/evaluate';
import type { IdentitiesInForce } from '../identity/identities-in-force.ts';
import type { PolicyCache } from '../policy/policy-cache.ts';
import type { Role } from './role.ts';

/** The principal that EMR Serverless assumes execution roles as. */
export const servicePrincipal = 'emr-serverless.amazonaws.com';

/** On whose behalf the service assumes a role; trust policies may ask (IAM user guide, confused-deputy). */
export type OnBehalfOf = {
  /** `aws:SourceAccount` */
  readonly accountId: string;
  /** `aws:SourceArn`: the application's ARN. */
  readonly sourceArn: string;
};

/** Whether the role's trust policy allows it. */
export function trusts(
  cache: PolicyCache,
  {
    arn,
    roleName,
    assumeRolePolicyDocument,
  }: Pick<Role, 'arn' | 'roleName' | 'assumeRolePolicyDocument'>,
  { accountId, sourceArn }: OnBehalfOf,
): boolean {
  const trust = cache.compiled(assumeRolePolicyDocument, 'trust', roleName);
  const { allowed } = evaluate(
    {
      principal: {
        kind: 'service',
        arn: servicePrincipal,
        accountId: null,
        userId: null,
        tags: {},
      },
      action: 'sts:AssumeRole',
      resource: arn,
      resourceAccountId: accountId,
      context: { 'aws:SourceAccount': accountId, 'aws:SourceArn': sourceArn },
    },
    { identity: [], resource: [trust], boundary: null, session: null },
  );
  return allowed;
}

/** The role, when it is there and the service may assume it; else undefined. */
export function assumableBy(
  {
    identities,
    policies,
  }: { readonly identities: Pick<IdentitiesInForce, 'roleNamed'>; readonly policies: PolicyCache },
  asked: OnBehalfOf & { readonly roleArn: string },
): Role | undefined {
  const name = asked.roleArn.slice(asked.roleArn.lastIndexOf('/') + 1);
  const role = identities.roleNamed(asked.accountId, name);
  return role?.arn === asked.roleArn && trusts(policies, role, asked) ? role : undefined;
}
