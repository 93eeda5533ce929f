/** A batch of events: which of them are next, what comes of them in one transaction, and whose fault it is when nothing does. */
import type { SequencedEvent } from '@firesteel/contracts/events';
import { transact } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { currentIncarnation, lockCursor, moveCursor } from './cursor.ts';
import { park, parkedStreams } from './parked.ts';
import type { EventHead, Publishable } from './producer.ts';
import {
  type Heard,
  type Reaction,
  ReactionFailed,
  react,
  reactTogether,
  TogetherFailed,
} from './reaction.ts';

/** A message and where it stands on the topic; its event is read only when somebody wants it. */
export type Placed = EventHead & { readonly offset: bigint; readonly event: () => Publishable };

/** A hole in the order: the hint where to look was wrong, or the topic is incomplete. */
export class Gap extends Error {
  readonly expected: number;

  constructor(expected: number, found: number) {
    super(`expected event ${expected}, the topic gave ${found}`);
    this.name = 'Gap';
    this.expected = expected;
  }
}

/**
 * The messages of a batch that are next in this life of the log: older lives and what was seen
 * already are left out.
 * @param sought the event that is looked for from the topic's beginning: what is ahead of it comes again behind it, told
 * too early by a ledger that was superseded while the broker lost its newest messages
 * @throws Gap when another event between is missing
 */
export function nextInOrder<Message extends Placed>(
  seen: number,
  incarnation: string,
  batch: readonly Message[],
  sought: number | null = null,
): readonly Message[] {
  const next: Message[] = [];
  for (const message of batch) {
    const { globalSeq } = message;
    const expected = seen + next.length + 1;
    if (message.incarnation !== incarnation || globalSeq < expected) continue;
    if (globalSeq > expected && expected === sought) continue;
    if (globalSeq > expected) throw new Gap(expected, globalSeq);
    next.push(message);
  }
  return next;
}

/** Who takes a batch, and what for. */
export type Taking = {
  readonly em: EntityManager;
  /** Name of the cursor: `<service>.<purpose>`. */
  readonly name: string;
  /** Reactions by event type; other events only move the cursor. */
  readonly reactions: Readonly<Record<string, Reaction>>;
  /** Called with an event that is put aside, and why. */
  readonly parked?: (event: SequencedEvent, cause: string) => void;
};

/** What a consumer has learned from what failed. */
export type Judgement = {
  /** What to park when it comes: the events that failed too often, with the cause. */
  readonly condemned: ReadonlyMap<number, string>;
  /** How many events may be read and written together: one, while it is sought whose fault a failure was. */
  readonly together: number;
};

/** Events that share their reading and writing at most: more would not be quicker, and are in others' way longer. */
const usualTogether = 256;

/** How many events of a batch were next, and how many of those were for the reactions. */
export type Taken = { readonly next: number; readonly reacted: number };

/**
 * Runs a batch through the reactions in one transaction.
 * What is condemned, and whatever comes after it in its stream, is parked instead.
 * @param sought see `nextInOrder`
 * @throws ReactionFailed, TogetherFailed, Gap, and what passes by itself; then nothing was done
 */
export async function takeBatch(
  options: Taking,
  batch: readonly Placed[],
  { condemned, together }: Judgement,
  sought: number | null = null,
): Promise<Taken> {
  const { em, name, reactions } = options;
  return transact(em, async (tx) => {
    const cursor = await lockCursor(tx, name);
    const incarnation = await currentIncarnation(tx);
    const fresh = nextInOrder(cursor.globalSeq, incarnation, batch, sought);
    const parked = await parkedStreams(tx, name);
    const gathered: Heard[] = [];
    const takeGathered = () => reactTogether(gathered.splice(0), tx);
    const take = async (reaction: Reaction, event: SequencedEvent): Promise<void> => {
      if ('workOf' in reaction) {
        gathered.push({ reaction, event });
        if (gathered.length >= together) await takeGathered();
      } else {
        // It reads the database, and is to see what those before it have decided.
        await takeGathered();
        await react(reaction, event, tx);
      }
    };
    let reacted = 0;
    for (const message of fresh) {
      const reaction = reactions[message.type];
      if (!reaction) continue;
      reacted += 1;
      const event = message.event();
      const before = parked.get(event.stream);
      const cause =
        before === undefined ? condemned.get(event.globalSeq) : `behind event ${before}`;
      if (cause === undefined) await take(reaction, event);
      else {
        await park(tx, name, event, cause);
        parked.set(event.stream, before ?? event.globalSeq);
        options.parked?.(event, cause);
      }
    }
    await takeGathered();
    const last = fresh.at(-1);
    if (last) await moveCursor(tx, name, { globalSeq: last.globalSeq, kafkaOffset: last.offset });
    return { next: fresh.length, reacted };
  });
}

/** How often an event is tried before it and its stream are parked. */
const triesBeforeParking = 5;

/** Counts what fails by its own fault; the fifth time it is condemned. What failed together is taken singly until it is known. */
export function createJudge(): Judgement & {
  readonly failed: (error: unknown) => void;
  readonly taken: () => void;
} {
  const tries = new Map<number, number>();
  const condemned = new Map<number, string>();
  let together = usualTogether;
  return {
    condemned,
    get together() {
      return together;
    },
    taken: () => {
      together = usualTogether;
    },
    failed: (error) => {
      if (error instanceof TogetherFailed) together = 1;
      if (!(error instanceof ReactionFailed)) return;
      const { globalSeq } = error.event;
      const tried = (tries.get(globalSeq) ?? 0) + 1;
      tries.set(globalSeq, tried);
      if (tried >= triesBeforeParking) condemned.set(globalSeq, error.message);
    },
  };
}
