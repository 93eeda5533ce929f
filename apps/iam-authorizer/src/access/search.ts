/**
 * Decisions, newest first, from the trails themselves: whatever was decided is in them until its rows leave the
 * log's tables for segments (`SEGMENT_HOT_DAYS`), which an export reads. The days
 * that cannot hold what is asked for are left out by their streams' names.
 */
import type { AccessDecision } from '@firesteel/contracts/events';
import type { EntityManager } from '@mikro-orm/postgresql';

/** What is asked for; what is left out is any. */
export type AccessFilter = {
  /** ARN; `*` stands for anything. */
  readonly principal?: string | undefined;
  /** `s3:GetObject`; `*` stands for anything. */
  readonly action?: string | undefined;
  readonly accountId?: string | undefined;
  /** ISO-8601 UTC; decisions at or after it. */
  readonly since?: string | undefined;
  /** Decisions at or before it. */
  readonly until?: string | undefined;
  readonly allowed?: boolean | undefined;
};

type Trail = { readonly id: string; readonly version: number; readonly lastAt: string };

const dayOf = (at: string): string => at.slice(0, 10).replaceAll('-', '');

/** The trails that may hold what is asked for, those that end last first. Ids are `<account>.<yyyymmdd>.<life>`. */
const trailsOf = (em: EntityManager, filter: AccessFilter): Promise<Trail[]> =>
  em.execute<Trail[]>(
    `select id, version, state->>'lastAt' as "lastAt" from access
     where (?::text is null or starts_with(id, ?))
       and (?::text is null or state->>'lastAt' >= ?)
       and (?::text is null or split_part(id, '.', 2) <= ?)
     order by state->>'lastAt' desc`,
    [
      filter.accountId ?? null,
      `${filter.accountId ?? ''}.`,
      filter.since ?? null,
      filter.since ?? '',
      filter.until ?? null,
      dayOf(filter.until ?? ''),
    ],
  );

/** `*` stands for anything; LIKE's own signs for themselves. */
const likeOf = (text: string): string => text.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');

/** The newest decisions of a part of a trail, from its end. */
async function decisionsIn(
  em: EntityManager,
  { id }: Trail,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  filter: AccessFilter,
  limit: number,
): Promise<AccessDecision[]> {
  const { principal, action, since = null, until = null, allowed = null } = filter;
  const who = principal === undefined ? null : likeOf(principal);
  // Actions know no case.
  const what = action === undefined ? null : likeOf(action);
  const rows = await em.execute<{ decision: AccessDecision }[]>(
    `select d.value as decision
     from log.read_stream(?, greatest(?, log.archived_version(?))) e, json_array_elements(e.data->'decisions') with ordinality d(value, place)
     where e.version <= ?
       and (?::text is null or d.value->>'principal' like ?)
       and (?::text is null or d.value->>'action' ilike ?)
       and (?::text is null or d.value->>'at' >= ?)
       and (?::text is null or d.value->>'at' <= ?)
       and (?::boolean is null or (d.value->>'allowed')::boolean = ?)
     order by e.version desc, d.place desc limit ?`,
    [
      `access-${id}`,
      after,
      `access-${id}`,
      upTo,
      who,
      who,
      what,
      what,
      since,
      since,
      until,
      until,
      allowed,
      allowed,
      limit,
    ],
  );
  return rows.map(({ decision }) => decision);
}

/** Events that are looked at first; each time there are not enough in them, twice as many. */
const firstWindow = 256;

/** The newest decisions of one trail; it is read from its end, no further than needed. */
async function newestIn(
  em: EntityManager,
  trail: Trail,
  filter: AccessFilter,
  limit: number,
): Promise<readonly AccessDecision[]> {
  const found: AccessDecision[] = [];
  let upTo = trail.version;
  for (let window = firstWindow; upTo > 0 && found.length < limit; window *= 2) {
    const after = Math.max(0, upTo - window);
    found.push(...(await decisionsIn(em, trail, { after, upTo }, filter, limit - found.length)));
    upTo = after;
  }
  return found;
}

const newestFirst = (one: AccessDecision, other: AccessDecision): number =>
  one.at < other.at ? 1 : one.at > other.at ? -1 : 0;

/** At most `limit` decisions that match, newest first. */
export async function findDecisions(
  em: EntityManager,
  filter: AccessFilter,
  limit: number,
): Promise<readonly AccessDecision[]> {
  let found: readonly AccessDecision[] = [];
  for (const trail of await trailsOf(em, filter)) {
    const oldest = found.length < limit ? undefined : found.at(-1);
    // No later trail ends after this one: it cannot hold anything newer.
    if (oldest !== undefined && trail.lastAt < oldest.at) break;
    const more = await newestIn(em, trail, filter, limit);
    found = [...found, ...more].toSorted(newestFirst).slice(0, limit);
  }
  return found;
}
