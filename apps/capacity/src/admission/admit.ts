/**
 * Who may start now: a pure function of the fleet. A run is admitted as a gang (driver and the
 * executors it needs to make progress, behaviours row 25), so that drivers never fill a limit and
 * starve; first come first served within an application, and no run overtakes one that waits for
 * the machine itself. What the application's pool can give takes no room: it is there already.
 */
import type { Allocation } from '../allocation/allocation.ts';
import {
  describeRoom,
  fits,
  type Holding,
  maximumOf,
  minus,
  type Room,
  roomInAccount,
  roomInApplication,
  roomInZone,
  sumOf,
  timesSize,
  type Zone,
} from '../fleet/room.ts';
import { allowedZones, type ZoneSubnets } from '../fleet/zones.ts';
import { freeFor, mismatchOf, serves } from '../pool/matching.ts';
import { isKept, type Pool } from '../pool/pool.ts';
import type { Worker } from '../worker/worker.ts';

export type Grant = {
  readonly kind: 'grant';
  readonly allocation: Allocation;
  readonly zone: string;
  readonly reason: string;
  /** The pool's worker that becomes the driver, null when one has to be started. */
  readonly driver: Worker | null;
  readonly poolMismatch: string | null;
};

export type Admission =
  | Grant
  | {
      readonly kind: 'defer';
      readonly allocation: Allocation;
      readonly reason: string;
      /** Zones whose room it waits for; nobody else may grow into that meanwhile. */
      readonly waitsFor: readonly string[];
    }
  | { readonly kind: 'refuse'; readonly allocation: Allocation; readonly reason: string };

/** What admission looks at. */
export type AdmissionInput = {
  /** Oldest first. */
  readonly waiting: readonly Allocation[];
  readonly workers: readonly Worker[];
  readonly pools: readonly Pool[];
  /** Zones that take work. */
  readonly zones: readonly Zone[];
  readonly zoneSubnets: ZoneSubnets;
  /** Concurrent vCPUs an account may have; null: no limit. */
  readonly accountQuotaVcpu: number | null;
};

/** The sizes of a gang together. */
export const gangOf = ({ plan: { driver, executor, gangExecutors } }: Allocation): Room =>
  sumOf([driver.size, timesSize(executor.size, gangExecutors)]);

/** How much of a gang a full pool could give at best. */
function bestFromPool({ plan }: Allocation, pool: Pool): Room {
  const offered = (workerType: string, wanted: typeof plan.driver): number =>
    pool.pools
      .filter((offer) => offer.workerType === workerType && serves(offer, wanted))
      .reduce((sum, { count }) => sum + count, 0);
  return sumOf([
    timesSize(plan.driver.size, Math.min(1, offered('SPARK_DRIVER', plan.driver))),
    timesSize(
      plan.executor.size,
      Math.min(plan.gangExecutors, offered('SPARK_EXECUTOR', plan.executor)),
    ),
  ]);
}

const wholePool = (pool: Pool): Room =>
  sumOf(pool.pools.map(({ size, count }) => timesSize(size, count)));

