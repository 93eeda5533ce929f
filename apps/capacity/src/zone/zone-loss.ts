/**
 * What is done about zones that take no work any more. An agent cannot tell a partition from a control
 * plane that is away, so it never kills for silence; therefore an attempt is run again only after its
 * credentials are refused, is billed up to the last sign of life of its agent, and what lives on of it
 * is killed when that agent is back (architecture.md, fencing).
 */
import type { AppendMeta } from '@firesteel/event-store';
import { handleIn, transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Allocation } from '../allocation/allocation.ts';
import { idOfAllocation } from '../allocation/allocation-id.ts';
import { allocations, type Fleet, workers, zones } from '../fleet/tables.ts';
import {
  allowedZones,
  healthyZones,
  isImpaired,
  type SeenZone,
  type ZoneSubnets,
} from '../fleet/zones.ts';
import { allocationOfWorker, type Worker } from '../worker/worker.ts';

/** What zone losses need beside the database. */
export type ZoneWatch = {
  readonly seen: readonly SeenZone[];
  readonly zoneSubnets: ZoneSubnets;
  /** An agent that was silent for so long has lost its zone, if there is another. */
  readonly silenceMs: number;
  /** Returns once no credentials of the run's attempts below that one are taken any more. */
  readonly fence: (jobRunId: string, belowAttempt: number) => Promise<void>;
  readonly at: string;
  readonly metaOf: (jobRunId: string) => AppendMeta;
  /** How long a worker has been ready by our own monotonic clock; null when that is not known. */
  readonly observedMs: (workerId: string) => number | null;
};

/** Milliseconds until a silent zone has been silent for too long; null when none is silent. */
export function nextSilenceMs({ seen, silenceMs }: ZoneWatch, fleet: Fleet): number | null {
  const left = seen
    .filter(({ connected, zone }) => !connected && !isImpaired(zone, fleet.zones))
    .map(({ silentMs }) => Math.max(0, silenceMs - silentMs));
  return left.length === 0 ? null : Math.min(...left) + 1;
}

/**
 * Zones whose agent has been silent for too long are impaired, as long as another takes work. Answers
 * whether one was.
 */
export async function noticeSilence(
  em: EntityManager,
  fleet: Fleet,
  watch: ZoneWatch,
): Promise<boolean> {
  const { seen, silenceMs, at } = watch;
  if (healthyZones(seen, fleet.zones).length === 0) return false;
  let noticed = false;
  for (const { zone, connected, lastSeenAt, silentMs } of seen) {
    if (connected || silentMs < silenceMs || isImpaired(zone, fleet.zones)) continue;
    noticed = true;
    const reason = `its worker-agent was last heard at ${lastSeenAt}`;
    await handle(em, zones, zone, { type: 'ImpairZone', zone, by: 'silence', reason, at });
  }
  return noticed;
}

/** Attempts in impaired zones end, if they can be run elsewhere; what cannot be reached is closed. */
export async function loseZones(em: EntityManager, fleet: Fleet, watch: ZoneWatch): Promise<void> {
  for (const allocation of fleet.allocations)
    if (isLost(allocation, fleet, watch)) await lose(em, allocation, fleet, watch);
  for (const worker of fleet.workers)
    if (isBeyondReach(worker, fleet, watch)) await transact(em, (tx) => close(tx, worker, watch));
}

function isLost(allocation: Allocation, fleet: Fleet, { seen, zoneSubnets }: ZoneWatch): boolean {
  const { status, zone, plan } = allocation;
  if (status !== 'GRANTED' && status !== 'ENDING') return false;
  if (zone === null || !isImpaired(zone, fleet.zones)) return false;
  const elsewhere = allowedZones(healthyZones(seen, fleet.zones), plan.subnetIds, zoneSubnets);
  return elsewhere.length > 0;
}

const isConnected = (zone: string, seen: readonly SeenZone[]): boolean =>
  seen.some((known) => known.zone === zone && known.connected);

async function lose(
  em: EntityManager,
  allocation: Allocation,
  fleet: Fleet,
  watch: ZoneWatch,
): Promise<void> {
  const { jobRunId, attempt, zone } = allocation;
  await watch.fence(jobRunId, attempt + 1);
  const id = idOfAllocation(allocation);
  const why = fleet.zones.find((state) => state.zone === zone)?.reason ?? '';
  const reason = `Zone ${zone} is impaired: ${why}.`;
  await transact(em, async (tx) => {
    const command = { type: 'LoseZone', reason, at: watch.at } as const;
    await handleIn(tx, allocations, id, command, watch.metaOf(jobRunId));
    for (const worker of fleet.workers)
      if (allocationOfWorker(worker) === id && !isConnected(worker.zone, watch.seen))
        await close(tx, worker, watch);
  });
}

/** A worker in a silent, impaired zone that no running attempt needs: nobody will ever report its end. */
function isBeyondReach(worker: Worker, fleet: Fleet, { seen }: ZoneWatch): boolean {
  if (isConnected(worker.zone, seen) || !isImpaired(worker.zone, fleet.zones)) return false;
  const id = allocationOfWorker(worker);
  const owner = fleet.allocations.find((allocation) => idOfAllocation(allocation) === id);
  return owner === undefined || owner.status === 'ENDED';
}

/** So long a sign of life may have been on its way, longer than the report that the worker was ready. */
const onItsWayMs = 5_000;

/**
 * How long a worker was ready until its agent's last sign of life that proves it; by the wall clock only where we
 * began later. Without any, what its meter said is all that is known.
 */
function provenMs({ workerId, readyAt, zone }: Worker, watch: ZoneWatch): number {
  const proof = watch.seen.find((known) => known.zone === zone)?.proof ?? null;
  if (readyAt === null || proof === null) return 0;
  const observedMs = watch.observedMs(workerId);
  const betweenSignsMs =
    observedMs === null ? Date.parse(proof.at) - Date.parse(readyAt) : observedMs - proof.agoMs;
  return Math.max(0, Math.round(betweenSignsMs - onItsWayMs));
}

/** Closes a worker at its agent's last sign of life: nothing proves a second beyond it. */
async function close(tx: EntityManager, worker: Worker, watch: ZoneWatch): Promise<void> {
  const { workerId, jobRunId } = worker;
  const command = {
    type: 'NoteExited',
    exitCode: null,
    reason: 'its zone was lost',
    readyMs: provenMs(worker, watch),
    observedMs: watch.observedMs(workerId),
    boundAfterMs: worker.boundAfterMs,
    at: watch.at,
  } as const;
  await handleIn(tx, workers, workerId, command, jobRunId === null ? {} : watch.metaOf(jobRunId));
}
