/** Several zones on one machine: what each may use of it, and whether its settings fit together. */

/** A default job: a driver and three executors of 4 vCPU. Processors are shared by weight, so every zone has room for one. */
const leastVcpu = 16;
/** What the control plane, Kafka and PostgreSQL leave to workers; the agents of a single zone reckon the same. */
const memoryShareOfWorkers = 0.8;
const bytesPerMb = 1_048_576;

/** The machine, as far as it is shared. */
export type Machine = { readonly processors: number; readonly memoryBytes: number };

/**
 * `WORKER_VCPU` and `WORKER_MEMORY_MB` of each zone's agent, in AWS' sizes: the machine's over the number of
 * zones. Nothing for a single zone, whose agent looks at the machine itself, and nothing that the user has set.
 * @param workerScale how much smaller than in AWS workers are
 * @param given variables that reach the agents anyway
 */
export function zoneShare(
  machine: Machine,
  zones: number,
  workerScale: number,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  if (zones === 1) return {};
  const part = zones * workerScale;
  const memoryMb = (machine.memoryBytes * memoryShareOfWorkers) / bytesPerMb / part;
  const share = {
    WORKER_VCPU: String(Math.max(leastVcpu, Math.floor(machine.processors / part))),
    WORKER_MEMORY_MB: String(Math.floor(memoryMb)),
  };
  return Object.fromEntries(Object.entries(share).filter(([name]) => given[name] === undefined));
}

/**
 * @param subnets `ZONE_SUBNETS`, of which the form has been checked
 * @throws Error when it names a zone that is none
 */
export function requireKnownZones(subnets: string | undefined, zones: readonly string[]): void {
  const named = (subnets ?? '').split(';').map((part) => part.split('=')[0] ?? '');
  const strange = named.find((zone) => zone !== '' && !zones.includes(zone));
  if (strange === undefined) return;
  throw new Error(
    `The variable ZONE_SUBNETS is not usable: ${strange} is none of the zones in ZONES (${zones.join(', ')}).`,
  );
}
