/** Writes decisions to the log: one stream per account, day and life of this process. */
import type { AccessDecision } from '@firesteel/contracts/events';
import { handleIn, transact } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { accessTrails } from '../tables.ts';
import type { WriteDecisions } from './recorder.ts';

/** `<account>.<yyyymmdd>.<life>`; the streams are this process' own, so that no append meets another's version. */
const trailOf = (life: number, { accountId, at }: AccessDecision): string =>
  `${accountId ?? 'unknown'}.${at.slice(0, 10).replaceAll('-', '')}.${life}`;

/**
 * Answers a function that appends a batch in one transaction and then pokes the ledger; it rejects,
 * and nothing of the batch is in the log, when the database refuses.
 * @param life what tells this process from others, such as its start in epoch milliseconds
 */
export const writeToLog =
  (em: EntityManager, life: number, wakeLedger: () => void): WriteDecisions =>
  async (decisions) => {
    const byStream = Map.groupBy(decisions, (decision) => trailOf(life, decision));
    await transact(em, async (tx) => {
      for (const [stream, batch] of byStream)
        await handleIn(tx, accessTrails, stream, { type: 'RecordDecisions', decisions: batch });
    });
    wakeLedger();
  };
