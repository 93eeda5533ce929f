/**
 * `ledger.v1` → cursor → handler: a consumer is a function of one event, and its effect commits
 * together with its place. The cursor's row lock keeps a second consumer of the same name out, so
 * a forgotten process can do nothing twice.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { SequencedEvent } from '@firesteel/contracts/events';
import { LEDGER_TOPIC } from '@firesteel/contracts/topics';
import { transact } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { currentIncarnation, lockCursor, moveCursor } from './cursor.ts';
import { park, parkedStreams } from './parked.ts';
import { type EventHead, fromMessage, headOf, type Publishable } from './producer.ts';
import {
  type Heard,
  type Reaction,
  ReactionFailed,
  react,
  reactTogether,
  TogetherFailed,
} from './reaction.ts';

export type ConsumerOptions = {
  readonly kafka: Kafka;
  readonly em: EntityManager;
  /** Name of the cursor: `<service>.<purpose>`. */
  readonly name: string;
  /** Reactions by event type; other events only move the cursor. */
  readonly reactions: Readonly<Record<string, Reaction>>;
  /** Called after a batch with reactions has been committed, for effects outside the database. */
  readonly committed?: () => void;
  /** Called with what stopped a batch; the batch is tried again. */
  readonly failed: (error: unknown) => void;
  /** Called when nothing will be consumed any more: the process is to end, so that it is started again. */
  readonly deaf: (error: unknown) => void;
  /** Called with an event that is put aside, and why. */
  readonly parked?: (event: SequencedEvent, cause: string) => void;
};

/** A message and where it stands on the topic; its event is read only when somebody wants it. */
export type Placed = EventHead & { readonly offset: bigint; readonly event: () => Publishable };

/** A hole in the order: the hint where to look was wrong, or the topic is incomplete. */
export class Gap extends Error {
  constructor(expected: number, found: number) {
    super(`expected event ${expected}, the topic gave ${found}`);
    this.name = 'Gap';
  }
}

/**
 * The messages of a batch that are next in this life of the log: older lives and what was seen
 * already are left out.
 * @throws Gap when an event between is missing
 */
export function nextInOrder<Message extends Placed>(
  seen: number,
  incarnation: string,
  batch: readonly Message[],
): readonly Message[] {
  const next: Message[] = [];
  for (const message of batch) {
    const { globalSeq } = message;
    const expected = seen + next.length + 1;
    if (message.incarnation !== incarnation || globalSeq < expected) continue;
    if (globalSeq > expected) throw new Gap(expected, globalSeq);
    next.push(message);
  }
  return next;
}

/** What a consumer has learned from what failed. */
export type Judgement = {
  /** What to park when it comes: the events that failed too often, with the cause. */
  readonly condemned: ReadonlyMap<number, string>;
  /** How many events may be read and written together: one, while it is sought whose fault a failure was. */
  readonly together: number;
};

/** Events that share their reading and writing at most: more would not be quicker, and are in others' way longer. */
const usualTogether = 256;

/**
 * Runs a batch through the reactions in one transaction and answers how many of its events were for them.
 * What is condemned, and whatever comes after it in its stream, is parked instead.
 * @throws ReactionFailed, TogetherFailed, Gap, and what passes by itself; then nothing was done
 */
export async function takeBatch(
  options: Pick<ConsumerOptions, 'em' | 'name' | 'reactions' | 'parked'>,
  batch: readonly Placed[],
  { condemned, together }: Judgement,
): Promise<number> {
  const { em, name, reactions } = options;
  return transact(em, async (tx) => {
    const cursor = await lockCursor(tx, name);
    const incarnation = await currentIncarnation(tx);
    const fresh = nextInOrder(cursor.globalSeq, incarnation, batch);
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
    return reacted;
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

const placed = (message: KafkaMessage): Placed => ({
  ...headOf(message),
  offset: BigInt(message.offset),
  event: () => fromMessage(message),
});

const seekTo = (consumer: Consumer, offset: bigint): void =>
  consumer.seek({ topic: LEDGER_TOPIC, partition: 0, offset: String(offset) });

/** The ledger makes the topic at its first start; until then there is nothing to read. */
async function waitForTopic(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    while (!(await admin.listTopics()).includes(LEDGER_TOPIC)) await pause(100);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Starts consuming from where the cursor stands. A new group id at each start: kafkajs has no static
 * membership, and a killed member would hold its group for the session time-out.
 * @returns a function that stops after the batch in hand
 */
export async function startConsumer(options: ConsumerOptions): Promise<() => Promise<void>> {
  await waitForTopic(options.kafka);
  const consumer = options.kafka.consumer({
    groupId: `${options.name}-${process.pid}-${Date.now()}`,
    // The broker answers at once when there is something; this is only how often an idle consumer asks.
    maxWaitTimeInMs: 1_500,
    minBytes: 1,
    sessionTimeout: 45_000,
    // A broker that was away still waits for who we were before we lost it: for so long, and not for a session.
    rebalanceTimeout: 3_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 1_000_000 },
  });
  await consumer.connect();
  await consumer.subscribe({ topic: LEDGER_TOPIC, fromBeginning: true });
  const cursor = await transact(options.em, (tx) => lockCursor(tx, options.name));
  const judge = createJudge();
  let next = cursor.kafkaOffset + 1n;
  const joined = new Promise<void>((resolve) => {
    // Whenever kafkajs joins anew (another member came, the broker was away) it begins at the topic's beginning.
    consumer.on(consumer.events.GROUP_JOIN, () => {
      seekTo(consumer, next);
      resolve();
    });
  });
  // What it takes for no passing trouble ends a consumer of kafkajs for good, without a word to its owner.
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) options.deaf(payload.error);
  });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: true,
    eachBatch: async ({ batch, heartbeat }) => {
      try {
        const messages = batch.messages.map(placed);
        const reacted = await takeBatch(options, messages, judge);
        judge.taken();
        if (reacted > 0) options.committed?.();
        next = (messages.at(-1)?.offset ?? next - 1n) + 1n;
      } catch (error) {
        options.failed(error);
        judge.failed(error);
        // A hole means the offset hint was wrong (a topic made anew): look from its beginning.
        if (error instanceof Gap) {
          next = 0n;
          seekTo(consumer, next);
        }
        throw error;
      }
      await heartbeat();
    },
  });
  await joined;
  return () => consumer.disconnect();
}
