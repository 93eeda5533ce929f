/**
 * Commands that come at the same time share a transaction (group commit): while one is on its way to
 * the disk the next ones gather; they are read, decided one after another, and written as one. Each
 * is answered by itself, once its facts are durable, and a refused one leaves nothing behind.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { inSpan } from '@firesteel/telemetry/spans';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Aggregate, type Handled, streamOf, transact } from './aggregate.ts';
import type { AnyFact, AppendMeta } from './event-store.ts';
import { decideTogether, type Outcome, type Place, type Unit, type Work } from './unit.ts';

/** A work as it waits, and who is told what came of it. */
type Waiting = Work<unknown> & {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/** Tells each caller, once all is durable. */
function tellAll(works: readonly Waiting[], outcomes: readonly Outcome<unknown>[]): void {
  works.forEach(({ resolve, reject }, at) => {
    const outcome = outcomes[at];
    if (outcome && 'result' in outcome) resolve(outcome.result);
    else reject(outcome?.error);
  });
}

/** Whoever waits longer for a lock waits by himself: he would hold up all others. */
const lockTimeoutMs = 50;
/** Beyond this a group does not get cheaper, only later. */
const groupSize = 256;

/** By itself, decided again when somebody else was first. */
async function commitAlone(em: EntityManager, work: Waiting): Promise<void> {
  try {
    tellAll([work], await transact(em, (tx) => decideTogether(tx, [work])));
  } catch (error) {
    work.reject(error);
  }
}

async function commitGroup(em: EntityManager, works: readonly Waiting[]): Promise<void> {
  let written = false;
  try {
    const outcomes = await em.fork().transactional(async (tx) => {
      const decided = await decideTogether(tx, works, lockTimeoutMs);
      written = true;
      return decided;
    });
    tellAll(works, outcomes);
  } catch (error) {
    // After the commit was sent nobody knows what came of it; before, nothing did, and each tries alone.
    if (written) for (const { reject } of works) reject(error);
    else for (const work of works) void commitAlone(em, work);
  }
}

/** What gathers while a group is being written. */
type Lane = { waiting: Waiting[]; busy: boolean };

async function drain(em: EntityManager, lane: Lane): Promise<void> {
  lane.busy = true;
  while (lane.waiting.length > 0) {
    // Who was answered just now, or was read from a socket with others, comes before the group sets out.
    await turn();
    await commitGroup(em, lane.waiting.splice(0, groupSize));
  }
  lane.busy = false;
}

/** One lane per entity manager: a service has one. */
const lanes = new WeakMap<EntityManager, Lane>();
const laneOf = (em: EntityManager): Lane => {
  const lane = lanes.get(em) ?? { waiting: [], busy: false };
  lanes.set(em, lane);
  return lane;
};

/**
 * Does a work on the streams it names, in a transaction that it shares with works that come at the
 * same time. The work may run more than once, and must not do anything but decide.
 * @returns what the work answers, once its facts are durable
 * @throws what the work throws, such as Refused; VersionConflict when others were first again and again; an Error
 * within a transaction, which a group could neither share nor wait for
 */
export function commit<Result>(
  em: EntityManager,
  places: readonly Place[],
  work: (unit: Unit) => Result,
): Promise<Result> {
  if (em.isInTransaction())
    return Promise.reject(new Error('commit begins a transaction, and there is one: use handleIn'));
  return new Promise((resolve, reject) => {
    const lane = laneOf(em);
    lane.waiting.push({
      places,
      decide: work,
      // What this work answers, and no other.
      resolve: (result) => resolve(result as Result),
      reject,
    });
    if (!lane.busy) void drain(em, lane);
  });
}

/** One command on one stream, durable when it answers. */
export const handle = <
  State extends object,
  Command extends { readonly type: string },
  Event extends AnyFact,
>(
  em: EntityManager,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  command: Command,
  meta: AppendMeta = {},
): Promise<Handled<State, Event>> =>
  inSpan(`handle ${command.type}`, { 'firesteel.stream': streamOf(aggregate.category, id) }, () =>
    commit(em, [{ aggregate, id }], (unit) => unit.handle(aggregate, id, command, meta)),
  );
