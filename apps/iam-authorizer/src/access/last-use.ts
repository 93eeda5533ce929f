/** When long-term keys and roles were last used, from the trails of their account: each trail holds the last of its own. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { LastUse } from './access.ts';

/** The last use of a key or a role, by its id; undefined when no trail knows of any. */
export async function lastUseOf(
  em: EntityManager,
  accountId: string,
  id: string,
): Promise<LastUse | undefined> {
  const [row] = await em.execute<{ use: LastUse }[]>(
    `select state->'lastUses'->? as use from access
     where starts_with(id, ?) and jsonb_exists(state->'lastUses', ?)
     order by state->'lastUses'->?->>'at' desc limit 1`,
    [id, `${accountId}.`, id, id],
  );
  return row?.use;
}

/** The last uses of all keys and roles of an account, by their ids. */
export async function lastUsesIn(
  em: EntityManager,
  accountId: string,
): Promise<ReadonlyMap<string, LastUse>> {
  const rows = await em.execute<{ id: string; use: LastUse }[]>(
    `select distinct on (used.key) used.key as id, used.value as use
     from access, jsonb_each(access.state->'lastUses') used
     where starts_with(access.id, ?)
     order by used.key, used.value->>'at' desc`,
    [`${accountId}.`],
  );
  return new Map(rows.map(({ id, use }) => [id, use]));
}
