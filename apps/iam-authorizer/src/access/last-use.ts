/** When a long-term key was last used, from the trails of its account. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { KeyUse } from './access.ts';

/** The last use of a key, undefined when no trail knows of any. Each trail holds the last of its own. */
export async function lastUseOf(
  em: EntityManager,
  accountId: string,
  accessKeyId: string,
): Promise<KeyUse | undefined> {
  const [row] = await em.execute<{ use: KeyUse }[]>(
    `select state->'lastUses'->? as use from access
     where starts_with(id, ?) and jsonb_exists(state->'lastUses', ?)
     order by state->'lastUses'->?->>'at' desc limit 1`,
    [accessKeyId, `${accountId}.`, accessKeyId, accessKeyId],
  );
  return row?.use;
}
