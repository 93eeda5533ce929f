/** The ledger's way out: events as CloudEvents (Kafka binding, binary mode) on the topics. */
import type { SequencedEvent } from '@firesteel/contracts/events';
import {
  ALL_TOPICS,
  CHECKPOINT_TOPIC,
  LEDGER_TOPIC,
  publicTopicOf,
} from '@firesteel/contracts/topics';
import { writtenVersion } from '@firesteel/contracts/upcasting';
import type { ICustomPartitioner, Kafka, Message, TopicMessages } from 'kafkajs';
import { DecodedRecord } from './kafkajs-decoding.ts';
import { murmur2 } from './kafkajs-encoding.ts';

/** An event ready to travel, with the life of the log it belongs to. */
export type Publishable = SequencedEvent & { readonly incarnation: string };

/** Publishes batches in order, and knows where a topic ends. */
export type Publisher = {
  /** Resolves when every broker has acknowledged; order within a topic is kept. */
  readonly publish: (events: readonly Publishable[]) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Where the ledger also leaves its signed checkpoints. */
export type CheckpointPublisher = {
  /** Resolves when the broker has acknowledged the line of a checkpoint. */
  readonly publishCheckpoint: (seq: number, line: string) => Promise<void>;
};

/** One event as a Kafka message; data and headers as the CloudEvents Kafka binding words them. */
export const toMessage = (event: Publishable): Message => ({
  key: event.stream,
  value: JSON.stringify(event.data),
  headers: {
    ce_specversion: '1.0',
    ce_id: event.eventId,
    ce_type: `firesteel.${event.type}.v${writtenVersion(event)}`,
    ce_source: '/firesteel',
    ce_subject: event.stream,
    ce_time: event.recordedAt,
    ce_globalseq: String(event.globalSeq),
    ce_streamversion: String(event.version),
    ce_incarnation: event.incarnation,
    'content-type': 'application/json',
    ...(event.meta.traceparent === undefined ? {} : { traceparent: event.meta.traceparent }),
    ce_meta: JSON.stringify(event.meta),
  },
});

const header = (message: { headers?: Message['headers'] }, name: string): string => {
  const value = message instanceof DecodedRecord ? message.header(name) : message.headers?.[name];
  if (value === undefined) throw new Error(`message without ${name}: not from the ledger`);
  return String(value);
};

/** What says whether an event is wanted. */
export type EventHead = Pick<Publishable, 'globalSeq' | 'incarnation' | 'type'>;

type Received = { value: Buffer | string | null; headers?: Message['headers'] };

/**
 * Reads only that; most events are not for most consumers.
 * @throws when a header is missing
 */
export const headOf = (message: Pick<Received, 'headers'>): EventHead => ({
  globalSeq: Number(header(message, 'ce_globalseq')),
  incarnation: header(message, 'ce_incarnation'),
  type: header(message, 'ce_type').replace(/^firesteel\.|\.v\d+$/g, ''),
});

/**
 * Reads an event back from a message of the ledger.
 * @throws when a header is missing or the value is not JSON
 */
export const fromMessage = (message: Received): Publishable => ({
  ...headOf(message),
  stream: header(message, 'ce_subject'),
  version: Number(header(message, 'ce_streamversion')),
  eventId: header(message, 'ce_id'),
  recordedAt: header(message, 'ce_time'),
  data: JSON.parse(String(message.value)),
  meta: JSON.parse(header(message, 'ce_meta')),
});

const topicMessages = (events: readonly Publishable[]): TopicMessages[] => {
  const byTopic = new Map<string, Message[]>([[LEDGER_TOPIC, []]]);
  for (const event of events) {
    const message = toMessage(event);
    byTopic.get(LEDGER_TOPIC)?.push({ ...message, partition: 0 });
    const topic = publicTopicOf(event.stream);
    if (topic === null) continue;
    const others = byTopic.get(topic);
    if (others) others.push(message);
    else byTopic.set(topic, [message]);
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
};

const monthMs = String(30 * 24 * 3_600_000);

/**
 * Makes sure the topics exist: never compacted, one partition for ours, four for each public one;
 * checkpoints are kept for ever.
 */
async function createTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const topics = [...ALL_TOPICS, CHECKPOINT_TOPIC]
      .filter((topic) => !existing.has(topic))
      .map((topic) => ({
        topic,
        numPartitions: topic === LEDGER_TOPIC || topic === CHECKPOINT_TOPIC ? 1 : 4,
        configEntries: [
          { name: 'cleanup.policy', value: 'delete' },
          { name: 'retention.ms', value: topic === CHECKPOINT_TOPIC ? '-1' : monthMs },
        ],
      }));
    if (topics.length > 0) await admin.createTopics({ topics, waitForLeaders: true });
  } finally {
    await admin.disconnect();
  }
}

