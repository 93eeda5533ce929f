/**
 * `ledger.v1` → cursor → handler: a consumer is a function of one event, and its effect commits
 * together with its place. The cursor's row lock keeps a second consumer of the same name out, so
 * a forgotten process can do nothing twice.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { LEDGER_TOPIC } from '@firesteel/contracts/topics';
import { transact } from '@firesteel/event-store/aggregate';
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { Gap, type Placed } from './batch.ts';
import { lockCursor } from './cursor.ts';
import { Inbox, type InboxOptions } from './inbox.ts';
import { fromMessage, headOf } from './producer.ts';

export type ConsumerOptions = InboxOptions & {
  readonly kafka: Kafka;
  /** Called when nothing will be consumed any more: the process is to end, so that it is started again. */
  readonly deaf: (error: unknown) => void;
};

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

/** Whether the topic still reaches as far as a message that was there. */
async function reachesTo(kafka: Kafka, offset: bigint): Promise<boolean> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const [end] = await admin.fetchTopicOffsets(LEDGER_TOPIC);
    return BigInt(end?.high ?? 0) > offset;
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
  /** The place of the last message taken. */
  let last = cursor.kafkaOffset;
  const beginAnew = (): void => {
    last = -1n;
    seekTo(consumer, 0n);
  };
  /**
   * Goes on at the last message, to see that it is there: a broker that lost its newest ones and was told them again may
   * have them elsewhere, and whoever waits behind the old place would not see what now stands before it.
   */
  const goOn = async (): Promise<void> => {
    if (last < 0n) return beginAnew();
    seekTo(consumer, last);
    if (!(await reachesTo(options.kafka, last))) beginAnew();
  };
  const inbox = new Inbox(options, (error) => {
    // A hole means the offset hint was wrong (a topic made anew): look from its beginning.
    if (error instanceof Gap) beginAnew();
  });
  const joined = new Promise<void>((resolve) => {
    // Whenever kafkajs joins anew (another member came, the broker was away) it begins at the topic's beginning.
    consumer.on(consumer.events.GROUP_JOIN, () => {
      goOn().catch(options.failed);
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
      const messages = batch.messages.map(placed);
      await inbox.take(messages);
      last = messages.at(-1)?.offset ?? last;
      await heartbeat();
    },
  });
  await joined;
  return async () => {
    inbox.close();
    await consumer.disconnect();
  };
}
