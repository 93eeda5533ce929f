/**
 * Brings what is into line with what should be, in named steps, one transaction a round: clear up
 * after who has ended, admit who waits, size who runs, fill pools. Rounds never overlap and bursts
 * share one.
 */
import type { AppendMeta } from '@firesteel/event-store';
import { transact } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Zone } from '../fleet/room.ts';
import { type Fleet, readFleet } from '../fleet/tables.ts';
import type { ZoneSubnets } from '../fleet/zones.ts';
import { admitWaiting } from './admit-waiting.ts';
import { clearUp } from './clear-up.ts';
import { fillPools } from './fill-pools.ts';
import { sizeRunning } from './size-running.ts';

/** What one round needs beside the database. */
export type Surroundings = {
  /** Zones that take work: their agent is connected and they are not impaired. */
  readonly zones: readonly Zone[];
  readonly zoneSubnets: ZoneSubnets;
  /** Concurrent vCPUs an account may have; null: no limit. */
  readonly accountQuotaVcpu: number | null;
  readonly at: string;
  /** The trace of the run, so that its workers' events belong to it. */
  readonly metaOf: (jobRunId: string) => AppendMeta;
};

/** Executors refused in this round, to be told to their drivers. */
export type Refusal = { readonly jobRunId: string; readonly message: string };

export type RoundResult = {
  readonly refusals: readonly Refusal[];
  /** When a round is needed although nothing happens: milliseconds from now, null for never. */
  readonly againMs: number | null;
};

/** One round; answers what drivers have to be told. */
export const reconcile = (em: EntityManager, surroundings: Surroundings): Promise<RoundResult> =>
  transact(em, async (tx) => {
    let fleet = await readFleet(tx);
    /** A step sees what the ones before it changed; the fleet is read again only after a change. */
    const seeing = async (changed: boolean): Promise<Fleet> => {
      if (changed) fleet = await readFleet(tx);
      return fleet;
    };
    const cleared = await clearUp(tx, fleet, surroundings);
    const { decided, waitedFor } = await admitWaiting(tx, await seeing(cleared), surroundings);
    // What was just admitted gets its workers in the same round.
    const { changed, refusals } = await sizeRunning(
      tx,
      await seeing(decided),
      waitedFor,
      surroundings,
    );
    const againMs = await fillPools(tx, await seeing(changed), waitedFor, surroundings);
    return { refusals, againMs };
  });
