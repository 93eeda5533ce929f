/** Writes decisions to the log: one stream per account, day and life of this process. */
import type { AccessDecision } from '@firesteel/contracts/events';
import { fold } from '@firesteel/decider';
import { load, rowOf } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { accessTrails } from '../tables.ts';
import type { AccessTrail } from './access.ts';
import type { WriteDecisions } from './recorder.ts';

/** `<account>.<yyyymmdd>.<life>`; the streams are this process' own, so that no append meets another's version. */
const trailOf = (life: number, { accountId, at }: AccessDecision): string =>
  `${accountId ?? 'unknown'}.${at.slice(0, 10).replaceAll('-', '')}.${life}`;

const dayIn = (id: string): string => id.split('.')[1] ?? '';

/** How far a stream has come. */
type Place = { readonly state: AccessTrail; readonly version: number };

/** What one stream takes of a batch. */
type Entry = {
  readonly id: string;
  readonly expected: number;
  readonly events: readonly object[];
  readonly next: Place;
};

/**
 * Every request waits for this: events and rows of a batch are one statement, which commits by itself
 * and is one way to the database and back.
 */
const writeBatch = `
  with batch as (
    select * from json_to_recordset(?::json) as b(id text, expected int, events json, version int, state jsonb)),
  appended as materialized (
    select log.append('access-' || id, expected, events, '{}') from batch),
  kept as (
    insert into access (id, version, state) select id, version, state from batch
    on conflict (id) do update set version = excluded.version, state = excluded.state returning id)
  select (select count(*) from appended) + (select count(*) from kept) as written`;

async function write(em: EntityManager, entries: readonly Entry[]): Promise<void> {
  const batch = entries.map(({ id, expected, events, next: { version, state } }) => ({
    ...rowOf(accessTrails, id, version, state),
    expected,
    events,
  }));
  await em.fork().execute(writeBatch, [JSON.stringify(batch)]);
}

const { decide, evolve } = accessTrails.decider;

function entryOf(id: string, decisions: readonly AccessDecision[], place: Place): Entry {
  const events = decide({ type: 'RecordDecisions', decisions }, place.state);
  const state = fold({ initial: place.state, evolve }, events);
  const version = place.version + events.length;
  return { id, expected: place.version, events, next: { state, version } };
}

/**
 * Answers a function that appends a batch, all of it or nothing; it rejects when the database refuses. The ledger
 * is not poked: nobody waits for these facts, and taken together they cost every service a fraction.
 * @param life what tells this process from others, such as its start in epoch milliseconds
 */
export function writeToLog(em: EntityManager, life: number): WriteDecisions {
  let places = new Map<string, Place>();
  const placeOf = async (id: string): Promise<Place> =>
    places.get(id) ?? load(em.fork(), accessTrails, id);
  return async (decisions) => {
    const byStream = Map.groupBy(decisions, (decision) => trailOf(life, decision));
    const entries: Entry[] = [];
    for (const [id, batch] of byStream) entries.push(entryOf(id, batch, await placeOf(id)));
    try {
      await write(em, entries);
    } catch (error) {
      // Whether it was written is not known: the tables will say.
      places = new Map();
      throw error;
    }
    const days = new Set(entries.map(({ id }) => dayIn(id)));
    places = new Map([
      // Streams of days that are over will not be asked for again.
      ...[...places].filter(([id]) => days.has(dayIn(id))),
      ...entries.map(({ id, next }) => [id, next] as const),
    ]);
  };
}
