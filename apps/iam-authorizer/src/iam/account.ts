/** What IAM tells of an account as a whole: counts, alias, password policy. */
import type { PasswordPolicy } from '@firesteel/contracts/events';
import { load } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { countsOf, devicesByUser, isAliasTaken } from '../directory.ts';
import { lockChanges } from '../identity/identities-in-force.ts';
import { quotaOf } from '../identity/names.ts';
import { mostKeys } from '../key/key.ts';
import { mostVersions } from '../policy/policy.ts';
import type { Principal, PrincipalCommand } from '../principal/principal.ts';
import { principals } from '../tables.ts';
import { type Actions, at, type Call, change } from './call.ts';
import { IamRefused } from './iam-refused.ts';
import { flag, type Input, optionalNumber, text } from './input.ts';
import { onAnything } from './needs.ts';
import { pageFrom, pageOf } from './paging.ts';

/** What does not follow from the account (IAM user guide, reference_iam-quotas). */
const quotas = {
  AccessKeysPerUserQuota: mostKeys,
  AssumeRolePolicySizeQuota: 2_048,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  AttachedPoliciesPerUserQuota: 10,
  GroupPolicySizeQuota: 5_120,
  GroupsPerUserQuota: 10,
  GroupsQuota: quotaOf('group'),
  InstanceProfilesQuota: quotaOf('instance-profile'),
  PoliciesQuota: quotaOf('policy'),
  PolicySizeQuota: 6_144,
  PolicyVersionsInUseQuota: 10_000,
  RolePolicySizeQuota: 10_240,
  RolesQuota: quotaOf('role'),
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
  UserPolicySizeQuota: 2_048,
  UsersQuota: quotaOf('user'),
  VersionsPerPolicyQuota: mostVersions,
} as const;

async function getAccountSummary(_input: Input, { em, caller }: Call): Promise<object> {
  const counts = await countsOf(em, caller.accountId);
  const devices = await devicesByUser(em, caller.accountId);
  return {
    SummaryMap: {
      ...quotas,
      Users: counts.user,
      Groups: counts.group,
      Roles: counts.role,
      Policies: counts.policy,
      PolicyVersionsInUse: counts.policy,
      InstanceProfiles: counts['instance-profile'],
      AccountAccessKeysPresent: 1,
      AccountMFAEnabled: 0,
      AccountPasswordPresent: 0,
      AccountSigningCertificatesPresent: 0,
      GlobalEndpointTokenVersion: 1,
      MFADevices: counts.mfa,
      MFADevicesInUse: [...devices.values()].flat().length,
      Providers: 0,
      ServerCertificates: 0,
    },
  };
}

const idOf = (accountId: string): string => `${accountId}.root`;

/** The caller's account. */
export const accountOf = async ({ em, caller }: Pick<Call, 'em' | 'caller'>): Promise<Principal> =>
  (await load(em, principals, idOf(caller.accountId))).state;

/** Changes the account itself. */
export async function changeAccount(
  call: Call,
  command: (tx: EntityManager) => Promise<PrincipalCommand> | PrincipalCommand,
): Promise<object> {
  await change(call, async (tx, handle) =>
    handle(principals, idOf(call.caller.accountId), await command(tx)),
  );
  return {};
}

/** One of the whole installation: it has its account in a place of the web elsewhere. */
const createAlias = (input: Input, call: Call): Promise<object> =>
  changeAccount(call, async (tx) => {
    await lockChanges(tx, 'alias');
    const alias = text(input, 'AccountAlias');
    return { type: 'SetAlias', alias, isTaken: await isAliasTaken(tx, alias), at: at(call) };
  });

const deleteAlias = (input: Input, call: Call): Promise<object> =>
  changeAccount(call, () => ({
    type: 'DeleteAlias',
    alias: text(input, 'AccountAlias'),
    at: at(call),
  }));

async function listAliases(input: Input, call: Call): Promise<object> {
  const { alias } = await accountOf(call);
  const { items, more } = pageFrom(alias === undefined ? [] : [alias], pageOf(input), String);
  return { AccountAliases: items, ...more };
}

/** What is not said is what an account without a policy asks for: a policy is set as a whole. */
const policyOf = (input: Input): PasswordPolicy => ({
  minimumPasswordLength: optionalNumber(input, 'MinimumPasswordLength') ?? 6,
  requireSymbols: flag(input, 'RequireSymbols'),
  requireNumbers: flag(input, 'RequireNumbers'),
  requireUppercaseCharacters: flag(input, 'RequireUppercaseCharacters'),
  requireLowercaseCharacters: flag(input, 'RequireLowercaseCharacters'),
  allowUsersToChangePassword: flag(input, 'AllowUsersToChangePassword'),
  hardExpiry: flag(input, 'HardExpiry'),
  maxPasswordAge: optionalNumber(input, 'MaxPasswordAge') ?? 0,
  passwordReusePrevention: optionalNumber(input, 'PasswordReusePrevention') ?? 0,
});

const toPasswordPolicy = (policy: PasswordPolicy): object => ({
  MinimumPasswordLength: policy.minimumPasswordLength,
  RequireSymbols: policy.requireSymbols,
  RequireNumbers: policy.requireNumbers,
  RequireUppercaseCharacters: policy.requireUppercaseCharacters,
  RequireLowercaseCharacters: policy.requireLowercaseCharacters,
  AllowUsersToChangePassword: policy.allowUsersToChangePassword,
  ExpirePasswords: policy.maxPasswordAge > 0,
  HardExpiry: policy.hardExpiry,
  ...(policy.maxPasswordAge > 0 ? { MaxPasswordAge: policy.maxPasswordAge } : {}),
  ...(policy.passwordReusePrevention > 0
    ? { PasswordReusePrevention: policy.passwordReusePrevention }
    : {}),
});

async function getPasswordPolicy(_input: Input, call: Call): Promise<object> {
  const { passwordPolicy } = await accountOf(call);
  if (!passwordPolicy)
    throw new IamRefused(
      'NoSuchEntity',
      `The Password Policy with domain name ${call.caller.accountId} cannot be found.`,
    );
  return { PasswordPolicy: toPasswordPolicy(passwordPolicy) };
}

const updatePasswordPolicy = (input: Input, call: Call): Promise<object> =>
  changeAccount(call, () => ({
    type: 'SetPasswordPolicy',
    policy: policyOf(input),
    at: at(call),
  }));

const deletePasswordPolicy = (_input: Input, call: Call): Promise<object> =>
  changeAccount(call, () => ({ type: 'DeletePasswordPolicy', at: at(call) }));

/** What there is none of here. */
const none = (member: string) => ({
  needs: onAnything,
  answer: async () => ({ [member]: [], IsTruncated: false }),
});

export const accountActions: Actions = {
  GetAccountSummary: { needs: onAnything, answer: getAccountSummary },
  CreateAccountAlias: { needs: onAnything, answer: createAlias },
  DeleteAccountAlias: { needs: onAnything, answer: deleteAlias },
  ListAccountAliases: { needs: onAnything, answer: listAliases },
  GetAccountPasswordPolicy: { needs: onAnything, answer: getPasswordPolicy },
  UpdateAccountPasswordPolicy: { needs: onAnything, answer: updatePasswordPolicy },
  DeleteAccountPasswordPolicy: { needs: onAnything, answer: deletePasswordPolicy },
  ListServerCertificates: none('ServerCertificateMetadataList'),
  ListOpenIDConnectProviders: none('OpenIDConnectProviderList'),
  ListSAMLProviders: none('SAMLProviderList'),
};
