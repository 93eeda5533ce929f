/** Users, groups, roles, policies, instance profiles and MFA devices by the names that their account knows them by, and who has to do with whom. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Group } from './group/group.ts';
import type { Others } from './identity/names.ts';
import type { InstanceProfile } from './instance-profile/instance-profile.ts';
import type { Key } from './key/key.ts';
import { type EnabledDevice, isEnabled, type MFADevice } from './mfa-device/mfa-device.ts';
import type { ManagedPolicy } from './policy/policy.ts';
import type { Role } from './role/role.ts';
import type { User } from './user/user.ts';

/** One of them, and the id of its stream. */
export type Found<State> = { readonly id: string; readonly state: State };

/** What there may be of a name. */
export type Entities = {
  readonly user: User;
  readonly group: Group;
  readonly role: Role;
  readonly policy: ManagedPolicy;
  readonly 'instance-profile': InstanceProfile;
  /** By path and name: `/team/phone`. */
  readonly mfa: MFADevice;
};

const tableOf: Readonly<Record<keyof Entities, string>> = {
  user: 'iam_user',
  group: 'iam_group',
  role: 'role',
  policy: 'policy',
  'instance-profile': 'instance_profile',
  mfa: 'mfa_device',
};

/** The one of a name, read anew each time; undefined when the account has none. */
export async function findByName<Kind extends keyof Entities>(
  em: EntityManager,
  kind: Kind,
  accountId: string,
  name: string,
): Promise<Found<Entities[Kind]> | undefined> {
  const [row] = await em.execute<Found<Entities[Kind]>[]>(
    `select id, state from ${tableOf[kind]} where account_id = ? and name_key = ?`,
    [accountId, name.toLowerCase()],
  );
  return row;
}

/** The one of a unique id; undefined when there is none or it was deleted. */
export async function findById<Kind extends 'user' | 'group'>(
  em: EntityManager,
  kind: Kind,
  id: string,
): Promise<Entities[Kind] | undefined> {
  const [row] = await em.execute<{ state: Entities[Kind] }[]>(
    `select state from ${tableOf[kind]} where id = ? and account_id is not null`,
    [id],
  );
  return row?.state;
}

/** What else there is in the account besides what is to be created. */
export async function othersOf(
  em: EntityManager,
  kind: keyof Entities,
  accountId: string,
  name: string,
): Promise<Others> {
  const [row] = await em.execute<{ count: number; named: number }[]>(
    `select count(*)::int as count, (count(*) filter (where name_key = ?))::int as named
     from ${tableOf[kind]} where account_id = ?`,
    [name.toLowerCase(), accountId],
  );
  return { count: row?.count ?? 0, sameName: (row?.named ?? 0) > 0 };
}

/** What a listing asks for: names after `after`, at most `limit`, of paths that begin with `pathPrefix`. */
export type Listing = {
  readonly pathPrefix: string;
  readonly after: string;
  readonly limit: number;
};

/** All of a kind: more than an account may have. */
export const everything: Listing = { pathPrefix: '/', after: '', limit: 10_000 };

/** In the order of their names. */
export async function listByName<Kind extends keyof Entities>(
  em: EntityManager,
  kind: Kind,
  accountId: string,
  { pathPrefix, after, limit }: Listing,
): Promise<readonly Entities[Kind][]> {
  const rows = await em.execute<{ state: Entities[Kind] }[]>(
    `select state from ${tableOf[kind]}
     where account_id = ? and name_key collate "C" > ? and starts_with(state->>'path', ?)
     order by name_key collate "C" limit ?`,
    [accountId, after, pathPrefix, limit],
  );
  return rows.map(({ state }) => state);
}

/** The users in a group, in the order of their names. */
export async function membersOf(em: EntityManager, groupId: string): Promise<readonly User[]> {
  const rows = await em.execute<{ state: User }[]>(
    `select state from iam_user where account_id is not null and state->'groups' @> ?::jsonb order by name_key collate "C"`,
    [JSON.stringify([groupId])],
  );
  return rows.map(({ state }) => state);
}

/** The groups of some unique ids, in the order of their names. */
export async function groupsOf(
  em: EntityManager,
  ids: readonly string[],
): Promise<readonly Group[]> {
  if (ids.length === 0) return [];
  const rows = await em.execute<{ state: Group }[]>(
    `select state from iam_group where account_id is not null
     and id in (select jsonb_array_elements_text(?::jsonb)) order by name_key collate "C"`,
    [JSON.stringify(ids)],
  );
  return rows.map(({ state }) => state);
}

/** The keys of a user that were made with the API, oldest first; of the root user for null. */
export async function keysOf(
  em: EntityManager,
  accountId: string,
  userId: string | null,
): Promise<readonly Key[]> {
  const rows = await em.execute<{ state: Key }[]>(
    `select state from access_key where account_id = ? and user_id is not distinct from ?
     order by state->>'createdAt', id`,
    [accountId, userId],
  );
  return rows.map(({ state }) => state);
}

