/**
 * Reading the meters of workers that live on, so that a bill does not wait for their end. A reading says that a
 * worker has lived for at least so long, in whole intervals: what is beyond is for the next one, or for the end.
 */
import type { AppendMeta } from '@firesteel/event-store';
import { handle } from '@firesteel/event-store/commands';
import type { EntityManager } from '@mikro-orm/postgresql';
import { workers } from '../fleet/tables.ts';
import type { SeenZone } from '../fleet/zones.ts';
import { isLive, reached, type Worker } from '../worker/worker.ts';

/** A meter is read so much later than it could be: the report of an end that is on its way is never overtaken. */
export const lagMs = 60_000;

export type Meters = {
  readonly seen: readonly SeenZone[];
  /** How often the meter of a worker is read. */
  readonly everyMs: number;
  /** Milliseconds that a worker has been ready at least, `knownMs` of them by its last reading. */
  readonly atLeastMs: (workerId: string, knownMs: number) => number;
};

type Reading = {
  readonly worker: Worker;
  /** What to read now; null: nothing yet. */
  readonly readyMs: number | null;
  /** Milliseconds until the next one. */
  readonly nextMs: number;
};

/** What the meters of workers say whose agents are there: what a silent one holds may have ended. */
export const readingsOf = (
  all: readonly Worker[],
  { seen, everyMs, atLeastMs }: Meters,
): readonly Reading[] =>
  all.flatMap((worker) => {
    const zone = seen.find((known) => known.zone === worker.zone);
    if (!zone?.connected || !isLive(worker) || !reached(worker, 'READY')) return [];
    const knownMs = worker.metered?.readyMs ?? 0;
    const aliveMs = atLeastMs(worker.workerId, knownMs);
    // An agent that has just come back may be about to say that it has ended.
    if (zone.proof === null) return [{ worker, readyMs: null, nextMs: lagMs }];
    const provenMs = aliveMs - zone.proof.agoMs - lagMs - knownMs;
    const intervals = Math.max(0, Math.floor(provenMs / everyMs));
    const readyMs = intervals === 0 ? null : knownMs + intervals * everyMs;
    return [{ worker, readyMs, nextMs: Math.ceil((intervals + 1) * everyMs - provenMs) }];
  });

/** Reads every meter that is due. @returns milliseconds until the next one is; null: there is none */
export async function readMeters(
  em: EntityManager,
  all: readonly Worker[],
  meters: Meters & { readonly at: string; readonly metaOf: (jobRunId: string) => AppendMeta },
): Promise<number | null> {
  const readings = readingsOf(all, meters);
  for (const { worker, readyMs } of readings) {
    if (readyMs === null) continue;
    const { workerId, jobRunId } = worker;
    const command = { type: 'ReadMeter', readyMs, at: meters.at } as const;
    await handle(em, workers, workerId, command, jobRunId === null ? {} : meters.metaOf(jobRunId));
  }
  return readings.length === 0 ? null : Math.min(...readings.map(({ nextMs }) => nextMs));
}
