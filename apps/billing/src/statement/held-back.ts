/**
 * Why no statement can be issued just now: an event that billing could not take is parked, and what it says may be
 * missing. The consumer keeps such events in a table `parked` of billing's own schema.
 */
import type { EntityManager } from '@mikro-orm/postgresql';

/** A sentence about it; null when nothing is parked. */
export async function heldBack(tx: EntityManager): Promise<string | null> {
  const [row] = await tx.execute<{ n: string }[]>('select count(*) as n from parked');
  const parked = Number(row?.n ?? 0);
  return parked === 0
    ? null
    : `events that billing could not take are parked (${parked}): see \`firesteel parked list\``;
}
