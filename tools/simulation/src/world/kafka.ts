/**
 * Kafka in memory, as far as libs/messaging asks for it: `ledger.v1` as one ordered list. Deliveries
 * come late, in batches of any size, and again; a broker that is down is waited for; a power cut takes
 * the tail that was not on the disk.
 */
import { ALL_TOPICS, LEDGER_TOPIC } from '@firesteel/contracts/topics';
import type { createKafka } from '@firesteel/messaging/kafka';
import type { Agenda } from './agenda.ts';
import { currentLife, type Life, never } from './process.ts';
import type { Random } from './random.ts';

type Kafka = ReturnType<typeof createKafka>;

type Sent = { readonly value: string; readonly headers: Readonly<Record<string, string>> };
type Delivered = Sent & { readonly offset: string };

type Run = {
  readonly eachBatch?: (payload: {
    readonly batch: { readonly messages: readonly Delivered[] };
    readonly heartbeat: () => Promise<void>;
  }) => Promise<void>;
  readonly eachMessage?: (payload: { readonly message: Delivered }) => Promise<void>;
};

type Place = { readonly offset: string };
type Batch = {
  readonly topicMessages: readonly {
    readonly topic: string;
    readonly messages: readonly Sent[];
  }[];
};

/** How bad it is at the moment. */
export type Weather = {
  /** The longest a delivery takes, in milliseconds. */
  readonly delayMs: () => number;
  readonly duplicateChance: () => number;
};

/** Messages in one delivery at most. */
const largestBatch = 12;

export class SimulatedKafka {
  private readonly log: Sent[] = [];
  private readonly agenda: Agenda;
  private readonly random: Random;
  private readonly weather: Weather;
  private topics: readonly string[] = ALL_TOPICS;
  private downUntilMs = 0;
  private readonly consumers = new Set<SimulatedConsumer>();

  constructor(agenda: Agenda, random: Random, weather: Weather) {
    this.agenda = agenda;
    this.random = random;
    this.weather = weather;
  }

  /** What libs/messaging calls a Kafka: only the members that it uses. */
  client(): Kafka {
    const nothing = async (): Promise<void> => {};
    const members = {
      admin: () => ({
        connect: nothing,
        disconnect: nothing,
        listTopics: async () => this.topics,
        createTopics: async ({ topics }: { readonly topics: readonly { topic: string }[] }) => {
          this.topics = [...this.topics, ...topics.map(({ topic }) => topic)];
        },
        fetchTopicOffsets: async () => [{ low: '0', high: String(this.log.length) }],
      }),
      producer: () => ({
        connect: nothing,
        disconnect: nothing,
        sendBatch: (batch: Batch) => this.send(batch),
      }),
      consumer: () => this.join(),
    };
    return members as unknown as Kafka;
  }

  /** The broker is away for so long. */
  stop(forMs: number): void {
    this.downUntilMs = Math.max(this.downUntilMs, this.agenda.nowMs() + forMs);
  }

  /** So many of the newest messages were acknowledged and are gone. */
  loseTail(messages: number): void {
    this.log.length = Math.max(0, this.log.length - messages);
  }

  get length(): number {
    return this.log.length;
  }

  slice(from: number, count: number): Delivered[] {
    return this.log
      .slice(from, from + count)
      .map((message, index) => ({ ...message, offset: String(from + index) }));
  }

  private async send({ topicMessages }: Batch): Promise<void> {
    const life = currentLife();
    await life?.pause(this.travelMs());
    while (this.downUntilMs > this.agenda.nowMs())
      await life?.pause(this.downUntilMs - this.agenda.nowMs());
    for (const { topic, messages } of topicMessages)
      if (topic === LEDGER_TOPIC) this.log.push(...messages);
    for (const consumer of this.consumers) consumer.look();
    const fate = life?.faults.fateOf(life.process);
    if (fate?.dies === 'after') life?.die();
    if (life?.isOver) await never();
    await life?.pause(this.travelMs());
  }

  private join(): SimulatedConsumer {
    const life = currentLife();
    if (!life) throw new Error('a consumer needs a process');
    const consumer = new SimulatedConsumer(this, life, this.random.named(life.process));
    this.consumers.add(consumer);
    life.onDeath(() => this.consumers.delete(consumer));
    return consumer;
  }

  leave(consumer: SimulatedConsumer): void {
    this.consumers.delete(consumer);
  }

  travelMs(): number {
    return Math.max(
      this.downUntilMs - this.agenda.nowMs(),
      this.random.whole(0, this.weather.delayMs()),
    );
  }

  get duplicateChance(): number {
    return this.weather.duplicateChance();
  }
}

/** One consumer of `ledger.v1`; its position is where a seek or the last delivery put it. */
class SimulatedConsumer {
  private readonly kafka: SimulatedKafka;
  private readonly life: Life;
  private readonly random: Random;
  private work: Run | undefined;
  private position = 0;
  private sought: number | undefined;
  private busy = false;
  private joined = (): void => {};

  constructor(kafka: SimulatedKafka, life: Life, random: Random) {
    this.kafka = kafka;
    this.life = life;
    this.random = random;
  }

  readonly events = { GROUP_JOIN: 'join', CRASH: 'crash' } as const;
  readonly on = (event: string, listener: () => void): void => {
    if (event === this.events.GROUP_JOIN) this.joined = listener;
  };
  readonly connect = async (): Promise<void> => {};
  readonly subscribe = async (): Promise<void> => {};
  readonly disconnect = async (): Promise<void> => {
    this.work = undefined;
    this.kafka.leave(this);
  };
  readonly run = async (work: Run): Promise<void> => {
    this.work = work;
    this.joined();
    this.look();
  };
  readonly seek = ({ offset }: Place): void => {
    this.sought = Number(offset);
    this.look();
  };

  /** Fetches when there is something to fetch and nothing in hand. */
  look(): void {
    if (this.busy || !this.work || this.life.isOver) return;
    this.move();
    if (this.position >= this.kafka.length) return;
    this.busy = true;
    this.life.later(() => void this.deliver(), this.kafka.travelMs());
  }

  /** A place that is not there any more is looked for from the beginning, as brokers are told to. */
  private move(): void {
    this.position = this.sought ?? this.position;
    this.sought = undefined;
    if (this.position > this.kafka.length) this.position = 0;
  }

  private async deliver(): Promise<void> {
    this.move();
    const messages = this.kafka.slice(this.position, this.random.whole(1, largestBatch));
    const taken = await this.hand(messages).then(
      () => true,
      () => false,
    );
    if (taken) {
      this.position += messages.length;
      if (this.random.chance(this.kafka.duplicateChance))
        this.position = Math.max(0, this.position - this.random.whole(1, 2 * largestBatch));
    }
    this.busy = false;
    if (taken || this.sought !== undefined) this.look();
    else this.life.later(() => this.look(), 100);
  }

  private async hand(messages: readonly Delivered[]): Promise<void> {
    if (this.work?.eachBatch)
      return this.work.eachBatch({ batch: { messages }, heartbeat: async () => {} });
    for (const message of messages) await this.work?.eachMessage?.({ message });
  }
}
