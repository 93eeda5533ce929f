/** What the services with a domain have in common: database, inbox, HTTP edge, poke to the ledger. */
import { createServer } from 'node:http';
import { type DatabaseOptions, openDatabase } from '@firesteel/event-store/database';
import { internalApp } from '@firesteel/http/internal-app';
import { type ConsumerOptions, startConsumer } from '@firesteel/messaging/consumer';
import { createKafka } from '@firesteel/messaging/kafka';
import { consumerMigrations } from '@firesteel/messaging/parked';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Router } from 'express';
import type { z } from 'zod';
import { commonEnvironment, databaseEnvironment, readKey } from './environment.ts';
import { parkedRoutes } from './parked-routes.ts';
import { closeServer, type Life, listen, runService } from './run-service.ts';
import { createWaker } from './wake.ts';
import { whenThere } from './when-there.ts';

/** The environment of a service with a domain. */
export const domainEnvironment = commonEnvironment.extend(databaseEnvironment.shape);
export type DomainEnvironment = z.infer<typeof domainEnvironment>;

/** What a service's own code is built from. */
export type Domain = {
  readonly em: EntityManager;
  readonly serviceKey: Buffer;
  /** Tell the ledger that something was appended; call after a commit. */
  readonly wakeLedger: () => void;
  readonly log: Life['log'];
  readonly onStop: Life['onStop'];
};

/** The service's own parts. */
export type DomainParts = {
  readonly routes: Router;
  readonly reactions: ConsumerOptions['reactions'];
  /** After a batch of reactions was committed. */
  readonly committed?: () => void;
  /** After the server listens, for whatever needs its HTTP server (a WebSocket). */
  readonly listening?: (server: ReturnType<typeof createServer>) => void;
};

/**
 * Runs a domain service: opens its database, builds its parts, listens, consumes `ledger.v1` under the
 * cursor `<name>.reactions`. `/health` is 200 once the consumer runs.
 */
export const runDomainService = (
  name: string,
  environment: DomainEnvironment,
  database: Pick<DatabaseOptions, 'entities' | 'migrations'>,
  build: (domain: Domain) => Promise<DomainParts> | DomainParts,
): Promise<void> =>
  runService(
    name,
    { logLevel: environment.LOG_LEVEL, otlpEndpoint: environment.OTEL_EXPORTER_OTLP_ENDPOINT },
    async ({ log, onStop }) => {
      const open = () =>
        openDatabase({
          url: environment.DATABASE_URL,
          entities: database.entities,
          migrations: [...consumerMigrations, ...database.migrations],
        });
      const orm = await whenThere(open, (error) =>
        log.warn({ err: error }, 'the database is away'),
      );
      onStop(() => orm.close());
      const serviceKey = readKey(environment.FIRESTEEL_SECRETS_DIR, 'service.key');
      const wakeLedger = createWaker(environment.LEDGER_WAKE_PORT);
      const parts = await build({ em: orm.em, serviceKey, wakeLedger, log, onStop });
      const consumer = { em: orm.em, name: `${name}.reactions`, reactions: parts.reactions };
      const committed = (): void => {
        wakeLedger();
        parts.committed?.();
      };
      let ready = false;
      const server = createServer(
        internalApp({
          ...{ serviceKey, log, isReady: () => ready },
          routes: Router().use(parts.routes).use(parkedRoutes(consumer, committed)),
        }),
      );
      await listen(server, environment);
      onStop(() => closeServer(server));
      parts.listening?.(server);
      onStop(
        await startConsumer({
          kafka: createKafka(environment.KAFKA_BROKERS, name),
          ...consumer,
          committed,
          failed: (error) => log.error({ err: error }, 'a batch of events was not taken'),
          deaf: (error) => {
            log.fatal({ err: error }, 'no more events are taken');
            process.exit(1);
          },
          parked: ({ globalSeq, stream, type }, cause) =>
            log.error(
              { globalSeq, stream, type, cause },
              'an event is parked, and its stream with it: see `firesteel parked list`',
            ),
        }),
      );
      ready = true;
    },
  );
