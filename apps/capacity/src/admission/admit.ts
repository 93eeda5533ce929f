/**
 * Who may start now: a pure function of the fleet. A run is admitted as a gang (driver and the
 * executors it needs to make progress, behaviours row 25), so that drivers never fill a limit and
 * starve; first come first served within an application, and no run overtakes one that waits for
 * the machine itself.
 */
import type { Allocation } from '../allocation/allocation.ts';
import {
  fits,
  type Holding,
  maximumOf,
  type Room,
  roomInApplication,
  roomInZone,
  sumOf,
  type Zone,
} from '../fleet/room.ts';

export type Admission =
  | {
      readonly kind: 'grant';
      readonly allocation: Allocation;
      readonly zone: string;
      readonly reason: string;
    }
  | { readonly kind: 'defer'; readonly allocation: Allocation; readonly reason: string }
  | { readonly kind: 'refuse'; readonly allocation: Allocation; readonly reason: string };

/** The sizes of a gang together. */
export const gangOf = ({ plan: { driver, executor, gangExecutors } }: Allocation): Room =>
  // Multiplied, not listed: nothing keeps a run from asking for two thousand million executors.
  sumOf([
    driver.size,
    {
      vcpu: executor.size.vcpu * gangExecutors,
      memoryMb: executor.size.memoryMb * gangExecutors,
      diskGb: executor.size.diskGb * gangExecutors,
    },
  ]);

const describe = ({ vcpu, memoryMb }: Room): string =>
  `${vcpu} vCPU and ${Math.ceil(memoryMb / 1024)} GB`;

/** Whether a run could ever start, however much ends before it. */
function neverFits(allocation: Allocation, zones: readonly Zone[]): string | null {
  const gang = gangOf(allocation);
  if (!fits(maximumOf(allocation), gang))
    return 'Job failed as application has exceeded maximumCapacity settings.';
  const someZone = zones.length === 0 || zones.some((zone) => fits(roomInZone(zone, []), gang));
  return someZone
    ? null
    : `Job failed as no zone is large enough for its driver and ${allocation.plan.gangExecutors} executors (${describe(gang)}); the largest has ${describe(largest(zones))}.`;
}

const largest = (zones: readonly Zone[]): Room =>
  zones.map((zone) => roomInZone(zone, [])).reduce((a, b) => (b.memoryMb > a.memoryMb ? b : a));

/** The zone with the most free memory that takes the gang. */
function zoneFor(
  gang: Room,
  zones: readonly Zone[],
  workers: readonly Holding[],
): string | undefined {
  const open = zones
    .map((zone) => ({ zone: zone.zone, room: roomInZone(zone, workers) }))
    .filter(({ room }) => fits(room, gang))
    .sort((a, b) => b.room.memoryMb - a.room.memoryMb || a.zone.localeCompare(b.zone));
  return open[0]?.zone;
}

/** Decides on every waiting allocation, oldest first. `zones` are those whose agent is connected. */
export function admit(
  waiting: readonly Allocation[],
  workers: readonly Holding[],
  zones: readonly Zone[],
): readonly Admission[] {
  const taken: Holding[] = [...workers];
  const blockedApplications = new Set<string>();
  let machineIsFull = false;
  return waiting.map((allocation): Admission => {
    const refusal = neverFits(allocation, zones);
    if (refusal !== null) return { kind: 'refuse', allocation, reason: refusal };
    const defer = (reason: string): Admission => {
      blockedApplications.add(allocation.applicationId);
      return { kind: 'defer', allocation, reason };
    };
    if (zones.length === 0) return defer('No worker-agent is connected.');
    if (blockedApplications.has(allocation.applicationId))
      return defer('Runs of the same application that came earlier are waiting.');
    if (machineIsFull) return defer('Runs that came earlier are waiting for room in a zone.');
    const gang = gangOf(allocation);
    if (!fits(roomInApplication(allocation, taken), gang))
      return defer(
        `The application’s maximumCapacity has no room for ${describe(gang)} at this moment.`,
      );
    const zone = zoneFor(gang, zones, taken);
    if (zone === undefined) {
      machineIsFull = true;
      return defer(`No zone has room for ${describe(gang)} at this moment.`);
    }
    // The next decision of the same round sees the gang as if it were there already.
    taken.push({ zone, applicationId: allocation.applicationId, size: gang });
    return { kind: 'grant', allocation, zone, reason: `${zone} has room for ${describe(gang)}.` };
  });
}
