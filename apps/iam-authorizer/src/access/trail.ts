/** Writes decisions to the log: one stream per account, day and life of this process. */
import type { AccessDecision } from '@firesteel/contracts/events';
import { fold } from '@firesteel/decider';
import { load, rowOf } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { accessTrails } from '../tables.ts';
import type { AccessTrail } from './access.ts';

/** `<account>.<yyyymmdd>.<life>`; the streams are this process' own, so that no append meets another's version. */
export const trailOf = (life: number, { accountId, at }: AccessDecision): string =>
  `${accountId ?? 'unknown'}.${at.slice(0, 10).replaceAll('-', '')}.${life}`;

const dayIn = (id: string): string => id.split('.')[1] ?? '';

/** How far a stream has come. */
type Place = { readonly state: AccessTrail; readonly version: number };

/** A decision and its place in its stream: the how many-th of all decisions there, from 1. */
export type Entry = {
  readonly trail: string;
  readonly number: number;
  readonly decision: AccessDecision;
};

/** Brings decisions to the log, those that it has already left out; all or nothing. */
export type AppendToTrails = (entries: readonly Entry[]) => Promise<void>;

/** What one stream takes of a batch. */
type Append = {
  readonly id: string;
  readonly expected: number;
  readonly events: readonly object[];
  readonly next: Place;
};

/** Events and rows of a batch are one statement, which commits by itself and is one way to the database and back. */
const writeBatch = `
  with batch as (
    select * from json_to_recordset(?::json) as b(id text, expected int, events json, version int, state jsonb)),
  appended as materialized (
    select log.append('access-' || id, expected, events, '{}') from batch),
  kept as (
    insert into access (id, version, state) select id, version, state from batch
    on conflict (id) do update set version = excluded.version, state = excluded.state returning id)
  select (select count(*) from appended) + (select count(*) from kept) as written`;

async function write(em: EntityManager, appends: readonly Append[]): Promise<void> {
  const batch = appends.map(({ id, expected, events, next: { version, state } }) => ({
    ...rowOf(accessTrails, id, version, state),
    expected,
    events,
  }));
  await em.fork().execute(writeBatch, [JSON.stringify(batch)]);
}

const { decide, evolve } = accessTrails.decider;

/** What a stream still lacks; undefined when it has all. */
function appendOf(id: string, entries: readonly Entry[], place: Place): Append | undefined {
  const { allowed, denied } = place.state;
  const decisions = entries
    .filter(({ number }) => number > allowed + denied)
    .map(({ decision }) => decision);
  const events = decide({ type: 'RecordDecisions', decisions }, place.state);
  if (events.length === 0) return undefined;
  const state = fold({ initial: place.state, evolve }, events);
  const version = place.version + events.length;
  return { id, expected: place.version, events, next: { state, version } };
}

/**
 * Answers a function that appends a batch, all of it or nothing; it rejects when the database refuses, and may then be
 * asked again. The ledger is not poked: nobody waits for these facts, and taken together they cost every
 * service a fraction.
 */
export function appendToTrails(em: EntityManager): AppendToTrails {
  let places = new Map<string, Place>();
  const placeOf = async (id: string): Promise<Place> =>
    places.get(id) ?? load(em.fork(), accessTrails, id);
  return async (entries) => {
    const byStream = Map.groupBy(entries, ({ trail }) => trail);
    const appends: Append[] = [];
    for (const [id, batch] of byStream) {
      const append = appendOf(id, batch, await placeOf(id));
      if (append) appends.push(append);
    }
    try {
      if (appends.length > 0) await write(em, appends);
    } catch (error) {
      // Whether it was written is not known: the tables will say.
      places = new Map();
      throw error;
    }
    const days = new Set([...byStream.keys()].map(dayIn));
    places = new Map([
      // Streams of days that are over will not be asked for again.
      ...[...places].filter(([id]) => days.has(dayIn(id))),
      ...appends.map(({ id, next }) => [id, next] as const),
    ]);
  };
}
