/** What a service does about one event, and whose fault it is when that fails. */
import type { JsonObject, SequencedEvent } from '@firesteel/contracts/events';
import { upcast } from '@firesteel/contracts/upcasting';
import { Refused } from '@firesteel/decider/refused';
import { type AnyFact, type AppendMeta, VersionConflict } from '@firesteel/event-store';
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { decideTogether, type Work } from '@firesteel/event-store/unit';
import { continueTrace, inSpan } from '@firesteel/telemetry/spans';
import type { EntityManager } from '@mikro-orm/postgresql';

/** Reacts to one event inside the cursor's transaction; everything it writes goes through `tx`. */
export type TransactionReaction = (event: SequencedEvent, tx: EntityManager) => Promise<void>;

/**
 * Reacts by deciding on streams that the event names, and does nothing else: those that come one after another are
 * read and written together. Null where there is nothing to decide.
 */
export type WorkReaction = { readonly workOf: (event: SequencedEvent) => Work<unknown> | null };

export type Reaction = TransactionReaction | WorkReaction;

/** One command on one stream. */
export type Commanded<Command> = {
  readonly id: string;
  readonly command: Command;
  readonly meta?: AppendMeta;
};

/** The reaction that is one command on one stream; null where the event asks for none. */
export const commanding = <State extends object, Command, Event extends AnyFact>(
  aggregate: Aggregate<State, Command, Event>,
  commandOf: (event: SequencedEvent) => Commanded<Command> | null,
): WorkReaction => ({
  workOf: (event) => {
    const commanded = commandOf(event);
    if (commanded === null) return null;
    const { id, command, meta } = commanded;
    return {
      places: [{ aggregate, id }],
      decide: ({ handle }) =>
        handle(aggregate, id, command, { causedBy: event.globalSeq, ...meta }),
    };
  },
});

/** A reaction failed for a reason that lies in the event or in the code: trying again may not help. */
export class ReactionFailed extends Error {
  readonly event: SequencedEvent;

  constructor(event: SequencedEvent, cause: unknown) {
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
function judge(event: SequencedEvent, error: unknown): void {
  if (error instanceof Refused) return;
  throw passes(error) ? error : new ReactionFailed(event, error);
}

/** In today's shape: what travels, and what is parked, is as it was written. */
const todays = (event: SequencedEvent): SequencedEvent => ({
  ...event,
  data: upcast(event) as JsonObject,
});

/** In the trace of what led to the event. */
const traced = (event: SequencedEvent, work: () => Promise<void>): Promise<void> =>
  continueTrace(event.meta.traceparent, () =>
    inSpan(`consume ${event.type}`, { 'firesteel.globalSeq': event.globalSeq }, work),
  );

/** An event, and the reaction to it. */
export type Heard = { readonly event: SequencedEvent; readonly reaction: WorkReaction };

/** Works of several events failed at their reading or writing, which does not tell whose fault that is. */
export class TogetherFailed extends Error {
  constructor(cause: unknown) {
    super('events that were taken together failed', { cause });
    this.name = 'TogetherFailed';
  }
}

/** What one event asks for: a work that fails when it is decided, where it cannot even be read. */
function workOf({ event, reaction }: Heard): Work<unknown> {
  try {
    return reaction.workOf(todays(event)) ?? { places: [], decide: () => undefined };
  } catch (error) {
    const decide = (): never => {
      throw error;
    };
    return { places: [], decide };
  }
}

/**
 * Runs reactions that share their reading and writing, in their order.
 * @throws ReactionFailed; TogetherFailed where more than one may be at fault; what passes by itself as it is
 */
export async function reactTogether(heard: readonly Heard[], tx: EntityManager): Promise<void> {
  const [first, ...others] = heard;
  if (first === undefined) return;
  const failed = (error: unknown): never => {
    if (passes(error)) throw error;
    throw others.length > 0 ? new TogetherFailed(error) : new ReactionFailed(first.event, error);
  };
  const outcomes = await decideTogether(tx, heard.map(workOf)).catch(failed);
  for (const [at, { event }] of heard.entries())
    await traced(event, async () => {
      const outcome = outcomes[at];
      if (outcome && 'error' in outcome) judge(event, outcome.error);
    });
}

/**
 * Runs one reaction.
 * @throws ReactionFailed; what passes by itself as it is
 */
export async function react(
  reaction: Reaction,
  event: SequencedEvent,
  tx: EntityManager,
): Promise<void> {
  if ('workOf' in reaction) return reactTogether([{ reaction, event }], tx);
  await traced(event, async () => {
    try {
      await reaction(todays(event), tx);
    } catch (error) {
      judge(event, error);
    }
  });
}
