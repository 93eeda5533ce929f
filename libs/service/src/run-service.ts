/** One process's life: start in order, answer `/health`, stop in reverse, crash on what is not understood. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, type Logger } from '@firesteel/telemetry/logger';
import { startTelemetry } from '@firesteel/telemetry/start';

/** Something that was started and must be stopped, in reverse order. */
export type Stop = () => Promise<void> | void;

/** What a service's composition root is given. */
export type Life = {
  readonly log: Logger;
  /** Registers what has to be undone at the end. */
  readonly onStop: (stop: Stop) => void;
};

/**
 * Runs a service until SIGTERM or SIGINT. `start` builds everything; what it registers is stopped in
 * reverse, each step with five seconds. An unhandled error ends the process: its supervisor restarts it.
 */
export async function runService(
  name: string,
  settings: { readonly logLevel: string; readonly otlpEndpoint: string | undefined },
  start: (life: Life) => Promise<void>,
): Promise<void> {
  const log = createLogger(name, settings.logLevel);
  const stops: Stop[] = [await startTelemetry(name, settings.otlpEndpoint)];
  const crash = (error: unknown): void => {
    log.fatal({ err: error }, 'stopping after a failure');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      stopAll(stops)
        .then(() => process.exit(0))
        .catch(crash);
    });
  await start({ log, onStop: (stop) => stops.push(stop) });
  log.info('ready');
}

const stepLimitMs = 5_000;

async function stopAll(stops: readonly Stop[]): Promise<void> {
  for (const stop of [...stops].reverse())
    await Promise.race([
      stop(),
      new Promise((resolve) => setTimeout(resolve, stepLimitMs).unref()),
    ]);
}

/** Where a service listens: a port on loopback, or the socket of it that it was given. */
export type ListenPlace = { readonly PORT: number; readonly LISTEN_FD?: number | undefined };

/** Listens and answers the port taken; requests and headers are limited in time. */
export async function listen(server: Server, { PORT, LISTEN_FD }: ListenPlace): Promise<number> {
  server.headersTimeout = 20_000;
  server.requestTimeout = 0;
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const place = LISTEN_FD === undefined ? { port: PORT, host: '127.0.0.1' } : { fd: LISTEN_FD };
    server.listen(place, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Stops taking connections and ends the idle ones. */
export const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
