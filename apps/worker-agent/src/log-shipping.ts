/** Ships a bound worker's logs to its run's logUri: while it runs at growing intervals, and at its end. */
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from './log.ts';
import { containerLogAddress, type ObjectAddress, sparkLogAddress } from './log-layout.ts';
import { putCompressed, putFile } from './object-upload.ts';
import type { S3Target } from './s3-request.ts';
import { type BoundRun, workerFiles } from './worker-folder.ts';

const firstIntervalMs = 5_000;
const longestIntervalMs = 60_000;
const firstRetryMs = 500;
const longestRetryMs = 15_000;

/** One log file and where it goes. */
export type Shipment = {
  readonly file: string;
  readonly address: ObjectAddress;
  readonly compress: boolean;
};

const filesWithin = (folder: string): string[] => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.crc'))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
};

/** What of a worker's folder goes where; the Spark event log only once the driver has closed it. */
export const shipmentsOf = (folder: string, run: BoundRun, ended: boolean): Shipment[] => {
  const files = workerFiles(folder);
  const streams = (['stdout', 'stderr'] as const).map((stream) => ({
    file: files[stream],
    address: containerLogAddress(run, stream),
    compress: true,
  }));
  const events = (ended ? filesWithin(files.sparkLogs) : []).map((file) => ({
    file,
    address: sparkLogAddress(run, relative(files.sparkLogs, file)),
    compress: false,
  }));
  return [...streams, ...events].flatMap(({ file, address, compress }) =>
    address === null ? [] : [{ file, address, compress }],
  );
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? -1;

export type LogShippingPorts = {
  readonly folder: string;
  readonly run: BoundRun;
  readonly target: () => Promise<S3Target>;
  readonly log: Log;
  /** How long a final upload is tried again, in milliseconds. */
  readonly patienceMs: number;
};

/** The shipping of one worker's logs. */
export type LogShipping = {
  /** Ships everything once more; resolves when it is there or the patience has ended. Throws only when abandoned. */
  readonly finish: () => Promise<void>;
  /** Stops without a last upload: the next agent finishes. */
  readonly abandon: () => void;
};

const put = async (shipment: Shipment, ports: LogShippingPorts): Promise<void> => {
  const target = await ports.target();
  if (shipment.compress) await putCompressed(shipment.file, shipment.address, target);
  else await putFile(shipment.file, shipment.address, 'application/octet-stream', target);
};

/** Ships what has changed since the last time; the sizes shipped are noted in `shipped`. */
const shipChanges = async (
  ports: LogShippingPorts,
  shipped: Map<string, number>,
  ended: boolean,
): Promise<boolean> => {
  let changed = false;
  for (const shipment of shipmentsOf(ports.folder, ports.run, ended)) {
    const size = sizeOf(shipment.file);
    if (size < 0 || size === shipped.get(shipment.file)) continue;
    await put(shipment, ports);
    shipped.set(shipment.file, size);
    changed = true;
  }
  return changed;
};

/** Tries until it works, the patience has ended or the agent stops; the exit fact never waits for this. */
const shipTheEnd = async (
  ports: LogShippingPorts,
  shipped: Map<string, number>,
  abort: AbortSignal,
): Promise<void> => {
  const until = performance.now() + ports.patienceMs;
  for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
    try {
      await shipChanges(ports, shipped, true);
      return;
    } catch (error) {
      if (performance.now() + retryMs > until) {
        ports.log.error({ err: error, jobRunId: ports.run.jobRunId }, 'logs could not be shipped');
        return;
      }
    }
    await pause(retryMs, undefined, { signal: abort });
  }
};

/** Starts to ship one bound worker's logs. Does nothing when its run has no S3 logging. */
export const startLogShipping = (ports: LogShippingPorts): LogShipping => {
  const shipped = new Map<string, number>();
  const abort = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let current: Promise<unknown> = Promise.resolve();
  const later = (intervalMs: number): void => {
    timer = setTimeout(() => {
      current = shipChanges(ports, shipped, false)
        .catch((error: unknown) => {
          ports.log.warn(
            { err: error, jobRunId: ports.run.jobRunId },
            'logs not shipped this time',
          );
        })
        .finally(() => {
          if (timer !== null) later(Math.min(intervalMs * 1.5, longestIntervalMs));
        });
    }, intervalMs);
  };
  const halt = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  if (ports.run.logUri !== null) later(firstIntervalMs);
  return {
    finish: async () => {
      halt();
      await current;
      await shipTheEnd(ports, shipped, abort.signal).catch(() => undefined);
      if (abort.signal.aborted) throw new Error('Shipping was abandoned');
    },
    abandon: () => {
      halt();
      abort.abort();
    },
  };
};
