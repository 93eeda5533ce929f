/** What a service does about one event, and whose fault it is when that fails. */
import type { JsonObject, SequencedEvent } from '@firesteel/contracts/events';
import { upcast } from '@firesteel/contracts/upcasting';
import { Refused } from '@firesteel/decider/refused';
import { VersionConflict } from '@firesteel/event-store';
import { continueTrace, inSpan } from '@firesteel/telemetry/spans';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Publishable } from './producer.ts';

/** Reacts to one event inside the cursor's transaction; everything it writes goes through `tx`. */
export type Reaction = (event: SequencedEvent, tx: EntityManager) => Promise<void>;

/** A reaction failed for a reason that lies in the event or in the code: trying again may not help. */
export class ReactionFailed extends Error {
  readonly event: Publishable;

  constructor(event: Publishable, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'ReactionFailed';
    this.event = event;
  }
}

/**
 * SQLSTATE classes that say nothing about the event: connection, rollback, resources (a full disk, too),
 * shutdown, system error.
 */
const passingStates = ['08', '40', '53', '57', '58'];

/** Whether a failure passes by itself: somebody is away, full, or was first. */
export function passes(error: unknown): boolean {
  if (error instanceof VersionConflict) return true;
  if (!(error instanceof Error)) return false;
  if (error.name === 'ServiceUnavailable') return true;
  // kafkajs' own word for it: a leader that is being elected, a broker that is starting.
  if ('retriable' in error && error.retriable === true) return true;
  const code = 'code' in error ? String(error.code) : '';
  return (
    /^E[A-Z]+$/.test(code) ||
    (code.length === 5 && passingStates.includes(code.slice(0, 2))) ||
    /Connection terminated|not queryable|timeout exceeded when trying to connect/.test(
      error.message,
    )
  );
}

/** A refusal means that the world has moved on since the event: nothing is left to do. */
function judge(event: Publishable, error: unknown): void {
  if (error instanceof Refused) return;
  throw passes(error) ? error : new ReactionFailed(event, error);
}

/** In today's shape: what travels, and what is parked, is as it was written. */
const takeEvent = async (
  reaction: Reaction,
  event: Publishable,
  tx: EntityManager,
): Promise<void> => reaction({ ...event, data: upcast(event) as JsonObject }, tx);

/**
 * Runs one reaction, in the trace of what led to the event.
 * @throws ReactionFailed; what passes by itself as it is
 */
export const react = (reaction: Reaction, event: Publishable, tx: EntityManager): Promise<void> =>
  continueTrace(event.meta.traceparent, () =>
    inSpan(`consume ${event.type}`, { 'firesteel.globalSeq': event.globalSeq }, () =>
      takeEvent(reaction, event, tx).catch((error: unknown) => judge(event, error)),
    ),
  );
