/** Whose policies are asked about, by ARN: a user, a group or a role of the caller's account. */
import type { Principal } from '@firesteel/iam-policy/request';
import { type Carrier, userCarriers } from '../authorize/callers.ts';
import { accountOf } from '../decision/decide.ts';
import { findByName } from '../directory.ts';
import { groupArn, requireGroup } from '../group/group.ts';
import { arnOf } from '../identity/names.ts';
import { tagRecord } from '../identity/tags.ts';
import { requireRole } from '../role/role.ts';
import { requireUser, userArn } from '../user/user.ts';
import type { Call } from './call.ts';
import { IamRefused } from './iam-refused.ts';

/** Simulated sessions and users have no name of their own. */
export const simulated = 'simulated';

export const userPrincipal = (arn: string, tags: Principal['tags'] = {}): Principal => ({
  kind: 'user',
  arn,
  accountId: accountOf(arn),
  userId: null,
  tags,
});

const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** `user`, `group` or `role`, as an ARN says. @throws IamRefused for everything else */
function kindIn(arn: string): 'user' | 'group' | 'role' {
  const [, kind] = /^arn:aws:iam::\d{12}:(user|group|role)\//.exec(arn) ?? [];
  if (kind === 'user' || kind === 'group' || kind === 'role') return kind;
  throw new IamRefused(
    'InvalidInput',
    `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`,
  );
}

const noSuchEntity = (arn: string): IamRefused =>
  new IamRefused('NoSuchEntity', `The entity ${arn} cannot be found.`);

/** Who carries policies, as the policy engine and the listings take it. */
export type PolicySource = {
  readonly principal: Principal;
  readonly carriers: readonly Carrier[];
  readonly boundary: string | null;
};

/**
 * The user with its groups, the group or the role of an ARN.
 * @throws IamRefused when the account has none
 */
export async function findSource(arn: string, call: Call): Promise<PolicySource> {
  const { em, identities } = call;
  const { accountId } = call.caller;
  const name = nameIn(arn);
  switch (kindIn(arn)) {
    case 'user': {
      const user = requireUser((await findByName(em, 'user', accountId, name))?.state, name);
      if (userArn(user) !== arn) throw noSuchEntity(arn);
      return {
        principal: userPrincipal(arn, tagRecord(user.tags)),
        carriers: userCarriers(user, identities),
        boundary: user.permissionsBoundary,
      };
    }
    case 'group': {
      const group = requireGroup((await findByName(em, 'group', accountId, name))?.state, name);
      if (groupArn(group) !== arn) throw noSuchEntity(arn);
      return {
        principal: userPrincipal(arnOf('user', accountId, '/', simulated)),
        carriers: [{ kind: 'groupInline', carried: group }],
        boundary: null,
      };
    }
    case 'role': {
      const role = requireRole((await findByName(em, 'role', accountId, name))?.state, name);
      if (role.arn !== arn) throw noSuchEntity(arn);
      return {
        principal: {
          kind: 'role-session',
          arn: `arn:aws:sts::${accountId}:assumed-role/${role.roleName}/${simulated}`,
          accountId,
          userId: `${role.roleId}:${simulated}`,
          tags: tagRecord(role.tags),
          sessionIssuerArn: role.arn,
        },
        carriers: [{ kind: 'roleInline', carried: role }],
        boundary: role.permissionsBoundary,
      };
    }
  }
}
