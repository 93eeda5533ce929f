/** IAM's structures, from the states of the aggregates. Dates are epoch seconds. */
import type { IamTag } from '@firesteel/contracts/events';
import type { LastUse } from '../access/access.ts';
import type { Uses } from '../directory.ts';
import { type Group, groupArn } from '../group/group.ts';
import { type InstanceProfile, instanceProfileArn } from '../instance-profile/instance-profile.ts';
import type { AwsManagedPolicy } from '../policy/aws-managed.ts';
import { type ManagedPolicy, type PolicyVersion, policyArn } from '../policy/policy.ts';
import type { Role } from '../role/role.ts';
import { type User, userArn } from '../user/user.ts';

export const toDate = (at: string): number => Math.floor(Date.parse(at) / 1_000);

export const toTags = (tags: readonly IamTag[]): readonly object[] =>
  tags.map(({ key, value }) => ({ Key: key, Value: value }));

/** Left out where there are none. */
export const someTags = (tags: readonly IamTag[]): object =>
  tags.length === 0 ? {} : { Tags: toTags(tags) };

const someBoundary = (arn: string | null): object =>
  arn === null
    ? {}
    : {
        PermissionsBoundary: {
          // What IAM says; its reference has the name of the enum there.
          PermissionsBoundaryType: 'Policy',
          PermissionsBoundaryArn: arn,
        },
      };

const described = (description: string | null): object =>
  description === null || description === '' ? {} : { Description: description };

/** Listings leave out tags and boundaries (IAM API reference, ListUsers). */
export const toUserSummary = (user: User): object => ({
  Path: user.path,
  UserName: user.userName,
  UserId: user.userId,
  Arn: userArn(user),
  CreateDate: toDate(user.createdAt),
});

export const toUser = (user: User): object => ({
  ...toUserSummary(user),
  ...someBoundary(user.permissionsBoundary),
  ...someTags(user.tags),
});

export const toGroup = (group: Group): object => ({
  Path: group.path,
  GroupName: group.groupName,
  GroupId: group.groupId,
  Arn: groupArn(group),
  CreateDate: toDate(group.createdAt),
});

export const toRoleSummary = (role: Role) => ({
  Path: role.path,
  RoleName: role.roleName,
  RoleId: role.roleId,
  Arn: role.arn,
  CreateDate: toDate(role.createdAt),
  AssumeRolePolicyDocument: role.assumeRolePolicyDocument,
  ...described(role.description),
  MaxSessionDuration: role.maxSessionDuration,
});

export const toRole = (role: Role) => ({
  ...toRoleSummary(role),
  ...someBoundary(role.permissionsBoundary),
  ...someTags(role.tags),
});

/** What GetRole tells: its last use too, which is empty where there was none. */
export const toUsedRole = (role: Role, use: LastUse | undefined) => ({
  ...toRole(role),
  RoleLastUsed: use
    ? { LastUsedDate: toDate(use.at), ...(use.region === '' ? {} : { Region: use.region }) }
    : {},
});

type Roles = ReadonlyMap<string, Role>;

/** Listings leave out tags. @param roles by their unique ids */
export const toInstanceProfileSummary = (profile: InstanceProfile, roles: Roles): object => {
  const role = profile.roleId === null ? undefined : roles.get(profile.roleId);
  return {
    Path: profile.path,
    InstanceProfileName: profile.instanceProfileName,
    InstanceProfileId: profile.instanceProfileId,
    Arn: instanceProfileArn(profile),
    CreateDate: toDate(profile.createdAt),
    Roles: role ? [toRoleSummary(role)] : [],
  };
};

/** What GetInstanceProfile answers: tags, even where there are none. */
export const toInstanceProfile = (profile: InstanceProfile, roles: Roles): object => ({
  ...toInstanceProfileSummary(profile, roles),
  Tags: toTags(profile.tags),
});

/** A managed policy of an ARN, as it is attached. */
export const toAttached = (arn: string): object => ({
  PolicyName: arn.slice(arn.lastIndexOf('/') + 1),
  PolicyArn: arn,
});

const noUses: Uses = { attachments: 0, boundaries: 0 };

export const toPolicySummary = (policy: ManagedPolicy, uses: Uses = noUses): object => ({
  PolicyName: policy.policyName,
  PolicyId: policy.policyId,
  Arn: policyArn(policy),
  Path: policy.path,
  DefaultVersionId: policy.defaultVersionId,
  AttachmentCount: uses.attachments,
  PermissionsBoundaryUsageCount: uses.boundaries,
  IsAttachable: true,
  CreateDate: toDate(policy.createdAt),
  UpdateDate: toDate(policy.updatedAt),
});

/** What CreatePolicy answers: no description, and tags where there are any. */
export const toNewPolicy = (policy: ManagedPolicy): object => ({
  ...toPolicySummary(policy),
  ...someTags(policy.tags),
});

/** What GetPolicy answers: tags, even where there are none. */
export const toPolicy = (policy: ManagedPolicy, uses: Uses = noUses): object => ({
  ...toPolicySummary(policy, uses),
  ...described(policy.description),
  Tags: toTags(policy.tags),
});

export const toAwsPolicySummary = (policy: AwsManagedPolicy, uses: Uses = noUses): object => ({
  PolicyName: policy.policyName,
  PolicyId: policy.policyId,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.versionId,
  AttachmentCount: uses.attachments,
  PermissionsBoundaryUsageCount: uses.boundaries,
  IsAttachable: policy.isAttachable,
  CreateDate: toDate(policy.createdAt),
  UpdateDate: toDate(policy.updatedAt),
});

/** Listings leave out the document. */
export const toVersionSummary = (
  { versionId, createdAt }: Omit<PolicyVersion, 'document'>,
  defaultVersionId: string,
): object => ({
  VersionId: versionId,
  IsDefaultVersion: versionId === defaultVersionId,
  CreateDate: toDate(createdAt),
});

export const toVersion = (version: PolicyVersion, defaultVersionId: string): object => ({
  Document: version.document,
  ...toVersionSummary(version, defaultVersionId),
});
