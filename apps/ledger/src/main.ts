/** Composition root of the ledger: the order of all facts. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { openDatabase } from '@firesteel/event-store/database';
import { openSegmentStore } from '@firesteel/event-store/segment-store';
import { internalApp } from '@firesteel/http/internal-app';
import { createKafka } from '@firesteel/messaging/kafka';
import { readTopicEnd, startPublisher } from '@firesteel/messaging/producer';
import { passes } from '@firesteel/messaging/reaction';
import { readKey } from '@firesteel/service/environment';
import { closeServer, listen, runService } from '@firesteel/service/run-service';
import { whenThere } from '@firesteel/service/when-there';
import type { Logger } from '@firesteel/telemetry/logger';
import { Router } from 'express';
import { filePlace, topicPlace } from './checkpoint/checkpoint-places.ts';
import { config } from './config.ts';
import { listenForPokes, startLedger } from './ledger.ts';
import type { SegmentingOptions } from './segment/segmenter.ts';

/** Undefined where no place for segments is named. */
function segmentsOf({
  serviceKey,
  now,
  log,
}: {
  readonly serviceKey: Buffer;
  readonly now: () => Date;
  readonly log: Pick<Logger, 'info' | 'error'>;
}): SegmentingOptions | undefined {
  if (config.SEGMENT_STORE === undefined) return undefined;
  return {
    store: openSegmentStore({
      place: config.SEGMENT_STORE,
      objectStoreUrl: config.OBJECT_STORE_URL,
      serviceKey,
      s3Endpoint: config.S3_ENDPOINT,
      region: config.AWS_REGION,
      accessKeyId: config.SEGMENT_ACCESS_KEY_ID,
      secretAccessKey: config.SEGMENT_SECRET_ACCESS_KEY,
    }),
    everyEvents: config.SEGMENT_EVENTS,
    hotMs: config.SEGMENT_HOT_DAYS * 86_400_000,
    everyMs: config.SEGMENT_LOOK_SECONDS * 1_000,
    now,
    done: ({ stored, dropped }) => {
      const names = {
        stored: stored.map(({ name }) => name),
        dropped: dropped.map(({ name }) => name),
      };
      log.info(names, 'segments were stored, or their rows dropped');
    },
    failed: (error) => log.error({ err: error }, 'a segment is not where it should be'),
  };
}

await runService(
  'ledger',
  { logLevel: config.LOG_LEVEL, otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT },
  async ({ log, onStop }) => {
    const away = (error: unknown): void => log.warn({ err: error }, 'the database is away');
    const orm = await whenThere(
      () => openDatabase({ url: config.DATABASE_URL, entities: [], migrations: [], poolSize: 2 }),
      away,
    );
    onStop(() => orm.close());
    const kafka = createKafka(config.KAFKA_BROKERS, 'ledger');
    const publisher = await startPublisher(kafka);
    onStop(publisher.stop);
    const pokes = await listenForPokes(config.LEDGER_WAKE_PORT);
    onStop(pokes.stop);
    const em = orm.em.fork();
    const serviceKey = readKey(config.FIRESTEEL_SECRETS_DIR, 'service.key');
    const privateKey = createPrivateKey(
      readFileSync(join(config.FIRESTEEL_SECRETS_DIR, 'ledger-signing.pem')),
    );
    const now = (): Date => new Date();
    const options = {
      em,
      publisher,
      wait: pokes.wait,
      checkpoints: {
        privateKey,
        everyEvents: config.CHECKPOINT_EVENTS,
        everyMs: config.CHECKPOINT_MINUTES * 60_000,
        places: [filePlace(config.CHECKPOINT_FILE), topicPlace(em, publisher)],
        now,
        failed: (error: unknown) =>
          log.error({ err: error }, 'a checkpoint is not where it should be'),
      },
      segments: segmentsOf({ serviceKey, now, log }),
    };
    const begin = async () => startLedger({ ...options, topicEnd: await readTopicEnd(kafka) });
    let ledger = await whenThere(begin, away);
    onStop(() => ledger.stop());
    /** A life of the loop ends with its database; the next one takes over from it and reads everything anew. */
    const goOn = async (): Promise<void> => {
      for (;;) {
        try {
          return await ledger.done;
        } catch (error) {
          if (!passes(error)) throw error;
          away(error);
          // Whatever of it goes on beside the loop.
          await ledger.stop();
        }
        ledger = await whenThere(begin, away);
      }
    };
    goOn().catch((error: unknown) => {
      log.fatal({ err: error }, 'the ledger stopped');
      process.exit(1);
    });
    const server = createServer(
      internalApp({
        serviceKey,
        log,
        isReady: () => true,
        routes: Router(),
      }),
    );
    await listen(server, config);
    onStop(() => closeServer(server));
  },
);
