/** The ledger's loop: sequence what was appended, publish what was sequenced, wait to be poked. */
import { createSocket } from 'node:dgram';
import { noStore } from '@firesteel/event-store/segment-store';
import { currentIncarnation } from '@firesteel/messaging/cursor';
import type { Publisher, TopicEnd } from '@firesteel/messaging/producer';
import { inSpan } from '@firesteel/telemetry/spans';
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type Checkpointer,
  type CheckpointerOptions,
  startCheckpointer,
} from './checkpoint/checkpointer.ts';
import {
  publishAfter,
  publishDropped,
  publishSequenced,
  readPublished,
  resumeAfter,
} from './relay/relay.ts';
import { keepSegmenting, type SegmentingOptions } from './segment/segmenter.ts';
import { anythingWaits, batchSize, sequenceBatch, takeOver } from './sequence/sequencer.ts';

/** The longest pause between two looks at the queue: should a poke be lost, and for facts that nobody waits for. */
const idlePollMs = 200;

/** Waits for a poke or the time, whichever is first. */
type Wait = () => Promise<void>;

/** Listens for pokes: datagrams that may be lost. */
export async function listenForPokes(
  port: number,
): Promise<{ readonly wait: Wait; readonly stop: () => void }> {
  const socket = createSocket('udp4');
  let poked = false;
  let wake = (): void => {};
  socket.on('message', () => {
    poked = true;
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', resolve);
  });
  const wait: Wait = async () => {
    if (!poked)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, idlePollMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    poked = false;
  };
  return { wait, stop: () => socket.close() };
}

export type LedgerOptions = {
  readonly em: EntityManager;
  readonly publisher: Publisher;
  readonly topicEnd: TopicEnd | undefined;
  readonly wait: Wait;
  readonly checkpoints: Omit<CheckpointerOptions, 'em' | 'epoch' | 'incarnation'>;
  /** Undefined where no place for segments is named: all rows stay. */
  readonly segments?: SegmentingOptions | undefined;
};

/**
 * Starts the loop. Its failures reject `done`: another one then begins again from the checkpoint, which is
 * safe because publishing is at least once.
 */
export async function startLedger(
  options: LedgerOptions,
): Promise<{ readonly done: Promise<void>; readonly stop: () => Promise<void> }> {
  const { em, publisher } = options;
  const epoch = await takeOver(em);
  const incarnation = await currentIncarnation(em);
  let published = resumeAfter(await readPublished(em), options.topicEnd, incarnation);
  let stopping = false;
  let checkpointer: Checkpointer | undefined;
  const segmentsStop = new AbortController();
  let segmenting: Promise<void> = Promise.resolve();
  /** Sequences and publishes until a batch is not full: what came meanwhile has poked, or can wait for the next look. */
  const turn = async (): Promise<void> => {
    let taken = batchSize;
    while (!stopping && taken === batchSize && (await anythingWaits(em))) {
      const events = await inSpan('sequence', {}, () => sequenceBatch(em, epoch));
      taken = events.length;
      if (taken === 0) break;
      published = await inSpan('publish', { 'firesteel.events': taken }, () =>
        publishSequenced(em, publisher, incarnation, published, events),
      );
      // Nobody waits for a signature; everybody waits for what is published.
      await checkpointer?.took(events);
    }
  };
  const loop = async (): Promise<void> => {
    const store = options.segments?.store ?? noStore;
    published = await publishDropped(em, publisher, incarnation, published, store);
    published = await publishAfter(em, publisher, incarnation, published);
    checkpointer = await startCheckpointer({ em, epoch, incarnation, ...options.checkpoints });
    if (options.segments)
      segmenting = keepSegmenting({ em, epoch, ...options.segments }, segmentsStop.signal);
    while (!stopping) {
      await turn();
      await checkpointer.look();
      await options.wait();
    }
  };
  const done = loop();
  return {
    done,
    stop: async () => {
      stopping = true;
      segmentsStop.abort();
      await done.then(() => checkpointer?.stop()).catch(() => {});
      await segmenting;
    },
  };
}