/** The keys of an account that were made with the API, oldest first, by the unique id of their user; the root user's under null. */
export async function keysByUser(
  em: EntityManager,
  accountId: string,
): Promise<ReadonlyMap<string | null, readonly Key[]>> {
  const rows = await em.execute<{ state: Key }[]>(
    `select state from access_key where account_id = ? order by state->>'createdAt', id`,
    [accountId],
  );
  return Map.groupBy(
    rows.map(({ state }) => state),
    ({ userId }) => userId,
  );
}

/** How often a managed policy is used. */
export type Uses = { readonly attachments: number; readonly boundaries: number };

/** Uses of the managed policies in an account, by ARN; one that is not used is not in it. */
export async function policyUses(
  em: EntityManager,
  accountId: string,
): Promise<ReadonlyMap<string, Uses>> {
  const rows = await em.execute<(Uses & { arn: string })[]>(
    `with holder as (
       select state from iam_user where account_id = ?
       union all select state from iam_group where account_id = ?
       union all select state from role where account_id = ?)
     select arn, sum(attachment)::int as attachments, sum(boundary)::int as boundaries from (
       select jsonb_array_elements_text(state->'attached') as arn, 1 as attachment, 0 as boundary from holder
       union all
       select state->>'permissionsBoundary', 0, 1 from holder where state->>'permissionsBoundary' is not null
     ) uses group by arn`,
    [accountId, accountId, accountId],
  );
  return new Map(rows.map(({ arn, ...uses }) => [arn, uses]));
}

/** How a managed policy is used: attached, or as a permissions boundary. */
export type Usage = 'attached' | 'boundary';

const usageTest: Readonly<Record<Usage, string>> = {
  attached: `state->'attached' @> to_jsonb(?::text)`,
  boundary: `state->>'permissionsBoundary' = ?`,
};

/** Who uses a managed policy, in the order of their names. */
export async function usersOfPolicy<Kind extends 'user' | 'group' | 'role'>(
  em: EntityManager,
  kind: Kind,
  accountId: string,
  arn: string,
  usage: Usage,
): Promise<readonly Entities[Kind][]> {
  const rows = await em.execute<{ state: Entities[Kind] }[]>(
    `select state from ${tableOf[kind]} where account_id = ? and ${usageTest[usage]} order by name_key collate "C"`,
    [accountId, arn],
  );
  return rows.map(({ state }) => state);
}

/** The roles of an account by their unique ids, which no stream of an earlier version has in its name. */
export async function rolesById(
  em: EntityManager,
  accountId: string,
): Promise<ReadonlyMap<string, Role>> {
  const rows = await em.execute<{ state: Role }[]>('select state from role where account_id = ?', [
    accountId,
  ]);
  return new Map(rows.map(({ state }) => [state.roleId, state]));
}

/** The instance profiles that hand out a role, in the order of their names. */
export async function instanceProfilesOf(
  em: EntityManager,
  accountId: string,
  roleId: string,
): Promise<readonly InstanceProfile[]> {
  const rows = await em.execute<{ state: InstanceProfile }[]>(
    `select state from instance_profile where account_id = ? and state->>'roleId' = ?
     order by name_key collate "C"`,
    [accountId, roleId],
  );
  return rows.map(({ state }) => state);
}

/** The MFA devices of an account that are enabled, by the unique id of their user, in the order of their names. */
export async function devicesByUser(
  em: EntityManager,
  accountId: string,
): Promise<ReadonlyMap<string, readonly EnabledDevice[]>> {
  const rows = await em.execute<{ state: MFADevice }[]>(
    `select state from mfa_device where account_id = ? and state->'enabled' <> 'null'::jsonb
     order by name_key collate "C"`,
    [accountId],
  );
  return Map.groupBy(
    rows.flatMap(({ state }) => (isEnabled(state) ? [state] : [])),
    ({ enabled }) => enabled.userId,
  );
}

/** Whether an account of the installation has an alias. */
export async function isAliasTaken(em: EntityManager, alias: string): Promise<boolean> {
  const rows = await em.execute<object[]>(`select id from principal where state->>'alias' = ?`, [
    alias,
  ]);
  return rows.length > 0;
}

/** How many of each kind an account has. */
export async function countsOf(
  em: EntityManager,
  accountId: string,
): Promise<Readonly<Record<keyof Entities, number>>> {
  const [row] = await em.execute<Record<keyof Entities, number>[]>(
    `select ${Object.entries(tableOf)
      .map(
        ([kind, table]) =>
          `(select count(*)::int from ${table} where account_id = a.id) as "${kind}"`,
      )
      .join(', ')} from (select ?::text as id) a`,
    [accountId],
  );
  return row ?? { user: 0, group: 0, role: 0, policy: 0, 'instance-profile': 0, mfa: 0 };
}
