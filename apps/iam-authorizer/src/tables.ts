/** Where principals, roles, fences and the decisions' trail are kept. */
import type {
  AccessEvent,
  FenceEvent,
  PrincipalEvent,
  RoleEvent,
} from '@firesteel/contracts/events';
import { type Aggregate, load } from '@firesteel/event-store/aggregate';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type AccessCommand, type AccessTrail, access } from './access/access.ts';
import { type Fence, type FenceCommand, fence } from './fence/fence.ts';
import {
  type AccessKey,
  type Principal,
  type PrincipalCommand,
  principal,
} from './principal/principal.ts';
import { type Role, type RoleCommand, type RoleState, role } from './role/role.ts';
import type { JobRunAttempt } from './session/session.ts';

export const PrincipalRow = defineEntity({
  name: 'PrincipalRow',
  tableName: 'principal',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<Principal>(),
    accessKeyId: p.text().fieldName('access_key_id').nullable(),
  },
});

export const RoleRow = defineEntity({
  name: 'RoleRow',
  tableName: 'role',
  properties: { id: p.text().primary(), version: p.integer(), state: p.json<Role>() },
});

export const AccessRow = defineEntity({
  name: 'AccessRow',
  tableName: 'access',
  properties: { id: p.text().primary(), version: p.integer(), state: p.json<AccessTrail>() },
});

export const FenceRow = defineEntity({
  name: 'FenceRow',
  tableName: 'fence',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<Fence>(),
    fencedAt: p.text().fieldName('fenced_at'),
  },
});

export const principals: Aggregate<Principal, PrincipalCommand, PrincipalEvent> = {
  category: 'principal',
  decider: principal,
  entity: PrincipalRow,
  columns: ({ keys }) => ({ access_key_id: keys[0]?.accessKeyId ?? null }),
};

export const roles: Aggregate<RoleState, RoleCommand, RoleEvent> = {
  category: 'role',
  decider: role,
  entity: RoleRow,
  columns: () => ({}),
};

export const accessTrails: Aggregate<AccessTrail, AccessCommand, AccessEvent> = {
  category: 'access',
  decider: access,
  entity: AccessRow,
  columns: () => ({}),
};

/** Streams are `fence-<jobRunId>`. */
export const fences: Aggregate<Fence, FenceCommand, FenceEvent> = {
  category: 'fence',
  decider: fence,
  entity: FenceRow,
  columns: ({ fencedAt }) => ({ fenced_at: fencedAt }),
};

/** A good access key and its account, or undefined; read anew each time, so a deactivated key is dead at once. */
export async function findAccessKey(
  em: EntityManager,
  accessKeyId: string,
): Promise<{ readonly key: AccessKey; readonly accountId: string } | undefined> {
  const row = await em.fork().findOne(PrincipalRow, { accessKeyId });
  const key = row?.state.keys.find((candidate) => candidate.accessKeyId === accessKeyId);
  return row && key && row.state.accountId !== null
    ? { key, accountId: row.state.accountId }
    : undefined;
}

/** The id part of a role's stream. */
export const roleIdOf = (accountId: string, roleName: string): string => `${accountId}.${roleName}`;

/** The fences that were raised since then (ISO-8601), for the start of the process. */
export async function fencesSince(em: EntityManager, since: string): Promise<readonly Fence[]> {
  const rows = await em.fork().find(FenceRow, { fencedAt: { $gte: since } });
  return rows.map(({ state }) => state);
}

/** Whether an attempt is fenced off, however long ago; read from the table. */
export async function isFenced(
  em: EntityManager,
  { jobRunId, attempt }: JobRunAttempt,
): Promise<boolean> {
  const { state } = await load(em, fences, jobRunId);
  return attempt < state.belowAttempt;
}