/** Where the message says nothing else, the partition that every Kafka client chooses for its key. */
const partitionByKey: ICustomPartitioner =
  () =>
  ({ message: { partition, key }, partitionMetadata }) =>
    partition ?? (murmur2(Buffer.from(key ?? '')) & 0x7fffffff) % partitionMetadata.length;

/** Connects an idempotent producer with one request in flight: order within a topic holds through retries. */
export async function startPublisher(kafka: Kafka): Promise<Publisher & CheckpointPublisher> {
  await createTopics(kafka);
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: partitionByKey,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 1_000_000 },
  });
  await producer.connect();
  return {
    publish: async (events) => {
      await producer.sendBatch({ acks: -1, topicMessages: topicMessages(events) });
    },
    publishCheckpoint: async (seq, line) => {
      const messages = [{ key: String(seq), value: line }];
      await producer.send({ acks: -1, topic: CHECKPOINT_TOPIC, messages });
    },
    stop: () => producer.disconnect(),
  };
}

/** Where a log ends: the place and the incarnation of its last event. */
export type TopicEnd = { readonly globalSeq: number; readonly incarnation: string };

/**
 * Up to where messages tell of a log without a hole. What is ahead of one was told by a ledger that was superseded, after
 * the broker had lost what comes before it: it counts for nothing.
 */
export function endOf(messages: readonly Omit<EventHead, 'type'>[]): TopicEnd | undefined {
  let end: TopicEnd | undefined;
  for (const { globalSeq, incarnation } of messages)
    if (incarnation !== end?.incarnation || globalSeq === end.globalSeq + 1)
      end = { globalSeq, incarnation };
  return end;
}

/** More messages than one request of the ledger has. */
const usualLookBack = 2_000;

/**
 * Up to where `ledger.v1` tells of the log, or undefined when the topic is empty.
 * @param lookBack how many of the newest messages are read: those that a superseded ledger may have told among them
 */
export async function readTopicEnd(
  kafka: Kafka,
  lookBack = usualLookBack,
): Promise<TopicEnd | undefined> {
  const admin = kafka.admin();
  await admin.connect();
  const [end] = await admin.fetchTopicOffsets(LEDGER_TOPIC);
  await admin.disconnect();
  if (!end || end.high === end.low) return undefined;
  const [low, high] = [BigInt(end.low), BigInt(end.high)];
  const from = high - BigInt(lookBack);
  return endOf(await readHeads(kafka, from > low ? from : low, high - 1n));
}

/** Reads messages from one offset to another, both included. */
async function readHeads(kafka: Kafka, first: bigint, last: bigint): Promise<readonly EventHead[]> {
  const consumer = kafka.consumer({
    groupId: `ledger-end-${process.pid}-${Date.now()}`,
    maxWaitTimeInMs: 50,
  });
  await consumer.connect();
  await consumer.subscribe({ topic: LEDGER_TOPIC, fromBeginning: true });
  try {
    const heads: EventHead[] = [];
    return await new Promise((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      consumer
        .run({
          autoCommit: false,
          eachMessage: async ({ message }) => {
            const offset = BigInt(message.offset);
            if (offset >= first && offset <= last) heads.push(headOf(message));
            if (offset >= last) resolve(heads);
          },
        })
        .catch(reject);
      consumer.seek({ topic: LEDGER_TOPIC, partition: 0, offset: String(first) });
    });
  } finally {
    await consumer.disconnect();
  }
}
