/** The configurable part of an application: what may change when, and what a change leaves alone. */
import type { ApplicationSettings, Json } from '@firesteel/contracts/events';
import { Refused } from '@firesteel/decider/refused';
import type { Application, UpdateInput } from './application.ts';

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members of a value that is an object; none of any other. */
export const partsOf = (value: Json | undefined): { readonly [key: string]: Json } =>
  isObject(value) ? value : {};

/** Auto-stop is on after 15 idle minutes unless configured otherwise (reference §2.3); null: never. */
export function autoStopIdleMinutes(settings: ApplicationSettings): number | null {
  const configured = settings['autoStopConfiguration'];
  const { enabled = true, idleTimeoutMinutes = 15 } = isObject(configured) ? configured : {};
  return enabled === false ? null : Number(idleTimeoutMinutes);
}

/** AWS' sentence of 2026-07 (reference §1.5), which names what may change while STARTED. */
const startedRule =
  'Only the following configurations can be updated when an application is in STARTED state: schedulerConfiguration.maxConcurrentRuns, extendedSupportConfiguration, imageConfiguration, workerTypeSpecifications.imageConfiguration, maximumCapacity.';

/** What may change while STARTED: member → its changeable parts, null for all of it (behaviours row 15). */
const changeableWhileStarted: Readonly<Record<string, string | null>> = {
  schedulerConfiguration: 'maxConcurrentRuns',
  imageConfiguration: null,
  maximumCapacity: null,
  workerTypeSpecifications: 'imageConfiguration',
};

const onlyChanges = (value: Json | undefined, part: string): boolean =>
  isObject(value) && Object.keys(value).every((key) => key === part);

function changeable(member: string, value: Json): boolean {
  const part = changeableWhileStarted[member];
  if (part === undefined) return false;
  if (part === null) return true;
  if (member === 'workerTypeSpecifications')
    return isObject(value) && Object.values(value).every((type) => onlyChanges(type, part));
  return onlyChanges(value, part);
}

/**
 * Any change in CREATED and STOPPED, the whitelist in STARTED, none elsewhere.
 * @throws Refused in AWS' words
 */
export function requireUpdatable({ applicationId, status }: Application, input: UpdateInput): void {
  if (status === 'CREATED' || status === 'STOPPED') return;
  if (status !== 'STARTED')
    throw new Refused(
      'Invalid',
      `Application ${applicationId} must be in one of the statuses to be updated: [STOPPED, CREATED]. Current status: ${status}`,
    );
  const { settings, ...fixed } = input;
  const allowed =
    Object.values(fixed).every((value) => value === undefined) &&
    Object.entries(settings).every(([member, value]) => changeable(member, value));
  if (!allowed) throw new Refused('Invalid', startedRule);
}

/** Members that an empty value removes (reference §2.2 "Update semantics"). */
const removes = (member: string, value: Json): boolean =>
  (member === 'imageConfiguration' && isObject(value) && value['imageUri'] === '') ||
  (member === 'diskEncryptionConfiguration' && isObject(value) && Object.keys(value).length === 0);

/**
 * Changes of a STARTED application, completed by the parts of their members that may not change now:
 * a new `maxConcurrentRuns` must not take `queueTimeoutMinutes` away.
 */
export function completed(
  settings: ApplicationSettings,
  changes: ApplicationSettings,
): ApplicationSettings {
  const complete = (member: string, value: Json): Json => {
    const old = partsOf(settings[member]);
    if (member === 'schedulerConfiguration') return { ...old, ...partsOf(value) };
    if (member !== 'workerTypeSpecifications') return value;
    const types = Object.entries(partsOf(value)).map(([type, parts]) => [
      type,
      { ...partsOf(old[type]), ...partsOf(parts) },
    ]);
    return { ...old, ...Object.fromEntries(types) };
  };
  return Object.fromEntries(
    Object.entries(changes).map(([member, value]) => [member, complete(member, value)]),
  );
}

/** A given member replaces the old one whole; absent members stay (no partial update of a member). */
export function withUpdate(
  settings: ApplicationSettings,
  changes: ApplicationSettings,
): ApplicationSettings {
  const merged = { ...settings, ...changes };
  return Object.fromEntries(
    Object.entries(merged).filter(([member, value]) => !removes(member, value)),
  );
}
