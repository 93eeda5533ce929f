/**
 * How the data of a type of event may change its shape. What is stored never changes, and neither do its bytes:
 * whoever reads an event gets it in today's shape, by pure steps from each version to the next. A type without
 * steps has one version. An event says in its metadata with which versions it was written; without a word it is 1.
 *
 * To change a shape: add a step here, and an event of the new version to the auditor's corpus.
 */
import type { EventMeta } from './events.ts';

/** From the data of one version to that of the next: no clock, no chance, nothing from elsewhere. */
export type Upcaster = (data: object) => object;

/** By type; the first step leads from version 1 to 2. */
export type Upcasters = Readonly<Record<string, readonly Upcaster[]>>;

/** Every step there is. */
export const upcasters: Upcasters = {};

/** Today's version of a type. */
export const schemaVersion = (type: string, steps: Upcasters = upcasters): number =>
  (steps[type]?.length ?? 0) + 1;

/** An event as far as its shape goes. */
type Shaped = {
  readonly type: string;
  readonly data: object;
  readonly meta: Pick<EventMeta, 'schemaVersions'>;
};

/** The version with which an event was written. */
export const writtenVersion = ({ type, meta }: Omit<Shaped, 'data'>): number =>
  meta.schemaVersions?.[type] ?? 1;

/** An event was written by a newer Firesteel than this one. */
export class NewerSchema extends Error {
  constructor(type: string, version: number) {
    super(
      `${type} was written in version ${version}, which this version of Firesteel does not know`,
    );
    this.name = 'NewerSchema';
  }
}

/**
 * The data of an event in today's shape.
 * @throws NewerSchema when it is of a version that is not known here
 */
export function upcast(event: Shaped, steps: Upcasters = upcasters): object {
  const [own = [], version] = [steps[event.type], writtenVersion(event)];
  if (version > own.length + 1) throw new NewerSchema(event.type, version);
  return own.slice(version - 1).reduce((data, step) => step(data), event.data);
}

/** Metadata for an append that say in which versions its events are written; unchanged as long as all are 1. */
export function withSchemaVersions<Meta extends object>(
  meta: Meta,
  types: readonly string[],
  steps: Upcasters = upcasters,
): Meta & Pick<EventMeta, 'schemaVersions'> {
  const versions = types
    .map((type): [string, number] => [type, schemaVersion(type, steps)])
    .filter(([, version]) => version > 1);
  return versions.length === 0 ? meta : { ...meta, schemaVersions: Object.fromEntries(versions) };
}
