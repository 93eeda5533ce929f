/**
 * Names of users, groups, roles, policies, instance profiles and MFA devices: one of each in an account, whatever its
 * case. Of MFA devices one of each path.
 */
import { IamRefused } from '../iam/iam-refused.ts';
import { requireQuota } from './limits.ts';

export type EntityKind = 'user' | 'group' | 'role' | 'policy' | 'instance-profile' | 'mfa';

/** `arn:aws:iam::<account>:role/<path><name>`; the path begins and ends with a slash. */
export const arnOf = (kind: EntityKind, accountId: string, path: string, name: string): string =>
  `arn:aws:iam::${accountId}:${kind}${path}${name}`;

/** What else there is in the account, as the command's sender saw it. */
export type Others = {
  /** How many of the kind. */
  readonly count: number;
  /** Whether one has the name already. */
  readonly sameName: boolean;
};

/** What an account may have of each (IAM user guide, reference_iam-quotas). */
const quotas: Readonly<Record<EntityKind, { readonly name: string; readonly limit: number }>> = {
  user: { name: 'UsersPerAccount', limit: 5_000 },
  group: { name: 'GroupsPerAccount', limit: 300 },
  role: { name: 'RolesPerAccount', limit: 1_000 },
  policy: { name: 'PoliciesPerAccount', limit: 1_500 },
  'instance-profile': { name: 'InstanceProfilesPerAccount', limit: 1_000 },
  mfa: { name: 'VirtualMFADevicesPerAccount', limit: 5_000 },
};

/** The quota of a kind, for GetAccountSummary. */
export const quotaOf = (kind: EntityKind): number => quotas[kind].limit;

const capitalised = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1);

function takenName(kind: EntityKind, name: string): string {
  if (kind === 'policy')
    return `A policy called ${name} already exists. Duplicate names are not allowed.`;
  if (kind === 'mfa') return 'MFADevice entity at the same path and name already exists.';
  return kind === 'instance-profile'
    ? `Instance Profile ${name} already exists.`
    : `${capitalised(kind)} with name ${name} already exists.`;
}

/** @throws IamRefused when one has the name */
export function requireFreeName(kind: EntityKind, name: string, sameName: boolean): void {
  if (!sameName) return;
  throw new IamRefused('EntityAlreadyExists', takenName(kind, name));
}

/** @throws IamRefused when one has the name, or the account is full */
export function requirePlace(kind: EntityKind, name: string, { count, sameName }: Others): void {
  requireFreeName(kind, name, sameName);
  const quota = quotas[kind];
  requireQuota(quota.name, quota.limit, count);
}

/** What is not there, in IAM's words. */
export const noSuch = (kind: 'user' | 'group' | 'role', name: string): IamRefused =>
  new IamRefused('NoSuchEntity', `The ${kind} with name ${name} cannot be found.`);
