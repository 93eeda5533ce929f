/** What IAM tells of an account as a whole. */
import { countsOf } from '../directory.ts';
import { quotaOf } from '../identity/names.ts';
import { mostKeys } from '../key/key.ts';
import { mostVersions } from '../policy/policy.ts';
import type { Actions, Call } from './call.ts';
import type { Input } from './input.ts';
import { onAnything } from './needs.ts';

async function getAccountSummary(_input: Input, { em, caller }: Call): Promise<object> {
  const { user, group, role, policy } = await countsOf(em, caller.accountId);
  return {
    SummaryMap: {
      Users: user,
      UsersQuota: quotaOf('user'),
      Groups: group,
      GroupsQuota: quotaOf('group'),
      Roles: role,
      RolesQuota: quotaOf('role'),
      Policies: policy,
      PoliciesQuota: quotaOf('policy'),
      AccessKeysPerUserQuota: mostKeys,
      VersionsPerPolicyQuota: mostVersions,
      AccountAccessKeysPresent: 1,
      AccountMFAEnabled: 0,
      MFADevices: 0,
      InstanceProfiles: 0,
      Providers: 0,
    },
  };
}

/** What there is none of here. */
const none = (member: string) => ({
  needs: onAnything,
  answer: async () => ({ [member]: [], IsTruncated: false }),
});

export const accountActions: Actions = {
  GetAccountSummary: { needs: onAnything, answer: getAccountSummary },
  ListAccountAliases: none('AccountAliases'),
  ListInstanceProfiles: none('InstanceProfiles'),
  ListVirtualMFADevices: none('VirtualMFADevices'),
};
