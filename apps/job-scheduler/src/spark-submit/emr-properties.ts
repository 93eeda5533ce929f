/** The service's own Spark properties (reference emr-serverless §4.4): honoured, ignored where that does no harm, or refused by name. */
import { Refused } from '@firesteel/decider/refused';
import { type Properties, usesShuffleService } from './service-defaults.ts';

const prefix = 'spark.emr-serverless.';

/** Sets an environment variable of the driver, named by the rest of the property. */
export const driverEnvPrefix = `${prefix}driverEnv.`;

const honoured = new Set(
  [
    'memoryOverheadFactor',
    'driver.disk',
    'executor.disk',
    'driver.disk.type',
    'executor.disk.type',
  ].map((name) => `${prefix}${name}`),
);

/** AWS starts workers in batches of this size; here nothing limits a batch, so that none is smaller. */
const ignored = new Set([`${prefix}allocation.batch.size`]);

const noKeys = 'workers’ disks are encrypted by their host or not at all: remove it.';

/** What each of the others would need, and what to do. */
const refused: Readonly<Record<string, string>> = {
  [`${prefix}lakeformation.enabled`]:
    'there is no Lake Formation here: remove it or set it to false.',
  [`${prefix}disk.encryptionKeyArn`]: noKeys,
  [`${prefix}disk.encryptionContext`]: noKeys,
};

const isSwitchedOff = (name: string, value: string): boolean =>
  name.endsWith('.enabled') && value.trim().toLowerCase() === 'false';

const isAccepted = (name: string, value: string): boolean =>
  !name.startsWith(prefix) ||
  name.startsWith(driverEnvPrefix) ||
  honoured.has(name) ||
  ignored.has(name) ||
  (name in refused && isSwitchedOff(name, value));

/** @throws Refused naming the first property that asks for what this installation has not */
export function requireSupported(properties: Properties): void {
  for (const [name, value] of Object.entries(properties))
    if (!isAccepted(name, value))
      throw new Refused(
        'Invalid',
        `${name} is not supported on this installation: ${refused[name] ?? 'it is not known. Check its spelling or remove it.'}`,
      );
  if (usesShuffleService(properties))
    throw new Refused(
      'Invalid',
      'spark.shuffle.service.enabled=true is not supported: there is no external shuffle service. Remove it; executors that leave hand their shuffle over.',
    );
}
