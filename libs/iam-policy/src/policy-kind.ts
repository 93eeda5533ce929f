/** What a document is attached to: that decides its grammar, its size and the name of its source. */

/**
 * `managed` is attached to identities, may be a permissions boundary or a session policy and is IAM's
 * CreatePolicy; the inline kinds are PutUserPolicy, PutGroupPolicy and PutRolePolicy; `session` is the
 * `Policy` of AssumeRole (`executionIamPolicy.policy` of StartJobRun); `bucket` is PutBucketPolicy;
 * `trust` is a role's AssumeRolePolicyDocument.
 */
export type PolicyKind =
  | 'managed'
  | 'userInline'
  | 'groupInline'
  | 'roleInline'
  | 'session'
  | 'bucket'
  | 'trust';

/** Kinds that name their principals and describe one resource. */
export const isResourceBased = (kind: PolicyKind): kind is 'bucket' | 'trust' =>
  kind === 'bucket' || kind === 'trust';

/** IAM's `PolicySourceType` (SimulateCustomPolicy). */
export type PolicySourceType = 'user' | 'group' | 'role' | 'user-managed' | 'resource' | 'none';

const sourceTypes: Readonly<Record<PolicyKind, PolicySourceType>> = {
  managed: 'user-managed',
  userInline: 'user',
  groupInline: 'group',
  roleInline: 'role',
  session: 'none',
  bucket: 'resource',
  trust: 'resource',
};

export const sourceTypeOf = (kind: PolicyKind): PolicySourceType => sourceTypes[kind];
