/** Who somebody is, and which policies are in force for them: looked up anew for each request. */
import type { CompiledPolicy } from '@firesteel/iam-policy/compile';
import type { Principal as EnginePrincipal } from '@firesteel/iam-policy/request';
import type { Caller } from '../decision/decide.ts';
import type { Group } from '../group/group.ts';
import type { IdentitiesInForce } from '../identity/identities-in-force.ts';
import { tagRecord } from '../identity/tags.ts';
import { managedPolicy } from '../policy/managed-policies.ts';
import { denyAll, type PolicyCache } from '../policy/policy-cache.ts';
import { rootArn } from '../principal/principal.ts';
import type { Role } from '../role/role.ts';
import {
  type FederatedClaims,
  federatedUserArn,
  jobRunOf,
  type RoleClaims,
  type SessionClaims,
  sessionArn,
  type UserClaims,
} from '../session/session.ts';
import { type User, userArn } from '../user/user.ts';

export type CallerSource = {
  readonly identities: IdentitiesInForce;
  readonly policies: PolicyCache;
};

/** Who carries policies, and what kind those of its own are. */
export type Carrier =
  | { readonly kind: 'userInline'; readonly carried: User }
  | { readonly kind: 'groupInline'; readonly carried: Group }
  | { readonly kind: 'roleInline'; readonly carried: Role };

/** What else limits them. */
type Limits = {
  readonly boundary: string | null;
  /** Null when the session was made with none. */
  readonly session: {
    readonly policy: string | null;
    readonly policyArns: readonly string[];
  } | null;
};

const compiledInline = ({ kind, carried }: Carrier, cache: PolicyCache): CompiledPolicy[] =>
  Object.entries(carried.policies).map(([name, document]) => cache.compiled(document, kind, name));

/** Everything that counts for an identity. A boundary that is gone leaves room for nothing. */
export function policiesOf(
  carriers: readonly Carrier[],
  { boundary, session }: Limits,
  { identities, policies: cache }: CallerSource,
): Caller['policies'] {
  const managed = (arn: string): CompiledPolicy | undefined =>
    managedPolicy(arn, identities, cache);
  const all = (arns: readonly string[]): CompiledPolicy[] =>
    arns.map(managed).filter((policy) => policy !== undefined);
  const attached = carriers.flatMap(({ carried }) => carried.attached);
  const inline = session?.policy ?? null;
  return {
    identity: [...carriers.flatMap((each) => compiledInline(each, cache)), ...all(attached)],
    boundary:
      boundary === null
        ? null
        : (managed(boundary) ?? cache.compiled(denyAll.identity, 'managed', boundary)),
    session: session && [
      ...(inline === null ? [] : [cache.compiled(inline, 'session', 'session policy')]),
      ...all(session.policyArns),
    ],
  };
}

const longTerm = (accessKeyId: string | null) => ({ accessKeyId, session: null, jobRun: null });

/** The root user of an account. */
export const rootCaller = (accountId: string, accessKeyId: string | null = null): Caller => ({
  ...longTerm(accessKeyId),
  accountId,
  principal: {
    kind: 'root',
    arn: rootArn(accountId),
    accountId,
    userId: accountId,
    tags: {},
  },
  policies: { identity: [], boundary: null, session: null },
});

const principalOfUser = (user: User): EnginePrincipal => ({
  kind: 'user',
  arn: userArn(user),
  accountId: user.accountId,
  userId: user.userId,
  tags: tagRecord(user.tags),
});

/** The user and its groups, as they carry policies. */
export const userCarriers = (
  user: User,
  { group }: Pick<IdentitiesInForce, 'group'>,
): readonly Carrier[] => [
  { kind: 'userInline', carried: user },
  ...user.groups
    .map(group)
    .filter((carried) => carried !== undefined)
    .map((carried) => ({ kind: 'groupInline', carried }) as const),
];

/** An IAM user with its groups. */
export const userCaller = (
  user: User,
  accessKeyId: string | null,
  source: CallerSource,
): Caller => ({
  ...longTerm(accessKeyId),
  accountId: user.accountId,
  principal: principalOfUser(user),
  policies: policiesOf(
    userCarriers(user, source.identities),
    { boundary: user.permissionsBoundary, session: null },
    source,
  ),
});

type TagRecord = Readonly<Record<string, string>>;

/** Tags of the session take the place of the role's or the user's (IAM user guide, id_session-tags). */
function tagsOfSession(issuer: TagRecord, { tags }: RoleClaims | FederatedClaims): TagRecord {
  const own = new Set(Object.keys(tags).map((key) => key.toLowerCase()));
  const inherited = Object.entries(issuer).filter(([key]) => !own.has(key.toLowerCase()));
  return { ...Object.fromEntries(inherited), ...tags };
}