/** Whether a run could ever start, however much ends before it. */
function neverFits(
  allocation: Allocation,
  pool: Pool | undefined,
  zones: readonly Zone[],
  { accountQuotaVcpu }: AdmissionInput,
): string | null {
  const gang = gangOf(allocation);
  const besides = pool ? minus(gang, bestFromPool(allocation, pool)) : gang;
  const maximum = maximumOf(allocation.plan.maximumCapacity);
  if (!fits(pool ? minus(maximum, wholePool(pool)) : maximum, besides))
    return 'Job failed as application has exceeded maximumCapacity settings.';
  if (accountQuotaVcpu !== null && gang.vcpu > accountQuotaVcpu)
    return `Job failed as it needs ${gang.vcpu} vCPU and the account may have ${accountQuotaVcpu} at a time (Max concurrent vCPUs per account).`;
  const need = (zone: Zone): Room =>
    pool && pool.zone === zone.zone ? sumOf([wholePool(pool), besides]) : gang;
  const holds = (zone: Zone): boolean => fits(roomInZone(zone, []), need(zone));
  if (zones.length === 0 || zones.some(holds)) return null;
  return zones.some((zone) => fits(roomInZone(zone, []), gang))
    ? `Job failed as its driver and ${allocation.plan.gangExecutors} executors (${describeRoom(gang)}) do not match the application’s pre-initialised capacity and no zone has room for them beside it.`
    : `Job failed as no zone is large enough for its driver and ${allocation.plan.gangExecutors} executors (${describeRoom(gang)}); the largest has ${describeRoom(largest(zones))}.`;
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

/** What the pool gives a gang, and what has to be started beside it. */
type Share = {
  readonly driver: Worker | null;
  readonly executors: readonly Worker[];
  readonly rest: Room;
};

function shareOf(allocation: Allocation, free: readonly Worker[], zone: string): Share {
  const { plan } = allocation;
  const here = free.filter((worker) => worker.zone === zone);
  const [driver = null] = freeFor(allocation, 'SPARK_DRIVER', plan.driver, here);
  const executors = freeFor(allocation, 'SPARK_EXECUTOR', plan.executor, here).slice(
    0,
    plan.gangExecutors,
  );
  const rest = sumOf([
    timesSize(plan.driver.size, driver ? 0 : 1),
    timesSize(plan.executor.size, plan.gangExecutors - executors.length),
  ]);
  return { driver, executors, rest };
}

const fromPool = ({ driver, executors }: Share): number =>
  executors.length + (driver === null ? 0 : 1);

/** One round's decisions, one run after the other; what is granted counts for the next. */
class Round {
  private readonly taken: Holding[];
  private free: readonly Worker[];
  private readonly blockedApplications = new Set<string>();
  private readonly waitedFor = new Set<string>();
  private readonly input: AdmissionInput;

  constructor(input: AdmissionInput) {
    this.input = input;
    this.taken = [...input.workers];
    this.free = input.workers;
  }

  admit(allocation: Allocation): Admission {
    const { pools, zoneSubnets } = this.input;
    const pool = pools.find(
      (candidate) => candidate.applicationId === allocation.applicationId && isKept(candidate),
    );
    const zones = allowedZones(this.input.zones, allocation.plan.subnetIds, zoneSubnets);
    const refusal = neverFits(allocation, pool, zones, this.input);
    if (refusal !== null) return { kind: 'refuse', allocation, reason: refusal };
    const earlier = this.waitBehindOthers(allocation, zones);
    if (earlier !== null) return this.defer(allocation, earlier);
    const limit = (rest: Room): string | null => this.limitReached(allocation, rest);
    const warm = pool?.zone ? this.inPool(allocation, pool.zone, zones) : null;
    if (warm !== null && limit(warm.rest) === null)
      return this.grant(allocation, pool?.zone ?? '', warm, pool);
    const cold = { driver: null, executors: [], rest: gangOf(allocation) };
    const reached = limit(warm?.rest ?? cold.rest);
    if (reached !== null) return this.defer(allocation, reached);
    const zone = zoneFor(cold.rest, zones, this.taken);
    return zone === undefined
      ? this.waitForZone(allocation, zones)
      : this.grant(allocation, zone, cold, pool);
  }

  private waitBehindOthers(allocation: Allocation, zones: readonly Zone[]): string | null {
    if (zones.length === 0)
      return this.input.zones.length === 0
        ? 'No worker-agent is connected.'
        : 'No zone of the application’s subnets takes work at this moment.';
    if (this.blockedApplications.has(allocation.applicationId))
      return 'Runs of the same application that came earlier are waiting.';
    return zones.every(({ zone }) => this.waitedFor.has(zone))
      ? 'Runs that came earlier are waiting for room in a zone.'
      : null;
  }

  private limitReached(allocation: Allocation, rest: Room): string | null {
    const { accountId, applicationId, plan } = allocation;
    if (!fits(roomInApplication(applicationId, plan.maximumCapacity, this.taken), rest))
      return `The application’s maximumCapacity has no room for ${describeRoom(rest)} at this moment.`;
    if (!fits(roomInAccount(accountId, this.input.accountQuotaVcpu, this.taken), rest))
      return `The account’s quota of concurrent vCPUs has no room for ${rest.vcpu} vCPU at this moment.`;
    return null;
  }

  /** What the pool gives in its zone, null when it gives nothing or the zone has no room for the rest. */
  private inPool(allocation: Allocation, poolZone: string, zones: readonly Zone[]): Share | null {
    const zone = zones.find((candidate) => candidate.zone === poolZone);
    if (!zone) return null;
    const share = shareOf(allocation, this.free, poolZone);
    return fromPool(share) > 0 && fits(roomInZone(zone, this.taken), share.rest) ? share : null;
  }

  private defer(
    allocation: Allocation,
    reason: string,
    waitsFor: readonly string[] = [],
  ): Admission {
    this.blockedApplications.add(allocation.applicationId);
    return { kind: 'defer', allocation, reason, waitsFor };
  }

  private waitForZone(allocation: Allocation, zones: readonly Zone[]): Admission {
    const names = zones.map(({ zone }) => zone);
    for (const name of names) this.waitedFor.add(name);
    const gang = describeRoom(gangOf(allocation));
    return this.defer(allocation, `No zone has room for ${gang} at this moment.`, names);
  }

  private grant(
    allocation: Allocation,
    zone: string,
    share: Share,
    pool: Pool | undefined,
  ): Admission {
    const { applicationId, accountId } = allocation;
    const given = [share.driver, ...share.executors];
    this.free = this.free.filter((worker) => !given.includes(worker));
    // The next decision of the same round sees the gang as if it were there already.
    this.taken.push({ zone, applicationId, accountId, size: share.rest });
    const warm = fromPool(share);
    const started = describeRoom(share.rest);
    const reason =
      warm > 0
        ? `${warm} of its workers are pre-initialised in ${zone}; ${started} are started there.`
        : `${zone} has room for ${started}.`;
    return {
      kind: 'grant',
      allocation,
      zone,
      reason,
      driver: share.driver,
      poolMismatch: pool ? mismatchOf(pool, allocation) : null,
    };
  }
}

/** Decides on every waiting allocation, oldest first. */
export function admit(input: AdmissionInput): readonly Admission[] {
  const round = new Round(input);
  return input.waiting.map((allocation) => round.admit(allocation));
}
