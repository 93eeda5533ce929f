/** How long a fact takes from its command to a consumer on Kafka, at a steady rate. */

import { setTimeout as pause } from 'node:timers/promises';
import { applications } from '@firesteel/application-registry/applications';
import { LEDGER_TOPIC } from '@firesteel/contracts/topics';
import { handle } from '@firesteel/event-store/commands';
import { createKafka } from '@firesteel/messaging/kafka';
import { createWaker } from '@firesteel/service/wake';
import { type Summary, summarize } from '../statistics.ts';
import { creationOf, factsOfCreation, metaOf, openRegistry } from './applications.ts';
import type { LogRequest } from './command-line.ts';
import type { Stack } from './stack.ts';

export type Lag = {
  readonly eventsPerSecond: number;
  readonly events: number;
  readonly ms: Summary | undefined;
};

/** The first seconds warm everything up. */
const warmUpSeconds = 3;
const patienceMs = 30_000;

/** Calls back with the key of every message that comes. */
async function consume(
  brokers: string,
  came: (stream: string) => void,
): Promise<() => Promise<void>> {
  const kafka = createKafka([brokers], 'bench');
  const admin = kafka.admin();
  await admin.connect();
  while (!(await admin.listTopics()).includes(LEDGER_TOPIC)) await pause(200);
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: 'bench', maxWaitTimeInMs: 1_500, minBytes: 1 });
  await consumer.connect();
  await consumer.subscribe({ topic: LEDGER_TOPIC, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => came(String(message.key)) });
  return () => consumer.disconnect();
}

/** Sends commands when they are due, whether answers have come or not, from a clock of a millisecond. */
async function sendSteadily(
  commandsPerSecond: number,
  seconds: number,
  send: (number: number) => void,
): Promise<void> {
  const begun = performance.now();
  const total = commandsPerSecond * seconds;
  for (let sent = 0; sent < total; ) {
    const due = Math.min(
      total,
      Math.floor(((performance.now() - begun) / 1_000) * commandsPerSecond),
    );
    for (; sent < due; sent += 1) send(sent);
    await pause(1);
  }
}

/** @throws Error when facts do not arrive, or a command fails */
export async function measureLag(stack: Stack, { rate, seconds }: LogRequest): Promise<Lag> {
  const orm = await openRegistry(stack.database.urlOf('application_registry'), 6);
  const wakeLedger = createWaker(stack.wakePort);
  const sentAt = new Map<string, number>();
  const took: number[] = [];
  let arrived = 0;
  let failure: unknown;
  const commandsPerSecond = Math.round(rate / factsOfCreation);
  const warmUp = commandsPerSecond * warmUpSeconds;
  const stop = await consume(stack.brokers, (stream) => {
    const begun = sentAt.get(stream);
    arrived += 1;
    if (begun !== undefined) took.push(performance.now() - begun);
  });
  try {
    await sendSteadily(commandsPerSecond, warmUpSeconds + seconds, (number) => {
      const id = `lag.${number}`;
      if (number >= warmUp) sentAt.set(`application-${id}`, performance.now());
      handle(orm.em, applications, id, creationOf(id), metaOf(id)).then(wakeLedger, (error) => {
        failure ??= error;
      });
    });
    const all = commandsPerSecond * (warmUpSeconds + seconds) * factsOfCreation;
    for (const until = performance.now() + patienceMs; arrived < all; await pause(50)) {
      if (failure !== undefined) throw failure;
      if (performance.now() > until) throw new Error(`${all - arrived} facts did not arrive`);
    }
  } finally {
    await stop();
    await orm.close();
  }
  return { eventsPerSecond: rate, events: took.length, ms: summarize(took) };
}