/** Whether the role is the very one that was assumed, and not another one that has its name now. */
const isSameRole = (role: Role, { roleArn, roleId, issuedAtMs }: RoleClaims): boolean =>
  role.arn === roleArn &&
  (roleId === null ? Date.parse(role.createdAt) <= issuedAtMs : role.roleId === roleId);

const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

function roleSessionCaller(claims: RoleClaims, source: CallerSource): Caller | undefined {
  const { accountId, roleArn, sessionName, policy, policyArns } = claims;
  const role = source.identities.roleNamed(accountId, nameIn(roleArn));
  if (role === undefined || !isSameRole(role, claims)) return undefined;
  const limited = policy !== null || policyArns.length > 0;
  return {
    principal: {
      kind: 'role-session',
      arn: sessionArn(claims),
      accountId,
      userId: `${role.roleId}:${sessionName}`,
      tags: tagsOfSession(tagRecord(role.tags), claims),
      sessionIssuerArn: role.arn,
    },
    accountId,
    accessKeyId: null,
    session: claims,
    jobRun: jobRunOf(claims),
    policies: policiesOf(
      [{ kind: 'roleInline', carried: role }],
      { boundary: role.permissionsBoundary, session: limited ? { policy, policyArns } : null },
      source,
    ),
  };
}

function userSessionCaller(claims: UserClaims, source: CallerSource): Caller | undefined {
  const { accountId, userId } = claims;
  if (userId === null) return { ...rootCaller(accountId), session: claims };
  const user = source.identities.user(userId);
  return user && { ...userCaller(user, null, source), session: claims };
}

/** What the root user may do, for whom it federates. */
const everything = 'arn:aws:iam::aws:policy/AdministratorAccess';

/** What a federated user stands on before its session's policies: those of the user, or of the root user. */
function issuerOf(
  { accountId, userId, policy, policyArns }: FederatedClaims,
  source: CallerSource,
):
  | { readonly arn: string; readonly tags: TagRecord; readonly policies: Caller['policies'] }
  | undefined {
  const session = { policy, policyArns };
  if (userId === null) {
    const limited = policiesOf([], { boundary: null, session }, source);
    const all = managedPolicy(everything, source.identities, source.policies);
    return {
      arn: rootArn(accountId),
      tags: {},
      policies: { ...limited, identity: all ? [all] : [] },
    };
  }
  const user = source.identities.user(userId);
  return (
    user && {
      arn: userArn(user),
      tags: tagRecord(user.tags),
      policies: policiesOf(
        userCarriers(user, source.identities),
        { boundary: user.permissionsBoundary, session },
        source,
      ),
    }
  );
}

function federatedCaller(claims: FederatedClaims, source: CallerSource): Caller | undefined {
  const { accountId, name } = claims;
  const issuer = issuerOf(claims, source);
  return (
    issuer && {
      ...longTerm(null),
      principal: {
        kind: 'federated-user',
        arn: federatedUserArn(accountId, name),
        accountId,
        userId: `${accountId}:${name}`,
        tags: tagsOfSession(issuer.tags, claims),
        sessionIssuerArn: issuer.arn,
      },
      accountId,
      session: claims,
      policies: issuer.policies,
    }
  );
}

/** Whoever holds a session; undefined when its role or user is gone. */
export function sessionCaller(claims: SessionClaims, source: CallerSource): Caller | undefined {
  switch (claims.kind) {
    case 'role':
      return roleSessionCaller(claims, source);
    case 'user':
      return userSessionCaller(claims, source);
    case 'federated':
      return federatedCaller(claims, source);
  }
}

/** The caller of an ARN that was authenticated before, without a session; undefined when it is gone. */
export function longTermCaller(
  accountId: string,
  arn: string,
  source: CallerSource,
): Caller | undefined {
  if (arn === rootArn(accountId)) return rootCaller(accountId);
  const user = source.identities.userNamed(accountId, nameIn(arn));
  return user && userArn(user) === arn ? userCaller(user, null, source) : undefined;
}

/** Whose a long-term key is, and its sealed secret. */
export type KeyHolder = {
  readonly secretSealed: string;
  readonly accountId: string;
  /** Null: the root user. */
  readonly user: User | null;
};

/** The holder of a key that is active now; undefined for every other. */
export function findKeyHolder(
  accessKeyId: string,
  identities: IdentitiesInForce,
): KeyHolder | undefined {
  const installed = identities.installedKey(accessKeyId);
  if (installed)
    return {
      secretSealed: installed.key.secretSealed,
      accountId: installed.accountId,
      user: null,
    };
  const key = identities.key(accessKeyId);
  if (key?.status !== 'Active') return undefined;
  if (key.userId === null) return { ...key, user: null };
  const user = identities.user(key.userId);
  return user && { ...key, user };
}
