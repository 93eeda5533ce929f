/** Events that users, groups, roles and policies have in common carry their owner's name: `RoleTagged`. */
import type { Fact } from '@firesteel/contracts/events';

/** `Tagged` of a `Role` is `RoleTagged`. */
export type Owned<Owner extends string, Change> =
  Change extends Fact<infer Type, infer Data> ? Fact<`${Owner}${Type}`, Data> : never;

/** The other way round. */
export type Unowned<Owner extends string, Event> =
  Event extends Fact<`${Owner}${infer Type}`, infer Data> ? Fact<Type, Data> : never;

/** Changes as the owner's own events. */
export const owned = <Owner extends string, Change extends Fact>(
  owner: Owner,
  changes: readonly Change[],
): readonly Owned<Owner, Change>[] =>
  changes.map(({ type, data }) => ({ type: `${owner}${type}`, data }) as Owned<Owner, Change>);

/** An owner's event as the change that others know too. */
export const unowned = <Owner extends string, Event extends Fact>(
  owner: Owner,
  { type, data }: Event,
): Unowned<Owner, Event> => ({ type: type.slice(owner.length), data }) as Unowned<Owner, Event>;
