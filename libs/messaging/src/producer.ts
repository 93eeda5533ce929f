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

/** The last event on `ledger.v1`, or undefined when the topic is empty. */
export async function readTopicEnd(kafka: Kafka): Promise<TopicEnd | undefined> {
  const admin = kafka.admin();
  await admin.connect();
  const [end] = await admin.fetchTopicOffsets(LEDGER_TOPIC);
  await admin.disconnect();
  if (!end || end.high === end.low) return undefined;
  const last = await readOne(kafka, BigInt(end.high) - 1n);
  return { globalSeq: last.globalSeq, incarnation: last.incarnation };
}

async function readOne(kafka: Kafka, offset: bigint): Promise<Publishable> {
  const consumer = kafka.consumer({
    groupId: `ledger-end-${process.pid}-${Date.now()}`,
    maxWaitTimeInMs: 50,
  });
  await consumer.connect();
  await consumer.subscribe({ topic: LEDGER_TOPIC, fromBeginning: true });
  try {
    return await new Promise<Publishable>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      consumer
        .run({
          autoCommit: false,
          eachMessage: async ({ message }) => {
            if (BigInt(message.offset) >= offset) resolve(fromMessage(message));
          },
        })
        .catch(reject);
      consumer.seek({ topic: LEDGER_TOPIC, partition: 0, offset: String(offset) });
    });
  } finally {
    await consumer.disconnect();
  }
}
