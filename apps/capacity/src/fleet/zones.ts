/** Which zones there are at one moment, which of them take work, and which an application may use. */
import type { ZoneState } from '../zone/zone.ts';
import type { Zone } from './room.ts';

/** Zone → the subnets that lie in it, as the installation says; a subnet that is nowhere limits nothing. */
export type ZoneSubnets = Readonly<Record<string, readonly string[]>>;

/** A zone whose agent is, or was, connected, with what its agent may start. */
export type SeenZone = Zone & {
  readonly connected: boolean;
  /** When its agent was last heard, ISO-8601. */
  readonly lastSeenAt: string;
  /** Monotonic milliseconds since then, or since this process began and could have heard it. */
  readonly silentMs: number;
  readonly proof: ProofOfLife | null;
};

/**
 * The last sign of life of a zone's agent that came after all that it had said was taken: until then everything lived
 * whose end it had not reported. What it says first on a connection proves nothing, since reports may be behind it.
 */
export type ProofOfLife = {
  /** When it came, ISO-8601. */
  readonly at: string;
  /** Monotonic milliseconds since then. */
  readonly agoMs: number;
};

export const isImpaired = (zone: string, states: readonly ZoneState[]): boolean =>
  states.some((state) => state.zone === zone && state.impairedBy !== null);

/** Zones that take work: their agent is connected and nobody said they are impaired. */
export const healthyZones = (
  seen: readonly SeenZone[],
  states: readonly ZoneState[],
): readonly SeenZone[] =>
  seen.filter(({ zone, connected }) => connected && !isImpaired(zone, states));

/** The zones of a list that subnets allow: all, unless at least one subnet is known to lie somewhere. */
export function allowedZones<Z extends { readonly zone: string }>(
  zones: readonly Z[],
  subnetIds: readonly string[],
  zoneSubnets: ZoneSubnets,
): readonly Z[] {
  const lies = (subnet: string, zone: string): boolean =>
    zoneSubnets[zone]?.includes(subnet) ?? false;
  const known = subnetIds.filter((subnet) =>
    Object.keys(zoneSubnets).some((zone) => lies(subnet, zone)),
  );
  return known.length === 0
    ? zones
    : zones.filter(({ zone }) => known.some((subnet) => lies(subnet, zone)));
}

/**
 * Parses `zone-a=subnet-1,subnet-2;zone-b=subnet-3`.
 * @throws Error that says what is wrong with the text
 */
export function parseZoneSubnets(text: string): ZoneSubnets {
  const entries = text
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return Object.fromEntries(
    entries.map((entry) => {
      const [zone, subnets, ...more] = entry.split('=').map((part) => part.trim());
      if (!zone || !subnets || more.length > 0)
        throw new Error(`ZONE_SUBNETS: '${entry}' is not of the form zone=subnet,subnet`);
      return [zone, subnets.split(',').map((subnet) => subnet.trim())];
    }),
  );
}
