/** Writes decisions to the log: one stream per account, day and life of this process. */
import type { AccessDecision } from '@firesteel/contracts/events';
import { commit } from '@firesteel/event-store/commands';
import type { EntityManager } from '@mikro-orm/postgresql';
import { accessTrails } from '../tables.ts';

/** `<account>.<yyyymmdd>.<life>`; the streams are this process' own, so that no append meets another's version. */
export const trailOf = (life: number, { accountId, at }: AccessDecision): string =>
  `${accountId ?? 'unknown'}.${at.slice(0, 10).replaceAll('-', '')}.${life}`;

/** A decision and its place in its stream: the how many-th of all decisions there, from 1. */
export type Entry = {
  readonly trail: string;
  readonly number: number;
  readonly decision: AccessDecision;
};

/** Brings decisions to the log, those that it has already left out; all or nothing. */
export type AppendToTrails = (entries: readonly Entry[]) => Promise<void>;

/**
 * Answers a function that appends a batch, all of it or nothing; it rejects when the database refuses, and may then be
 * asked again. The ledger is not poked: nobody waits for these facts, and taken together they cost every
 * service a fraction.
 */
export const appendToTrails =
  (em: EntityManager): AppendToTrails =>
  (entries) => {
    const byTrail = Map.groupBy(entries, ({ trail }) => trail);
    const places = [...byTrail.keys()].map((id) => ({ aggregate: accessTrails, id }));
    return commit(em, places, (unit) => {
      for (const [id, batch] of byTrail) {
        const { allowed, denied } = unit.load(accessTrails, id).state;
        const decisions = batch
          .filter(({ number }) => number > allowed + denied)
          .map(({ decision }) => decision);
        unit.handle(accessTrails, id, { type: 'RecordDecisions', decisions });
      }
    });
  };
