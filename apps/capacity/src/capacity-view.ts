/** What people are shown of capacity: pure functions of the fleet, so that the answer is what decisions look at. */
import { maximumOf, minus, type Room, roomInZone, sumOf } from './fleet/room.ts';
import type { Fleet } from './fleet/tables.ts';
import { isImpaired, type SeenZone } from './fleet/zones.ts';
import { isFree, isLive, reached, type Worker } from './worker/worker.ts';
import type { ZoneState } from './zone/zone.ts';

/** A zone takes work (HEALTHY), its agent is away (SILENT), or it takes none until restored (IMPAIRED). */
export type ZoneCondition = 'HEALTHY' | 'SILENT' | 'IMPAIRED';

const conditionOf = (
  { zone, connected }: SeenZone,
  states: readonly ZoneState[],
): ZoneCondition => {
  if (isImpaired(zone, states)) return 'IMPAIRED';
  return connected ? 'HEALTHY' : 'SILENT';
};

/** Every zone that is known, with what its agent may start in all. */
export const zonesOf = (seen: readonly SeenZone[], states: readonly ZoneState[]) =>
  [...seen]
    .sort((a, b) => a.zone.localeCompare(b.zone))
    .map((known) => ({
      zone: known.zone,
      state: conditionOf(known, states),
      vcpu: known.vcpu,
      memoryMb: known.memoryMb,
      reason: states.find(({ zone }) => zone === known.zone)?.reason ?? '',
    }));

function poolView(applicationId: string, { pools, workers }: Fleet) {
  const pool = pools.find((candidate) => candidate.applicationId === applicationId);
  if (!pool) return null;
  const members = workers.filter(
    (worker) => worker.pooled && worker.applicationId === applicationId && !worker.stopReason,
  );
  return {
    status: pool.status,
    zone: pool.zone,
    reason: pool.reason,
    workers: pool.pools.map(({ workerType, count }) => {
      const ofType = members.filter((worker) => worker.workerType === workerType);
      return {
        workerType,
        count,
        ready: ofType.filter((worker) => isFree(worker) && reached(worker, 'READY')).length,
        serving: ofType.filter(({ jobRunId }) => jobRunId !== null).length,
      };
    }),
  };
}

const whatHappened = (worker: Worker): { at: string; what: string; reason: string }[] => {
  const { workerId, requestedAt, reason, exitedAt, stopReason, exitCode } = worker;
  const asked = { at: requestedAt, what: `${workerId} was asked for`, reason };
  if (exitedAt === null) return [asked];
  const how = exitCode === null ? 'was lost' : `ended with ${exitCode}`;
  return [asked, { at: exitedAt, what: `${workerId} ${how}`, reason: stopReason ?? '' }];
};

/** Limits do not travel as JSON's null: no maximum is no room member. */
const finite = (room: Room) => ({
  vcpu: room.vcpu,
  memoryMb: room.memoryMb,
  diskGb: Number.isFinite(room.diskGb) ? room.diskGb : null,
});

/** Who of an application holds what, who waits for what, and what happened of late. */
export function capacityOf(
  applicationId: string,
  fleet: Fleet,
  seen: readonly SeenZone[],
  recent: readonly Worker[],
) {
  const workers = fleet.workers.filter(
    (worker) => worker.applicationId === applicationId && isLive(worker),
  );
  const allocations = fleet.allocations.filter(
    (allocation) => allocation.applicationId === applicationId,
  );
  const held = sumOf(workers.map(({ size }) => size));
  const ofPool = fleet.pools.find((pool) => pool.applicationId === applicationId);
  const maximum = allocations[0]?.plan.maximumCapacity ?? ofPool?.maximumCapacity ?? null;
  return {
    applicationId,
    pool: poolView(applicationId, fleet),
    workers: workers.map((worker) => ({
      workerId: worker.workerId,
      workerType: worker.workerType,
      status: worker.leaving ? 'LEAVING' : worker.status,
      jobRunId: worker.jobRunId,
      attempt: worker.attempt,
      zone: worker.zone,
      size: worker.size,
      reason: worker.reason,
      stopReason: worker.stopReason,
      since: worker.requestedAt,
    })),
    waiting: allocations
      .filter(({ status }) => status === 'WAITING')
      .map(({ jobRunId, attempt, reason, requestedAt }) => ({
        ...{ jobRunId, attempt, reason, since: requestedAt },
      })),
    held,
    room: {
      application: maximum && finite(minus(maximumOf(maximum), held)),
      zones: zonesOf(seen, fleet.zones).map((zone) => {
        const { vcpu, memoryMb } = roomInZone(zone, fleet.workers);
        return { ...zone, vcpu, memoryMb };
      }),
    },
    recent: recent
      .flatMap(whatHappened)
      .sort((a, b) => b.at.localeCompare(a.at))
      .slice(0, 20),
  };
}
